"""A game without any chance."""

import gymnasium as gym
import numpy as np
from gymnasium import spaces


class Corridor(gym.Env):
    """
    Three steps without any chance. The observation says where a game began; a reward of 1 a step, or more at this start.

    :param start: of all games
    :param reward: in each step
    """

    observation_space = spaces.Box(-1, 9, (2,), np.float32)
    action_space = spaces.Discrete(3)

    def __init__(self, start: int, reward: float) -> None:
        self.start, self.reward, self.t = start, reward, 0

    def _seen(self) -> np.ndarray:
        return np.array([self.start, self.t], np.float32)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.t = 0
        return self._seen(), {}

    def step(self, action):
        self.t += 1
        return self._seen(), self.reward, self.t == 3, False, {"episode_frame_number": 4 * self.t}
