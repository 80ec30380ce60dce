"""Actions counted from 0, for envs that count theirs from another number. SB3 ignores ``start`` and sends 0 to n - 1."""

from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium import spaces


def counted_from_zero(space: spaces.Space) -> tuple[spaces.Space, Any]:
    """
    The same actions, counted from 0, and what must be added to one of them for the env.

    :param space: of actions
    :return: the space with ``start`` 0, and the start: an int for Discrete, an array for MultiDiscrete, 0 for other spaces. A space
        that starts at 0 is returned as it is
    """
    start = getattr(space, "start", 0)
    if not np.any(start):
        return space, 0
    if isinstance(space, spaces.Discrete):
        return spaces.Discrete(int(space.n), dtype=space.dtype.type), int(start)
    assert isinstance(space, spaces.MultiDiscrete)
    return spaces.MultiDiscrete(space.nvec, dtype=space.dtype.type), np.array(start)


class ActionsFromZero(gym.ActionWrapper, gym.utils.RecordConstructorArgs):
    """
    An env whose Discrete or MultiDiscrete actions are counted from 0.

    :param env: that counts its actions from any number
    """

    def __init__(self, env: gym.Env) -> None:
        gym.utils.RecordConstructorArgs.__init__(self)
        gym.ActionWrapper.__init__(self, env)
        self.action_space, self._start = counted_from_zero(env.action_space)

    def action(self, action: Any) -> Any:
        """The action as the env counts it."""
        return np.asarray(action) + self._start if np.any(self._start) else action
