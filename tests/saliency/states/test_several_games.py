"""States of several games at once, beside plain loops."""

from itertools import islice, pairwise

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from small_policies import small_policy
from stable_baselines3 import DQN
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.policies import ActorCriticPolicy
from stable_baselines3.common.vec_env import DummyVecEnv

from saccade.saliency.states.several_games import moments, state_of, states_of_games
from saccade.saliency.states.states import together


class Counting(gym.Env):
    """Sees its number, the step and the last action. A game has six steps."""

    observation_space, action_space = spaces.Box(-9, 99, (3,), np.float32), spaces.Discrete(3)

    def __init__(self, number: int = 0) -> None:
        self.number, self.render_mode = number, "rgb_array"

    def _see(self, action: int) -> np.ndarray:
        self.seen = np.array([self.number, self.steps, action], np.float32)
        return self.seen

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.steps = 0
        return self._see(-1), {}

    def step(self, action):
        self.steps += 1
        return self._see(int(action)), 0.0, self.steps == 6, False, {}

    def render(self):
        return np.full((4, 5, 3), 10 * self.number + self.steps, np.uint8)

    def objects(self):
        return {"number": np.arange(4)[None] == self.number}


def counters(count: int = 3) -> DummyVecEnv:
    env = DummyVecEnv([lambda i=i: Counting(i) for i in range(count)])
    env.render_mode = "rgb_array"
    return env


def counting_policy() -> ActorCriticPolicy:
    return ActorCriticPolicy(Counting.observation_space, Counting.action_space, lambda _: 1e-3, net_arch=[])


def test_games_are_taken_in_turn_with_their_pictures_and_things():
    states = states_of_games(counting_policy(), lambda mode: counters(), np.array([1, 2, 2, 7]), sticky=0.0)
    assert states.observations[:, :2].tolist() == [[0, 1], [1, 2], [2, 2], [0, 1]]
    assert states.frames[:, 0, 0, 0].tolist() == [1, 12, 22, 1]
    assert states.objects["number"].argmax(axis=2).ravel().tolist() == [0, 1, 2, 0]
    assert states.axes == {"": "D"}
    assert len(set(states.games)) == 4  # the fourth one is of the first env's second game
    assert states.memory is None


def test_greedy_play_is_that_of_predict():
    model = DQN("MlpPolicy", make_vec_env("CartPole-v1", 2), seed=0)
    env = model.get_env()
    env.seed(3)
    obs, expected = env.reset(), []
    for _ in range(15):
        expected.append(obs.copy())
        obs, *_ = env.step(model.predict(obs, deterministic=True)[0])
    env.seed(3)
    played = list(islice(moments(model.policy, env), 15))
    assert np.array_equal([moment.observations for moment in played], expected)


def test_games_are_numbered_and_actions_are_repeated_or_random():
    policy = counting_policy()
    plain, sticky, random = (
        list(islice(moments(policy, counters(), 1, **changes), 40)) for changes in ({}, {"sticky": 0.9}, {"epsilon": 1.0})
    )
    assert [moment.games.tolist() for moment in plain[:13:6]] == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]
    repeated = [
        after.observations[i, 2] == now.observations[i, 2]
        for now, after in pairwise(sticky)
        for i in range(3)
        if now.observations[i, 1] > 0 and after.observations[i, 1] > 0
    ]
    assert np.mean(repeated) > 0.85
    taken = np.concatenate([moment.observations[:, 2] for moment in random if moment.observations[0, 1] > 0])
    assert np.unique(taken, return_counts=True)[1].min() > 20  # each of three actions, of 100
    again = list(islice(moments(policy, counters(), 1, epsilon=1.0), 40))
    assert np.array_equal([one.observations for one in random], [one.observations for one in again])


def test_the_memory_of_each_game_comes_along():
    policy = small_policy("recurrent")

    class Seen(gym.Env):
        observation_space, action_space = policy.observation_space, policy.action_space

        def reset(self, *, seed=None, options=None):
            super().reset(seed=seed)
            return self.observation_space.sample(), {}

        def step(self, action):
            return self.observation_space.sample(), 0.0, False, False, {}

    played = list(islice(moments(policy, DummyVecEnv([Seen] * 2)), 3))
    assert not played[0].memory.any()
    states = together([state_of(played[2], 1), state_of(played[1], 0)])
    assert np.allclose(states.memory[0], played[2].memory[1])
    assert np.allclose(states.memory[1], played[1].memory[0])
    assert states.memory[0].any()
