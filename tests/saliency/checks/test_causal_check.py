import gymnasium as gym
import numpy as np
import pytest
import torch as th
from gymnasium import spaces
from small_policies import corner_policy, linear_policy, small_policy
from stable_baselines3.common.vec_env import DummyVecEnv

from saccade.policies import SoftAttentionDuelingPolicy
from saccade.saliency import NoMapError
from saccade.saliency.checks.causal.regions import CONTROLS
from saccade.saliency.checks.causal_check import causal_check
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
    env = DummyVecEnv([Corner] * 8)
    env.seed(0)
    return env


def test_what_decides_is_told_from_what_does_not():
    """
    The policy takes action 1 where the corner's brightness is above 0.2. The bright corner has 0.30, the dark one 0.08, and one as
    grey as the whole image 0.11: with the corner blank, every bright one is taken for dark. The square in the middle is far from
    it; random weights and contrast point at the corner, because nothing else is there.
    """
    policy = corner_policy()
    policy.action_net.bias.data[0] = 6 * 0.2
    found = causal_check(policy, corners, "action_1", METHODS["jacobian"], steps=16, share=0.16, sticky=0)
    for region in ("nothing", "elsewhere", "held", "centre"):
        assert (found.returns[region] == 16).all()
    dark = found.returns["top"]
    assert found.changed["top"].mean() == pytest.approx(1 - dark.sum() / 128)
    assert not any(found.changed[region].any() for region in ("elsewhere", "held", "centre"))
    assert 0.3 < found.changed["top"].mean() < 0.7
    for region in ("random_weights", "other_game"):
        assert np.array_equal(found.returns[region], dark)
    assert np.array_equal(found.changed["contrast"], found.changed["top"])
    figures = found.figures()
    assert (figures["distinct_nothing"], figures["return_nothing"], figures["return_top"]) == (8, 16, dark.mean())
    assert figures["return_top_minus_held"] == pytest.approx(dark.mean() - 16)
    assert figures["return_top_minus_held_high"] < 0 < figures["changed_top_minus_centre_low"]
    assert figures["changed_top_minus_contrast"] == 0
    assert "(not random weights, another game's map, contrast)" in found.text("action_1")


def test_copies_of_a_game_count_once_and_repeated_actions_make_them_differ():
    """Three games of one seed are one game. If they repeat actions, each at its own steps, they are three."""

    def copies():
        env = DummyVecEnv([Corner] * 3)
        env._seeds = [5, 5, 5]
        return env

    policy = corner_policy()
    policy.action_net.bias.data[0] = 6 * 0.2  # so that both actions occur
    same = causal_check(policy, copies, "action_1", METHODS["jacobian"], 12, 0.16, controls=("centre",), sticky=0)
    assert (same.figures()["distinct_nothing"], same.figures()["distinct_top"]) == (1, 1)
    assert np.isnan(same.figures()["return_nothing_se"])
    varied = causal_check(policy, copies, "action_1", METHODS["jacobian"], 12, 0.16, controls=("centre",), sticky=0.5)
    assert varied.figures()["distinct_nothing"] == 3
    again = causal_check(policy, copies, "action_1", METHODS["jacobian"], 12, 0.16, controls=("centre",), sticky=0.5)
    assert (again.games, again.figures()["return_top"]) == (varied.games, varied.figures()["return_top"])


def test_steps_without_a_map_do_not_count():
    policy = corner_policy()
    found = causal_check(policy, corners, "action_1", lambda head, obs: 0 * METHODS["jacobian"](head, obs), 4, 0.16)
    assert found.without_map == 1
    assert all(np.isnan(found.changed[region]).all() for region in found.changed)
    assert np.isnan(found.figures()["changed_top"])
    assert np.array_equal(found.returns["top"], found.returns["nothing"])
    assert "no map" in found.text("action_1")


def test_a_control_without_a_square_does_not_count_as_harmless():
    """Random weights have a map of the first game alone. In the others there is nothing to compare."""
    policy = corner_policy()

    def of_some(head, obs):
        maps = METHODS["jacobian"](head, obs)
        return maps if head.policy is policy else maps * (th.arange(len(maps)) == 0)[:, None, None, None]

    found = causal_check(policy, corners, "action_1", of_some, 4, 0.16, controls=("random_weights",), sticky=0)
    assert np.isnan(found.changed["random_weights"]).tolist() == [False] + [True] * 7
    assert not np.isnan(found.changed["top"]).any()
    assert found.beside["random_weights"][0] == found.changed["top"][0]


