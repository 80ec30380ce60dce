"""A gaze that moves on a grid of moves, and one that a function of the images forces."""

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from saccade.envs import GazeWrapper, GymnasiumVecEnv, VectorGazeWrapper
from saccade.envs.gazes.tiles import grid_of_moves


class Counts(gym.Env):
    """Each image is as bright as its number in the episode; an episode has three steps."""

    observation_space = spaces.Box(0, 255, (2, 6, 6), np.uint8)
    action_space = spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.count = 0
        return self._image(), {}

    def step(self, action):
        self.count += 1
        return self._image(), 0.0, self.count == 3, False, {}

    def _image(self):
        return np.full((2, 6, 6), self.count, np.uint8)


def brightness(images: np.ndarray) -> np.ndarray:
    """The brighter, the further to the right: 0 is at the left edge, 3 at 0.5."""
    return np.stack([images[:, 0, 0, 0] / 2 - 1, np.zeros(len(images))], axis=1)


def batch(n_envs: int = 2, **arguments) -> VectorGazeWrapper:
    return VectorGazeWrapper(SyncVectorEnv([Counts] * n_envs, autoreset_mode=AutoresetMode.SAME_STEP), **arguments)


def test_three_by_three_moves_are_the_directions_and_to_stay():
    moves = grid_of_moves(3, 3, 0.25)
    assert moves.tolist() == [[x, y] for y in (-0.25, 0, 0.25) for x in (-0.25, 0, 0.25)]
    assert grid_of_moves(1, 2, 0.5).tolist() == [[-0.25, 0], [0.25, 0]]
    assert grid_of_moves(5, 1, 0.1)[:, 1] == pytest.approx([-0.2, -0.1, 0, 0.1, 0.2])


def test_the_gaze_walks_and_stops_at_the_edge():
    env = GazeWrapper(Counts(), tiles=3, relative=True, step=0.6, first="center")
    assert env.action_space == spaces.MultiDiscrete([2, 9])
    assert env.reset(seed=0)[0]["gaze"].tolist() == [0, 0]
    seen = [env.step((0, move))[0]["gaze"] for move in (5, 5, 4)]  # right, right, stay
    assert np.allclose(seen, [[0.6, 0], [1, 0], [1, 0]])


def test_without_a_step_a_move_is_the_centre_of_its_tile():
    env = GazeWrapper(Counts(), tiles=3, relative=True, first=(-0.5, 0))
    env.reset(seed=0)
    assert np.allclose(env.step((0, 5))[0]["gaze"], [-0.5 + 2 / 3, 0])


@pytest.mark.parametrize(
    "arguments",
    [{"step": 0.5}, {"tiles": 3, "step": 0.5}, {"relative": True, "step": 0.5}, {"tiles": 3, "relative": True, "step": 0}],
)
def test_steps_that_cannot_be(arguments):
    with pytest.raises(ValueError, match="it must be above 0 and at most 2, and it needs relative=True and tiles"):
        GazeWrapper(Counts(), **arguments)


@pytest.mark.parametrize("tiles", [None, 3])
@pytest.mark.parametrize("memory", [False, True])
def test_a_followed_gaze_is_that_of_the_image_which_it_comes_with(tiles, memory):
    """Also of the last image of an episode, and of the first one of the next."""
    env = GymnasiumVecEnv(batch(forced=brightness, tiles=tiles, memory=memory))
    env.seed(0)
    seen = env.reset()
    action = np.zeros((2, *env.action_space.shape), env.action_space.dtype)
    for t in range(7):
        assert (seen["image"][:, 0, 0, 0] == t % 3).all()
        assert np.allclose(seen["gaze"], brightness(seen["image"]))
        if memory:
            before = brightness(np.full((1, 2, 6, 6), max(t % 3 - 1, 0)))
            assert np.allclose(seen["gazes"], np.stack([np.repeat(before, 2, axis=0), seen["gaze"]], axis=1))
        seen, _, dones, infos = env.step(action)
        assert dones.all() == (t % 3 == 2)
        for i in np.flatnonzero(dones):
            last = infos[i]["terminal_observation"]
            assert last["image"][0, 0, 0] == 3
            assert np.allclose(last["gaze"], [0.5, 0])


def test_a_single_env_follows_too_and_says_that_the_gaze_is_forced():
    env = GazeWrapper(Counts(), tiles=2, forced=brightness)
    assert env.forced_gaze
    assert batch(forced=brightness).forced_gaze
    assert env.reset(seed=0)[0]["gaze"].tolist() == [-1, 0]
    assert env.step((1, 3))[0]["gaze"].tolist() == [-0.5, 0]


@pytest.mark.parametrize(
    "bad", [lambda images: np.zeros((1, 3)), lambda images: np.full((1, 2), 1.5), lambda images: np.full((1, 2), np.nan)]
)
def test_places_that_cannot_be(bad):
    with pytest.raises(ValueError, match=r"forced must give 1 places \(x, y\) from -1 to 1 for 1 images"):
        GazeWrapper(Counts(), forced=bad).reset(seed=0)


def test_a_word_that_is_no_kind_of_gaze():
    with pytest.raises(ValueError, match=r"must be 'random', 'center', .* None or a function of images, not 'left'"):
        GazeWrapper(Counts(), forced="left")
