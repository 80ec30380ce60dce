"""Small tasks and agents with a gaze."""

import gymnasium as gym
import numpy as np
import pytest
import torch as th
from gymnasium import spaces
from gymnasium.wrappers.vector import RecordEpisodeStatistics

from saccade.agents import REINFORCE
from saccade.envs import GymnasiumVecEnv, VectorGazeWrapper
from saccade.envs.tasks.fixed_length_envs import FixedLengthVectorEnv
from saccade.envs.tasks.fixed_length_game import ImageGame

TINY = {
    "features_extractor_kwargs": {"size": 2, "scales": 1, "network": "fc", "what_dim": 16, "where_dim": 8},
    "lstm_hidden_size": 16,
    "gaze_hidden": 16,
}


class FarRight(ImageGame):
    """
    An image of 4x8 pixels whose right half is grey or bright; the rest is black. The reward is 1 if the last action says which.
    """

    def __init__(self, length: int = 2, tells: bool = True) -> None:
        self.observation_space = spaces.Box(0, 255, (1, 4, 8), np.uint8)
        self.action_space = spaces.Discrete(2)
        self.length, self.draws, self.device, self.tells = length, 1, th.device("cpu"), tells

    def begin(self, uniforms, seeds, episodes):
        self.label = (uniforms[:, 0] < 0.5).long()

    def play(self, actions, last):
        return ((actions == self.label) & last).float()

    def images(self):
        images = th.zeros(len(self.label), 1, 4, 8, dtype=th.uint8)
        images[..., 4:] = (60 + 150 * self.label)[:, None, None, None].to(th.uint8)
        return images

    def info(self):
        return {"label": self.label} if self.tells else {}


@pytest.fixture
def far_right_game() -> type[FarRight]:
    """The class of the game."""
    return FarRight


@pytest.fixture
def far_right():
    """A function that makes envs of the game with a gaze, which starts at the black half."""

    def make(length=2, tells=True, n_envs=1, tiles=(1, 2), copies=1, **arguments) -> GymnasiumVecEnv:
        game = FixedLengthVectorEnv(n_envs, FarRight(length, tells), copies)
        return GymnasiumVecEnv(RecordEpisodeStatistics(VectorGazeWrapper(game, tiles, first=(-0.5, 0.0), **arguments)))

    return make


@pytest.fixture
def reinforce():
    """A function that makes a tiny agent for an env."""

    def make(env, **arguments) -> REINFORCE:
        arguments.setdefault("policy_kwargs", TINY)
        return REINFORCE("GlimpsePolicy", env, seed=0, device="cpu", autocast=False, **arguments)

    return make


@pytest.fixture
def digits():
    """A function that makes envs with a digit among clutter and a continuous gaze, in episodes of 3 steps."""

    def make(n_envs=8, **arguments) -> GymnasiumVecEnv:
        env = gym.make_vec("saccade/ClutteredMNIST-v0", num_envs=n_envs, dataset="digits", glimpses=3, **arguments)
        return GymnasiumVecEnv(RecordEpisodeStatistics(VectorGazeWrapper(env)))

    return make
