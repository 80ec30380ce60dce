"""A tiny game in which two things are named, one after the other."""

import numpy as np
import torch as th
from gymnasium import spaces
from gymnasium.wrappers.vector import RecordEpisodeStatistics

from saccade.envs import GymnasiumVecEnv, VectorGazeWrapper
from saccade.envs.tasks.fixed_length_envs import FixedLengthVectorEnv
from saccade.envs.tasks.naming.naming import Naming
from saccade.envs.tasks.naming.naming_game import NamingGame

TINY = {
    "features_extractor_kwargs": {"size": 2, "scales": 1, "network": "fc", "what_dim": 16, "where_dim": 8, "features_dim": 32},
    "lstm_hidden_size": 32,
    "gaze_hidden": 16,
    "waiting": 0.6,
}


class LeftThenRight(NamingGame):
    """
    An image of 4x12 pixels: its left and its right third are grey or bright, the middle is black. The agent names the brightness of
    the left third, then that of the right one.
    """

    def __init__(self, length: int = 5, tells: bool = True, **arguments) -> None:
        self.naming = Naming(2, 2, length, **arguments)
        self.observation_space = self.naming.observation_space(spaces.Box(0, 255, (1, 4, 12), np.uint8))
        self.action_space, self.not_yet = self.naming.action_space, self.naming.not_yet
        self.length, self.draws, self.device, self.tells = length, 2, th.device("cpu"), tells

    def draw(self, uniforms, first=None):
        answers = (uniforms < 0.5).long()
        images = th.zeros(len(answers), 1, 4, 12, dtype=th.uint8)
        for side, columns in enumerate((slice(0, 4), slice(8, 12))):
            images[..., columns] = (60 + 150 * answers[:, side])[:, None, None, None].to(th.uint8)
        return images, answers

    def items(self, uniforms, first=None):
        return {}

    def info(self):
        said = super().info()
        return said if self.tells else {key: x for key, x in said.items() if key != "answer"}


def left_then_right(n_envs: int = 4, tiles=(1, 3), copies: int = 1, forced=None, **arguments) -> GymnasiumVecEnv:
    """The game with a gaze, which starts at the black middle."""
    game = FixedLengthVectorEnv(n_envs, LeftThenRight(**arguments), copies)
    return GymnasiumVecEnv(RecordEpisodeStatistics(VectorGazeWrapper(game, tiles, first="center", forced=forced)))
