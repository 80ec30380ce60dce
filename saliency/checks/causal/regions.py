"""Which square is blank: the most salient one, or that of a rival."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from stable_baselines3.common.policies import BasePolicy

from ...axes import as_picture, from_picture
from ...errors import NoMapError
from ...methods.gradient_methods import Method
from ...methods.map_making import strength_map
from ...readers.entries import Entries
from ...readers.head import Head
from ..blind.orders import contrast
from .squares import NOWHERE, Holding, centre_corners, corners_elsewhere, side_of, square_masks, top_corners

TOP = "top"
CONTROLS = {
    "elsewhere": "a square elsewhere, at a new place in each step",
    "held": "a square elsewhere that stays as long as the most salient one",
    "centre": "the square in the middle",
    "random_weights": "the most salient square of the same network with random weights",
    "other_game": "the most salient square of another game at the same step",
    "contrast": "the square with the most contrast",
}
SHORT = {
    "elsewhere": "a jumping square elsewhere",
    "held": "a held square elsewhere",
    "centre": "the middle",
    "random_weights": "random weights",
    "other_game": "another game's map",
    "contrast": "contrast",
}
TITLES = {"nothing": "nothing", TOP: "the most salient square", **CONTROLS}


@dataclass(frozen=True)
class Seen:
    """
    What N games show in one step, and the squares that only maps tell.

    :param head: tied to nothing, with the memory and the masks of this step
    :param obs: (N, ...) in the form of the env
    :param method: makes the maps
    :param share: of the image that a square covers
    :param unlearned: the policy with random weights
    """

    head: Head
    obs: Any
    method: Method
    share: float
    unlearned: BasePolicy

    @cached_property
    def entries(self) -> Entries:
        """
        The observations as tensors.

        :raises NoMapError: if there is no image among them
        """
        entries = Entries.of(self.head.policy, self.obs)
        if not entries.images():
            raise NoMapError("the causal check blanks out squares of images, and these observations have none")
        return entries

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the image; of several images the first one."""
        _, _, height, width = self.entries.tensors[self.entries.pictured].shape
        return height, width

    @property
    def side(self) -> int:
        """Of the squares."""
        return side_of(self.shape, self.share)

    @cached_property
    def top(self) -> np.ndarray:
        """(N, 2) corners of the most salient squares."""
        return top_corners(strength_map(self.method, self.head, self.obs), self.side)

    @property
    def mapped(self) -> np.ndarray:
        """(N,) whether there is a most salient square."""
        return np.asarray(self.top[:, 0] != NOWHERE)

    def without(self, corners: np.ndarray) -> Any:
        """
        The observations with a square of each image in its mean grey, channel by channel.

        :param corners: (N, 2) of the squares; -1 for none
        """
        if (corners == NOWHERE).all():
            return self.obs
        key = self.entries.pictured
        given = self.obs[key] if isinstance(self.obs, dict) else self.obs
        shape = given.shape[1:]
        axes = self.entries.given_axes(key, shape)
        image = as_picture(given, axes)
        mask = square_masks(corners, self.shape, self.side)[:, None]
        grey = image.mean(axis=(2, 3), keepdims=True)
        blank = from_picture(np.where(mask, grey, image), axes, shape).astype(image.dtype)
        return {**self.obs, key: blank} if isinstance(self.obs, dict) else blank


class Regions:
    """
    Where the squares of one play are.

    :param seed: of the places elsewhere
    """

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)
        self._held = Holding()

    def corners(self, region: str, seen: Seen) -> np.ndarray:
        """
        The square of a region in the next step. Where there is no most salient square, no region has one: else a control would be
        blank for more steps.

        :param region: a name of ``TITLES``
        :param seen: what this step shows
        :return: (N, 2), -1 where nothing is blank
        """
        if region == "nothing":  # without a map, which takes time
            return np.full((len(seen.entries), 2), NOWHERE)
        return np.where(seen.mapped[:, None], self._corners(region, seen), NOWHERE)

    def _corners(self, region: str, seen: Seen) -> np.ndarray:
        shape, side, count = seen.shape, seen.side, len(seen.entries)
        if region == TOP:
            return seen.top
        if region == "elsewhere":
            return corners_elsewhere(seen.top, shape, side, self._random)
        if region == "held":
            return self._held.follow(seen.top, shape, side, self._random)
        if region == "centre":
            return centre_corners(count, shape, side)
        if region == "random_weights":
            return top_corners(strength_map(seen.method, replace(seen.head, policy=seen.unlearned), seen.obs), side)
        if region == "other_game":
            return np.roll(seen.top, 1, axis=0)
        return top_corners(contrast(seen.entries.tensors[seen.entries.pictured]), side)
