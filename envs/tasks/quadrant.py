"""A first look: pictures of four patches, where it is known which patch makes the value and which one the advantage."""

from typing import Any

import numpy as np
import torch as th
from gymnasium import spaces

from ..arguments.plain_numbers import check_whole_numbers
from ..arguments.present_device import present_device
from .fixed_length_envs import FixedLengthEnv, FixedLengthVectorEnv
from .fixed_length_game import ImageGame

PATCHES = ("top left", "top right", "bottom left", "bottom right")
CAUSES = {"value": "top left", "advantage": "top right"}  # of each head of a dueling network; the other patches distract
THINGS = {"value_patch": PATCHES[:1], "action_patch": PATCHES[1:2], "distractors": PATCHES[2:]}  # names for `objects`
LENGTH = 16  # pictures in an episode


class Quadrant(ImageGame):
    """
    Every step shows a new picture of four patches. The brightness of a patch is the mean of its pixels, from 0 to 1.

    - Top left, brightness w: how much the picture is worth, whatever the agent does.
    - Top right, brightness d: which action is right. Above 1/2 it is action 1, below it is action 0, and the farther from 1/2 the
      more it matters.
    - Bottom left and bottom right: nothing. They change as the others do.

    The reward of action a is ``w + (2 a - 1) (2 d - 1)``. So both heads of a dueling network are known: V = w and
    A(s, a) = (2 a - 1) (2 d - 1), if rewards are not discounted over later pictures (gamma 0). No picture depends on the actions.

    Each pixel is black or white at random, white with a probability that is drawn for its patch. So all pixels vary, and the
    derivative with respect to each of them has a right value: it is the same in the whole patch and 0 outside.

    :param size: side of the picture in pixels, an even number
    :param device: torch device of the game
    :raises ValueError: if the size is out of range
    """

    def __init__(self, size: int = 12, device: th.device | str = "cpu") -> None:
        device = present_device(device)
        check_whole_numbers(size=size)
        if size < 2 or size % 2:
            raise ValueError(f"size is {size}; it must be an even number, at least 2, so that the patches are equal")
        self.size = size
        self.observation_space = spaces.Box(0, 255, (1, size, size), np.uint8)
        self.action_space = spaces.Discrete(2)
        self._per_picture = len(PATCHES) + size**2
        self.length, self.draws, self.device = LENGTH, LENGTH * self._per_picture, device

    def begin(self, uniforms: th.Tensor, seeds: th.Tensor, episodes: th.Tensor) -> None:
        drawn = uniforms.view(len(uniforms), LENGTH, self._per_picture)
        levels = drawn[..., : len(PATCHES)].view(-1, LENGTH, 2, 2)
        noise = drawn[..., len(PATCHES) :].reshape(-1, LENGTH, self.size, self.size)
        of_pixels = levels.repeat_interleave(self.size // 2, 2).repeat_interleave(self.size // 2, 3)
        self._pictures = 255 * (noise < of_pixels).byte()
        self._step = 0

    def play(self, actions: th.Tensor, last: bool) -> th.Tensor:
        worth, decides = (self._brightness(patch) for patch in ("top left", "top right"))
        self._step += 1
        return (worth + (2 * actions - 1) * (2 * decides - 1)).float()

    def images(self) -> th.Tensor:
        return self._pictures[:, min(self._step, LENGTH - 1), None]  # after the last step the last picture stays

    def objects(self) -> dict[str, th.Tensor]:
        """The patch that decides the reward whatever is done, the one that decides the action, and the two that say nothing."""
        masks = {}
        for name, patches in THINGS.items():
            mask = th.zeros(len(self._pictures), self.size, self.size, dtype=th.bool, device=self.device)
            for patch in patches:
                mask[(slice(None), *patch_places(patch, self.size))] = True
            masks[name] = mask
        return masks

    def _brightness(self, patch: str) -> th.Tensor:
        """Of the current pictures, (N,) from 0 to 1."""
        rows, columns = patch_places(patch, self.size)
        return self._pictures[:, self._step, rows, columns].double().mean(dim=(1, 2)) / 255


def patch_places(patch: str, size: int) -> tuple[slice, slice]:
    """
    Rows and columns of a patch.

    :param patch: one of ``PATCHES``
    :param size: side of the picture
    """
    vertical, horizontal = patch.split()
    first, second = slice(0, size // 2), slice(size // 2, size)
    return (first if vertical == "top" else second), (first if horizontal == "left" else second)


class QuadrantEnv(FixedLengthEnv):
    """:class:`Quadrant` as ``gym.make`` gives it."""

    def __init__(self, render_mode: str | None = None, **arguments: Any) -> None:
        super().__init__(Quadrant(**arguments), render_mode)


class QuadrantVectorEnv(FixedLengthVectorEnv):
    """:class:`Quadrant` as ``gym.make_vec`` gives it."""

    def __init__(self, num_envs: int = 1, copies: int = 1, render_mode: str | None = None, **arguments: Any) -> None:
        super().__init__(num_envs, Quadrant(**arguments), copies, render_mode)
