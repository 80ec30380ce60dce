import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from small_policies import corner_policy, linear_policy, small_policy
from stable_baselines3.common.vec_env import DummyVecEnv

from saccade.saliency.checks.blind.orders import centre_gaussian
from saccade.saliency.checks.causal_check import causal_check, squares
from saccade.saliency.methods import METHODS
from saccade.saliency.readers.head_reader import head_reader


class Corner(gym.Env):
    """The corner is bright or dark at random; reward 1 for action 1 while it is bright and action 0 while it is dark."""

    observation_space = spaces.Box(0, 255, (1, 40, 40), np.uint8)
    action_space = spaces.Discrete(2)

    def _see(self) -> np.ndarray:
        self.bright = bool(self.np_random.integers(2))
        image = np.full((1, 40, 40), 20, np.uint8)
        image[:, 4:12, 4:12] = 250 if self.bright else 20
        return image

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.steps = 0
        return self._see(), {}

    def step(self, action):
        reward, self.steps = float(action == self.bright), self.steps + 1
        return self._see(), reward, self.steps == 9, False, {}


def corners():
    env = DummyVecEnv([Corner] * 3)
    env.seed(0)
    return env


def test_what_decides_is_told_from_what_does_not():
    """
    The policy takes action 1 where the corner's brightness is above 0.2. The bright corner has 0.30, the dark one 0.08, and one as
    grey as the whole image 0.11: with the corner blank, every bright one is taken for dark.
    """
    policy = corner_policy()
    policy.action_net.bias.data[0] = 6 * 0.2
    found = causal_check(policy, corners, "action_1", METHODS["jacobian"], steps=60, share=0.16)
    assert (found.returns["nothing"] == 60).all()
    assert (found.returns["elsewhere"] == 60).all()
    dark = found.returns["top"]
    assert found.changed == {"top": pytest.approx(1 - dark.sum() / 180), "elsewhere": 0}
    assert 0.3 < found.changed["top"] < 0.7
    assert found.figures() == {
        "without_map": 0,
        "changed_top": found.changed["top"],
        "changed_elsewhere": 0,
        "return_nothing": 60,
        "return_top": dark.mean(),
        "return_elsewhere": 60,
    }


def test_other_actions_by_hand():
    ours, theirs = (np.array(x, np.float32) for x in ([[0, 0.1], [0, 0.1], [1, 0]], [[0, 0.15], [0, 0.3], [1, 0]]))
    assert head_reader(small_policy("continuous")).differs(ours, theirs).tolist() == [False, True, False]  # of a range of 2
    assert head_reader(small_policy("dqn")).differs(np.array([0, 1]), np.array([0, 2])).tolist() == [False, True]
    assert head_reader(small_policy("many")).differs(np.array([[0, 1]]), np.array([[0, 2]])).tolist() == [True]
    looks = (np.array([[1, x, 0.5], [1, x, 0]], np.float32) for x in (0, 0.9))
    assert not head_reader(small_policy("glimpse")).differs(*looks).any()
    assert head_reader(small_policy("tiles")).differs(np.array([[0, 3]]), np.array([[1, 3]])).all()


def test_squares_by_hand():
    """2x2 of 5x4: the top one is where the sum is largest, and the other does not touch it."""
    strength = np.zeros((50, 5, 4))
    strength[:, 3, 2], strength[:, 2, 1], strength[:, 0, 0] = 2, 1, 2.5
    masks = squares(strength, 0.2, np.random.default_rng(0))
    expected = np.zeros((5, 4), dtype=bool)
    expected[2:4, 1:3] = True
    assert (masks["top"] == expected).all()
    assert (masks["elsewhere"].sum(axis=(1, 2)) == 4).all()
    assert not (masks["top"] & masks["elsewhere"]).any()
    assert len({mask.tobytes() for mask in masks["elsewhere"]}) > 1
    for nothing in (np.zeros((1, 5, 4)), np.full((1, 5, 4), np.nan)):
        assert not any(mask.any() for mask in squares(nothing, 0.2, np.random.default_rng(0)).values())


def test_errors():
    with pytest.raises(ValueError, match="do not fit beside each other into 4x4"):
        squares(np.ones((1, 4, 4)), 0.5, np.random.default_rng(0))
    with pytest.raises(ValueError, match="no other fits into 20x20"):
        squares(centre_gaussian((20, 20))[None], 0.2, np.random.default_rng(0))
    with pytest.raises(TypeError, match="have none"):
        causal_check(linear_policy(), vectors, "q", METHODS["jacobian"], steps=1)


def vectors():
    class Two(Corner):
        observation_space = spaces.Box(-9, 9, (2,), np.float32)

        def _see(self):
            return np.zeros(2, np.float32)

    return DummyVecEnv([Two])
