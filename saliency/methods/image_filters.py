"""Filters of images: what a blur leaves, and what it takes away."""

from functools import lru_cache

import numpy as np
import torch as th
from scipy.ndimage import gaussian_filter1d

BLUR = 3.0  # pixels, standard deviation of a blur of details
WIDE = 1 / 8  # of an image's shorter side: the standard deviation of the wide blur


def blurred(images: th.Tensor, deviation: float = BLUR) -> th.Tensor:
    """
    Images without their details. Beyond its border an image repeats its edge.

    :param images: (B, C, H, W)
    :param deviation: standard deviation of the Gaussian, in pixels
    """
    down, right = (th.from_numpy(_gaussian(size, deviation)).to(images) for size in images.shape[2:])
    return down @ images @ right.T


@lru_cache(maxsize=16)
def _gaussian(size: int, deviation: float) -> np.ndarray:
    """A Gaussian filter of a line of pixels as a matrix (size, size). A wide one is many times faster so than pixel by pixel."""
    return np.asarray(gaussian_filter1d(np.eye(size), deviation, axis=0, mode="nearest"))


def wide_blur(images: th.Tensor) -> th.Tensor:
    """
    A wide blur: what is drawn goes, the brightness around it stays.

    :param images: (B, C, H, W)
    """
    return blurred(images, WIDE * min(images.shape[2:]))


def contrast(images: th.Tensor) -> th.Tensor:
    """
    What stands out from its surroundings: an image minus its wide blur.

    :param images: (B, C, H, W)
    :return: signed (B, C, H, W); 0 everywhere for an image of one grey
    """
    return images - wide_blur(images)
