"""Fixtures of the agents' tests."""

import gymnasium as gym
import pytest
import torch as th
from gymnasium import spaces
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.vec_env import VecEnv


@pytest.fixture
def cartpole():
    """A function that makes CartPoles with seed 0: ``cartpole(n_envs)``."""

    def make(n_envs: int = 1) -> VecEnv:
        return make_vec_env("CartPole-v1", n_envs=n_envs, seed=0)

    return make


@pytest.fixture
def weights():
    """A function that gives all weights of a Q-learner's network as one vector."""

    def flatten(model) -> th.Tensor:
        return th.cat([parameter.detach().flatten() for parameter in model.policy.q_net.parameters()])

    return flatten


@pytest.fixture
def dict_env() -> type[gym.Env]:
    """An env class with random dict observations; episodes end, and are cut, at random."""

    class DictEnv(gym.Env):
        observation_space = spaces.Dict({"a": spaces.Box(-1, 1, (3,)), "b": spaces.Discrete(2)})
        action_space = spaces.Discrete(2)

        def reset(self, *, seed=None, options=None):
            super().reset(seed=seed)
            self.observation_space.seed(seed)
            return self.observation_space.sample(), {}

        def step(self, action):
            return self.observation_space.sample(), 1.0, self.np_random.random() < 0.1, self.np_random.random() < 0.1, {}

    return DictEnv
