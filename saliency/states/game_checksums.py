"""Checksums of games while they are played. Greedy play of a deterministic game repeats itself, and a copy tells nothing new."""

import hashlib
from typing import Any

import numpy as np


class GameChecksums:
    """
    A checksum for each game, of all its observations, actions and rewards.

    :param n_envs: that play
    :ivar ended: texts of the games that are over, in the order in which they ended
    """

    def __init__(self, n_envs: int) -> None:
        self._open = [_checksum() for _ in range(n_envs)]
        self.ended: list[str] = []

    def add(self, i: int, observations: Any, action: Any, reward: float = 0.0) -> None:
        """
        A step of an env.

        :param i: of which env
        :param observations: of all envs, an array or a dict of arrays, before the step
        :param action: of this env
        :param reward: of this env; 0 where games of the same observations and actions count as copies
        """
        entries = [observations[key] for key in sorted(observations)] if isinstance(observations, dict) else [observations]
        for part in (*(entry[i] for entry in entries), action, np.float64(reward)):
            self._open[i].update(np.ascontiguousarray(part).tobytes())

    def end(self, i: int) -> None:
        """The game of an env is over."""
        self.ended.append(self._open[i].hexdigest())
        self._open[i] = _checksum()

    def so_far(self) -> tuple[str, ...]:
        """A text for the game of each env up to now."""
        return tuple(each.hexdigest() for each in self._open)


def _checksum() -> Any:
    return hashlib.blake2b(digest_size=8)
