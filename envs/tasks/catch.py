"""Catch a falling ball with a paddle."""

from typing import Any

import numpy as np
import torch as th
from gymnasium import spaces

from ..arguments.plain_numbers import check_whole_numbers
from ..arguments.present_device import present_device
from .fixed_length_envs import FixedLengthEnv, FixedLengthVectorEnv
from .fixed_length_game import ImageGame

PADDLE = 2  # pixels


class Catch(ImageGame):
    """
    A ball of one pixel falls one row per step and bounces off the sides. A paddle of two pixels on the bottom row moves left,
    stays or moves right. The episode ends when the ball reaches the bottom row. The reward is then 1 if the paddle catches the
    ball, else 0 (Mnih et al. 2014, section 4.2).

    Ball and paddle start at random columns. The ball moves by a random slope of at most one column per row.

    :param size: side of the screen in pixels
    :param device: torch device of the game
    :raises ValueError: if the screen is too small
    """

    def __init__(self, size: int = 24, device: th.device | str = "cpu") -> None:
        device = present_device(device)
        check_whole_numbers(size=size)
        if size < PADDLE + 1:
            raise ValueError(f"size is {size}; it must be at least {PADDLE + 1}")
        self.size = size
        self.observation_space = spaces.Box(0, 255, (1, size, size), np.uint8)
        self.action_space = spaces.Discrete(3)
        self.length, self.draws, self.device = size - 1, 3, device

    def begin(self, uniforms: th.Tensor, seeds: th.Tensor, episodes: th.Tensor) -> None:
        column, slope, paddle = uniforms.unbind(1)
        self._start = column * self.size  # of the ball, in pixels from the left edge
        self._slope = 2 * slope - 1  # columns per row
        self._paddle = (paddle * (self.size - PADDLE + 1)).long()
        self._row = 0

    def play(self, actions: th.Tensor, last: bool) -> th.Tensor:
        self._row += 1
        self._paddle = (self._paddle + actions - 1).clamp_(0, self.size - PADDLE)
        beyond = self._ball() - self._paddle
        return ((beyond >= 0) & (beyond < PADDLE) & last).float()

    def images(self) -> th.Tensor:
        return 255 * (self._ball_mask() | self._paddle_mask())[:, None].byte()

    def objects(self) -> dict[str, th.Tensor]:
        return {"ball": self._ball_mask(), "paddle": self._paddle_mask()}

    def _ball_mask(self) -> th.Tensor:
        """(N, size, size) bool."""
        screens = th.zeros(len(self._paddle), self.size, self.size, dtype=th.bool, device=self.device)
        screens[th.arange(len(screens), device=self.device), self._row, self._ball()] = True
        return screens

    def _paddle_mask(self) -> th.Tensor:
        """(N, size, size) bool."""
        screens = th.zeros(len(self._paddle), self.size, self.size, dtype=th.bool, device=self.device)
        copies = th.arange(len(screens), device=self.device)
        for i in range(PADDLE):
            screens[copies, -1, self._paddle + i] = True
        return screens

    def _ball(self) -> th.Tensor:
        """Column of the ball, (N,): a straight line, folded at the walls."""
        unfolded = th.remainder(self._start + self._slope * self._row, 2 * self.size)
        return th.minimum(unfolded, 2 * self.size - unfolded).long().clamp_(max=self.size - 1)


class CatchEnv(FixedLengthEnv):
    """:class:`Catch` as ``gym.make`` gives it."""

    def __init__(self, render_mode: str | None = None, **arguments: Any) -> None:
        super().__init__(Catch(**arguments), render_mode)


class CatchVectorEnv(FixedLengthVectorEnv):
    """:class:`Catch` as ``gym.make_vec`` gives it."""

    def __init__(self, num_envs: int = 1, copies: int = 1, render_mode: str | None = None, **arguments: Any) -> None:
        super().__init__(num_envs, Catch(**arguments), copies, render_mode)
