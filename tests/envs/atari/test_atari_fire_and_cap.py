"""FIRE after a lost life, and the frame cap of a game."""

import numpy as np
import pytest
from atari_play import FIRE, RIGHT, noops, play, random_actions, spy_on_actions, start


@pytest.mark.parametrize("evaluation", [False, True])
def test_fire_reset_starts_the_ball_for_a_player_who_never_fires(atari, evaluation):
    env = atari("Breakout", 1, seed=0, evaluation=evaluation)
    _, (info,) = start(env)
    lives, since, longest, n_games = info["lives"], 0, 0, 0
    for observations, _, _, (info,) in play(env, noops(env, 400)):
        since += 1
        if info["lives"] != lives:
            lives, longest, since = info["lives"], max(longest, since), 0
        n_games += "episode" in info
        if since == 10:
            assert (observations[0, -1] != observations[0, 0]).any(), "the ball flies"
    assert n_games >= 2
    assert longest < 60


@pytest.mark.parametrize("evaluation", [False, True])
def test_without_fire_reset_the_game_waits_for_fire(atari, evaluation):
    env = atari("Breakout", 1, seed=0, evaluation=evaluation, fire_reset=False)
    env.reset()
    played = play(env, noops(env, 100))
    assert [info["lives"] for *_, (info,) in played] == [5] * 100
    assert len({observations.tobytes() for observations, *_ in played[10:]}) == 1, "a still picture"
    env.step(np.array([FIRE]))
    played = play(env, noops(env, 300))
    assert len({observations.tobytes() for observations, *_ in played[:20]}) > 10, "the ball flies"
    assert [info["lives"] for *_, (info,) in played[100:]] == [4] * 200, "one life is lost, and then the game waits"
    assert len({observations.tobytes() for observations, *_ in played[100:]}) == 1


@pytest.mark.parametrize(("fire_reset", "begun"), [(True, 32), (False, 0)])
def test_sticky_actions_do_not_swallow_the_start_of_a_game(atari, fire_reset, begun):
    """A single press would be swallowed in a quarter of the games, which then wait for a player who never fires."""
    env = atari("Breakout", 32, seed=5, evaluation=True, action_repeat_probability=0.25, fire_reset=fire_reset)
    env.reset()
    lost = np.zeros(32, dtype=bool)
    for *_, infos in play(env, noops(env, 120)):
        lost |= [info["lives"] < 5 for info in infos]
    assert lost.sum() == begun


@pytest.mark.parametrize("probability", [0.0, 0.25])
def test_with_sticky_actions_fire_replaces_the_first_action_of_each_game(atari, monkeypatch, probability):
    env = atari("Breakout", 2, seed=0, evaluation=True, action_repeat_probability=probability, max_frames=40)
    sent = spy_on_actions(monkeypatch, env)
    env.reset()
    n_games, begins = 0, np.full(2, True)
    for t in range(40):
        *_, infos = env.step(np.full(2, RIGHT))
        np.testing.assert_array_equal(sent[t], np.where(begins & (probability > 0), FIRE, RIGHT))
        begins = np.array(["episode" in info for info in infos])
        n_games += begins.sum()
    assert n_games >= 4


@pytest.mark.parametrize(
    ("game", "kwargs", "fires"),
    [
        ("Breakout", {}, True),
        ("Breakout", {"evaluation": True}, True),
        ("Breakout", {"full_action_space": True}, True),
        ("Breakout", {"fire_reset": False, "noop_max": 1}, False),
        ("MsPacman", {}, False),  # FIRE is not one of its actions
    ],
)
def test_fire_replaces_one_action_of_the_env_that_lost_a_life(atari, monkeypatch, game, kwargs, fires):
    env = atari(game, 2, seed=0, **kwargs)
    sent = spy_on_actions(monkeypatch, env)
    _, infos = start(env)
    lives, due, n_due = np.array([info["lives"] for info in infos]), np.zeros(2, dtype=bool), 0
    one_alone = False
    given = random_actions(env, 300)
    given[given == FIRE] = RIGHT
    given[:5] = FIRE if not fires else RIGHT  # the player must start the game
    for t, actions in enumerate(given):
        before = actions.copy()
        infos = env.step(actions)[3]
        np.testing.assert_array_equal(actions, before, err_msg="the caller's own array")
        np.testing.assert_array_equal(sent[t], np.where(due & fires, FIRE, before))
        now = np.array([info["lives"] for info in infos])
        game_on = np.array(["episode" not in info for info in infos])
        due, lives = (now < lives) & game_on, now
        n_due += due.sum()
        one_alone |= due.sum() == 1
    assert n_due >= (5 if fires else 2)
    assert one_alone or not fires


@pytest.mark.parametrize("kwargs", [{}, {"evaluation": True}])
@pytest.mark.parametrize(("game", "max_frames", "steps"), [("Pong", 400, 100), ("Breakout", 400, 100), ("Enduro", 402, 101)])
def test_the_frame_cap_truncates(atari, game, max_frames, steps, kwargs):
    env = atari(game, 2, seed=0, max_frames=max_frames, **kwargs)
    observations, _ = start(env)
    played = play(env, noops(env, 3 * steps))
    for n, (observations, _, dones, infos) in enumerate(played, start=1):
        over = n % steps == 0
        for info, done in zip(infos, dones, strict=True):
            assert info["TimeLimit.truncated"] == over
            assert ("episode" in info) == over
            if over:
                assert done
                assert info["episode"]["l"] == steps
                assert info["terminal_observation"].any(axis=(1, 2)).all()
        if over:
            assert not observations[:, :-1].any(), "a new game"
            np.testing.assert_array_equal([info["terminal_observation"][:-1] for info in infos], played[n - 2][0][:, 1:])
    n_ends, n_games = sum(dones.sum() for _, _, dones, _ in played), 2 * 3
    assert (n_ends > n_games) == (game == "Breakout" and not kwargs), "a lost life does not start the count of frames anew"


def test_a_life_lost_at_the_frame_cap_is_a_truncation_of_the_whole_game(atari):
    env = atari("Breakout", 1, seed=0, evaluation=True)
    env.reset()
    n = 1 + next(t for t, (*_, (info,)) in enumerate(play(env, noops(env, 100))) if info["lives"] == 4)
    capped = atari("Breakout", 1, seed=0, evaluation=True, max_frames=4 * n)
    capped.reset()
    *before, (_, _, dones, (info,)) = play(capped, noops(capped, n))
    assert not any(done[0] for _, _, done, _ in before)
    assert dones[0]
    assert info["episode"]["l"] == n
    assert info["TimeLimit.truncated"]