def test_a_policy_with_a_memory_and_a_gaze():
    """Each control blanks its square of the image and leaves the gaze."""
    policy = small_policy("glimpse")

    class Looks(gym.Env):
        observation_space, action_space = policy.observation_space, policy.action_space

        def _see(self):
            return {"image": self.np_random.integers(0, 256, (2, 16, 16), dtype=np.uint8), "gaze": np.zeros(2, np.float32)}

        def reset(self, *, seed=None, options=None):
            super().reset(seed=seed)
            return self._see(), {}

        def step(self, action):
            return self._see(), float(action[0]), False, False, {}

    def looks():
        env = DummyVecEnv([Looks] * 2)
        env.seed(0)
        return env

    found = causal_check(policy, looks, "class", METHODS["jacobian"], steps=3)
    assert set(found.returns) == {"nothing", "top", *found.controls}
    assert all(len(games) == 2 for games in found.games.values())


def test_the_weights_of_soft_attention_choose_squares_as_maps_do():
    """Also with random weights and in another game: there is a square in each step, for both streams."""
    policy = SoftAttentionDuelingPolicy(spaces.Box(0, 255, (2, 52, 52), np.uint8), spaces.Discrete(3), lambda _: 1e-3)

    class Noise(gym.Env):
        observation_space, action_space = policy.observation_space, policy.action_space

        def reset(self, *, seed=None, options=None):
            super().reset(seed=seed)
            return self._see(), {}

        def step(self, action):
            return self._see(), 1.0, False, False, {}

        def _see(self):
            return self.np_random.integers(0, 256, (2, 52, 52), dtype=np.uint8)

    def noise():
        env = DummyVecEnv([Noise] * 2)
        env.seed(0)
        return env

    for head in ("value", "advantage"):
        found = causal_check(policy, noise, head, METHODS["attention"], steps=3)
        assert set(found.changed) == {"top", *CONTROLS}
        assert found.without_map == 0
        assert not any(np.isnan(shares).any() for shares in found.changed.values())
        assert all((rewards == 3).all() for rewards in found.returns.values())


def test_a_head_without_attention_is_refused():
    with pytest.raises(NoMapError, match="has no soft attention"):
        causal_check(corner_policy(), corners, "action_1", METHODS["attention"], 1, 0.16)


def test_other_actions_by_hand():
    ours, theirs = (np.array(x, np.float32) for x in ([[0, 0.1], [0, 0.1], [1, 0]], [[0, 0.15], [0, 0.3], [1, 0]]))
    assert head_reader(small_policy("continuous")).differs(ours, theirs).tolist() == [False, True, False]  # of a range of 2
    assert head_reader(small_policy("dqn")).differs(np.array([0, 1]), np.array([0, 2])).tolist() == [False, True]
    assert head_reader(small_policy("many")).differs(np.array([[0, 1]]), np.array([[0, 2]])).tolist() == [True]
    looks = (np.array([[1, x, 0.5], [1, x, 0]], np.float32) for x in (0, 0.9))
    assert not head_reader(small_policy("glimpse")).differs(*looks).any()
    assert head_reader(small_policy("tiles")).differs(np.array([[0, 3]]), np.array([[1, 3]])).all()


def test_what_has_no_squares_or_games_to_compare_is_refused():
    with pytest.raises(TypeError, match="have none"):
        causal_check(linear_policy(), vectors, "q", METHODS["jacobian"], steps=1)
    with pytest.raises(ValueError, match="no control 'sky'"):
        causal_check(corner_policy(), corners, "action_1", METHODS["jacobian"], controls=("sky",))
    with pytest.raises(ValueError, match="at least 2"):
        causal_check(corner_policy(), lambda: DummyVecEnv([Corner]), "action_1", METHODS["jacobian"])


def vectors():
    class Two(Corner):
        observation_space = spaces.Box(-9, 9, (2,), np.float32)

        def _see(self):
            return np.zeros(2, np.float32)

    return DummyVecEnv([Two] * 2)
