"""Catch by hand: the path of the ball, its bounces, the paddle and the reward."""

import numpy as np
import pytest
import torch as th

from saccade.envs.tasks.catch import Catch


def started(column: float, slope: float, paddle: float, size: int = 24) -> Catch:
    game = Catch(size)
    game.begin(th.tensor([[column, slope, paddle]], dtype=th.float64), th.zeros(1), th.zeros(1))
    return game


def ball(game: Catch) -> tuple[int, int]:
    image = game.images()[0, 0].numpy()
    rows, columns = np.nonzero(image[:-1])
    return (int(rows[0]), int(columns[0]))


def test_with_slope_0_the_ball_falls_straight():
    game = started(column=10.5 / 24, slope=0.5, paddle=0)
    for row in range(23):
        assert ball(game) == (row, 10)
        assert game.images().sum() == 3 * 255
        game.play(th.tensor([1]), row == 22)


def test_the_ball_bounces_off_the_right_wall():
    game = started(column=22.5 / 24, slope=1.0, paddle=0)  # one column per row
    columns = []
    for _ in range(4):
        columns.append(ball(game)[1])
        game.play(th.tensor([1]), False)
    assert columns == [22, 23, 23, 22]


def test_the_ball_bounces_off_the_left_wall():
    game = started(column=1.25 / 24, slope=0.0, paddle=0)
    columns = []
    for _ in range(4):
        columns.append(ball(game)[1])
        game.play(th.tensor([1]), False)
    assert columns == [1, 0, 0, 1]  # 1.25, 0.25, -0.75, -1.75


@pytest.mark.parametrize(("moves", "reward"), [(8, 0), (9, 1), (10, 1), (11, 0)])
def test_the_reward_is_1_only_if_the_paddle_is_below_the_ball(moves, reward):
    game = started(column=10.5 / 24, slope=0.5, paddle=0)  # the paddle starts at columns 0 and 1, the ball lands on 10
    for t in range(23):
        given = game.play(th.tensor([2 if t < moves else 1]), t == 22)
    assert given.item() == reward


def test_the_paddle_stops_at_the_walls():
    game = started(column=0, slope=0.5, paddle=0.999)
    for _ in range(3):
        game.play(th.tensor([2]), False)
    assert game.images()[0, 0, -1].nonzero().flatten().tolist() == [22, 23]
    for _ in range(30):
        game._row = 0
        game.play(th.tensor([0]), False)
    assert game.images()[0, 0, -1].nonzero().flatten().tolist() == [0, 1]


def test_the_paddle_can_always_reach_the_ball_in_time():
    game = Catch()
    game.begin(th.rand(200, 3, dtype=th.float64, generator=th.Generator().manual_seed(0)), th.zeros(200), th.zeros(200))
    game._row = 23
    landing = game._ball()
    game._row = 0
    for t in range(23):
        rewards = game.play((landing - game._paddle).clamp(-1, 1) + 1, t == 22)
    assert rewards.all()


def test_a_screen_that_is_too_small_is_refused():
    with pytest.raises(ValueError, match="at least 3"):
        Catch(2)
