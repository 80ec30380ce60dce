"""A gaze that moves in pixels: the same moves on images of any size, what the agent is told, states, refused arguments."""

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces

from saccade.envs import GazeWrapper, VectorGazeWrapper
from saccade.envs.gaze import Gaze

DIGITS = {"dataset": "digits"}


def gaze(height=20, width=40, **arguments) -> Gaze:
    image = spaces.Box(0, 255, (1, height, width), np.uint8)
    made = Gaze(spaces.Discrete(4), image, **{"first": "center", "relative": True, "pixels": 5, **arguments})
    made.seed(np.arange(2))
    return made


def moved(made: Gaze, *move: float) -> list[float]:
    made.move(np.tile(np.float32(move), (2, 1)))
    return made.points[0].tolist()


def test_moves_by_hand():
    made = gaze()  # half an image has 20 pixels across and 10 down
    assert moved(made, 1, 1) == pytest.approx([0.25, 0.5])
    assert moved(made, -0.4, -0.2) == pytest.approx([0.15, 0.4])
    assert made.observations(np.zeros((2, 1)))["move"][0] == pytest.approx([-0.4, -0.2])


@pytest.mark.parametrize("size", [30, 64, 500])
def test_the_same_actions_move_the_same_pixels_on_every_image(size):
    made = gaze(size, size)
    for move in ([0.5, 0], [0.3, -1], [-1, 0.25]):
        before = made.points[0].copy()
        after = np.array(moved(made, *move))
        assert (after - before) * size / 2 == pytest.approx(5 * np.array(move), abs=1e-4)
        assert made.moves[0] == pytest.approx(move, abs=1e-4)


def test_the_agent_is_told_the_move_that_the_edge_left_over():
    made = gaze(first=(0.9, 0))
    assert moved(made, 1, 0) == [1, 0]
    assert made.moves[0] == pytest.approx([0.4, 0], abs=1e-6)  # 2 of 5 pixels
    moved(made, 1, 0)
    assert not made.moves.any()


def test_tiles_are_a_grid_of_moves():
    made = gaze(tiles=3)
    assert made.action_space == spaces.MultiDiscrete([4, 9])
    _, targets = made.split(np.array([[0, 5], [0, 0]]))  # right; up and left
    made.move(targets)
    assert np.allclose(made.points, [[0.25, 0], [-0.25, -0.5]])
    assert np.allclose(made.moves, [[1, 0], [-1, -1]])


def test_a_forced_gaze_says_its_moves_too():
    env = VectorGazeWrapper(
        gym.make_vec("saccade/ClutteredMNIST-v0", num_envs=3, glimpses=4, **DIGITS),
        relative=True, pixels=10, forced="random", first="center",
    )  # fmt: skip
    obs, _ = env.reset(seed=0)
    assert not obs["move"].any()
    for _ in range(3):
        before = obs["gaze"]
        obs, *_ = env.step(np.zeros((3, 3), np.float32))
        assert np.allclose(obs["move"] * 10, (obs["gaze"] - before) * 30, atol=1e-3)
        assert np.abs(obs["move"]).max() > 0


def test_a_move_belongs_to_its_episode():
    env = VectorGazeWrapper(
        gym.make_vec("saccade/ClutteredMNIST-v0", num_envs=2, glimpses=2, **DIGITS), relative=True, pixels=6, first="center"
    )
    env.reset(seed=0)
    action = np.float32([[0, 1, -1]] * 2)
    obs, *_ = env.step(action)
    assert np.allclose(obs["move"], [[1, -1]] * 2)
    state = env.save_state()
    obs, _, ended, _, info = env.step(action)
    assert ended.all()
    assert np.allclose(info["final_obs"]["move"], [[1, -1]] * 2, atol=1e-5)
    assert not obs["move"].any()
    env.restore_state(state)
    assert np.allclose(env.gaze.moves, [[1, -1]] * 2)
    del state["moves"]  # as earlier versions saved it
    env.restore_state(state)
    assert not env.gaze.moves.any()


def test_a_single_env_plays_as_a_vector_env_and_stays_in_its_space():
    arguments = {"relative": True, "pixels": 20, "first": "random"}
    single = GazeWrapper(gym.make("saccade/ClutteredMNIST-v0", glimpses=4, **DIGITS), **arguments)
    both = VectorGazeWrapper(gym.make_vec("saccade/ClutteredMNIST-v0", num_envs=1, glimpses=4, **DIGITS), **arguments)
    assert list(single.observation_space.spaces) == ["gaze", "image", "move"]
    one, other = single.reset(seed=3)[0], both.reset(seed=3)[0]
    both.action_space.seed(0)
    for _ in range(3):
        assert one in single.observation_space
        assert all((one[key] == other[key][0]).all() for key in one)
        action = both.action_space.sample()
        one, other = single.step(action[0])[0], both.step(action)[0]


@pytest.mark.parametrize(
    "arguments",
    [
        {"pixels": 0},
        {"pixels": float("inf")},
        {"pixels": float("nan")},
        {"relative": False},
        {"tiles": 3, "step": 0.5},
        {"memory": True},
    ],
)
def test_arguments_that_do_not_go_together(arguments):
    with pytest.raises(ValueError, match=r"pixels is .*; it must be a number above 0, and it needs relative=True"):
        gaze(**arguments)
