"""Distinct states of many games, each with the number of its game."""

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from stable_baselines3.common.policies import ActorCriticPolicy
from stable_baselines3.common.vec_env import DummyVecEnv

from saccade.scripts.benchmarks.objects.play import Played, play, spread

IMAGE, ACTIONS = spaces.Box(0, 255, (1, 36, 36), np.uint8), spaces.Discrete(2)
LENGTH = 6  # env steps of a game


class Clock(gym.Env):
    """The picture shows which game of the env it is, the step, and the last action. Envs differ only if their starts do."""

    observation_space, action_space, render_mode = IMAGE, ACTIONS, "rgb_array"
    metadata = {"render_modes": ["rgb_array"]}  # noqa: RUF012

    def __init__(self, start: int) -> None:
        self.start, self.game = start, -1

    def reset(self, *, seed=None, options=None):
        self.game, self.time = self.game + 1, 0
        return self._see(0), {}

    def step(self, action):
        self.time += 1
        return self._see(action), 0.0, self.time == LENGTH, False, {}

    def _see(self, action):
        self.image = np.zeros((1, 36, 36), np.uint8)
        self.image[0, 0, :4] = self.start, self.game, self.time, action
        return self.image

    def render(self):
        return np.repeat(self.image[0, :, :, None], 3, axis=2)


def played(starts: list[int], steps: int, every: int, epsilon: float = 0.0, seed: int = 0) -> Played:
    env = DummyVecEnv([lambda start=start: Clock(start) for start in starts])
    policy = ActorCriticPolicy(IMAGE, ACTIONS, lambda _: 1e-3, net_arch=[4])
    for weights in policy.action_net.parameters():
        weights.data.zero_()
    policy.action_net.bias.data[1] = 1.0  # always the action 1
    return play(policy, env, steps, every, epsilon, seed)


def test_states_know_their_game_and_stand_in_its_order():
    found = played([7, 8], steps=11, every=2)
    seen = found.states.observations[:, 0, 0, :4]
    assert found.states.games.tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 3, 3]  # a state at the 2nd, 4th, ... step of each env
    assert found.games == [3, 3, 2, 2]
    assert seen[:, 0].tolist() == [7, 7, 7, 8, 8, 8, 7, 7, 8, 8]
    assert seen[:, 1].tolist() == [0, 0, 0, 0, 0, 0, 1, 1, 1, 1]
    assert seen[:, 2].tolist() == [1, 3, 5, 1, 3, 5, 1, 3, 1, 3]
    assert seen[:, 3].tolist() == [1] * 10
    assert np.array_equal(found.states.frames[:, 0, :4, 0], seen)
    assert found.copies == 0


def test_a_game_that_goes_like_another_one_is_no_game():
    found = played([7, 7, 8, 7], steps=6, every=2)
    assert found.games == [3, 3]
    assert found.copies == 6
    assert found.states.observations[:, 0, 0, 0].tolist() == [7, 7, 7, 8, 8, 8]


def test_random_actions_make_games_differ_and_are_seeded():
    once, again, other = (played([7] * 4, 30, 1, epsilon=0.3, seed=seed) for seed in (1, 1, 2))
    assert len(once.games) > 4
    assert np.array_equal(once.states.observations, again.states.observations)
    assert once.games != other.games or not np.array_equal(once.states.observations, other.states.observations)
    assert 0.05 < 1 - once.states.observations[:, 0, 0, 3].mean() < 0.45  # half of the random actions, and the first states


def test_states_are_taken_by_a_rule():
    rows = np.arange(100, 200)
    assert spread(rows, 4).tolist() == [112, 137, 162, 187]
    assert spread(rows[:3], 4).tolist() == [100, 101, 102]
