"""How each stack of frames continues the one before it."""

from typing import Any, NamedTuple

import numpy as np

from .frame_stacks import follows, padding_of, same_observation


class StackStep(NamedTuple):
    """What one env step did to the stacks of N envs. The lists hold env indices."""

    starts: list[int]  # the observation does not continue the last step's: a new stack starts
    ended: list[int]  # those of `starts` whose new stack does not begin with the frame that the last step ended with
    ages: np.ndarray  # (N,) uint8: steps since the stack started, up to S - 1
    irregular: list[int]  # the observations cannot be built from single frames


class StackTracker:
    """
    Follows the stacks of N envs from step to step. It looks at the observations alone, not at ``done``.

    So it is right across lost lives, truncations, resets without a ``done``, and interrupted and resumed runs.

    :ivar padding: what fills a stack before its first frame, ``"zeros"`` or ``"repeat"``; None until a stack shows it

    :param n_envs: N
    :param obs_shape: (S * channels, ...), newest frame last
    :param dtype: of the observations
    :param channels: channels of one frame
    """

    def __init__(self, n_envs: int, obs_shape: tuple[int, ...], dtype: Any, channels: int) -> None:
        self.channels = channels
        self.oldest = obs_shape[0] // channels - 1  # age of a stack without padding
        self.padding: str | None = None
        self.last_obs = np.zeros((n_envs, *obs_shape), dtype=dtype)  # after the last step
        self.reset()

    def reset(self) -> None:
        """Forget the last step. The padding stays known."""
        n_envs = len(self.last_obs)
        self.last_obs[:] = 0
        self.age = np.zeros(n_envs, dtype=np.uint8)
        self.severed = np.ones(n_envs, dtype=bool)  # the next step cannot continue this one
        self.foreign = np.zeros(n_envs, dtype=np.int64)  # frames of the stack that came with it when it started

    def follow(self, obs: np.ndarray, next_obs: np.ndarray) -> StackStep:
        """
        Take in one step of every env.

        :param obs: (N, S * channels, ...)
        :param next_obs: likewise, after the step
        """
        continues = same_observation(obs, self.last_obs) & ~self.severed
        starts = np.flatnonzero(~continues).tolist()
        self.foreign = np.maximum(self.foreign - 1, 0)
        for i in starts:
            self.foreign[i] = self._foreign_frames(obs[i])
        # After a lost life both frames are the same one.
        newest = slice(-self.channels, None)
        ended = [i for i in starts if not np.array_equal(obs[i, newest], self.last_obs[i, newest])]
        self.age = np.where(continues, np.minimum(self.age + 1, self.oldest), 0).astype(np.uint8)
        self.severed = ~follows(next_obs, obs, self.channels)
        np.copyto(self.last_obs, next_obs)
        return StackStep(starts, ended, self.age, np.flatnonzero((self.foreign > 0) | self.severed).tolist())

    def _foreign_frames(self, first: np.ndarray) -> int:
        """Frames of a new stack that are neither its first frame nor the usual padding."""
        padding = padding_of(first, self.channels)
        if padding is None:
            return self.oldest
        if not first.any():  # a black screen fits both paddings
            return 0
        if self.oldest:
            self.padding = self.padding or padding
        return self.oldest if padding != self.padding else 0
