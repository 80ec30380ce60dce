"""An env of any observation space, for tests that only need something to see."""

from copy import deepcopy

import gymnasium as gym
from gymnasium import spaces


class RandomObservations(gym.Env):
    """
    Made-up observations in games of one length; action 1 is rewarded.

    :param space: of the observations; copied, because a space has random numbers of its own
    :param length: steps of a game
    """

    action_space = spaces.Discrete(2)

    def __init__(self, space: spaces.Space, length: int = 7) -> None:
        self.observation_space, self.length, self.steps = deepcopy(space), length, 0

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        if seed is not None:
            self.observation_space.seed(seed)
        self.steps = 0
        return self.observation_space.sample(), {}

    def step(self, action):
        self.steps += 1
        return self.observation_space.sample(), float(action), self.steps >= self.length, False, {}
