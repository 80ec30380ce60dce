"""The part of maps and observations that pictures and figures are made of."""

from typing import TypeVar

import numpy as np
import torch as th
from stable_baselines3.common.type_aliases import PyTorchObs

from ..statistics.map_statistics import magnitude

Array = TypeVar("Array", np.ndarray, th.Tensor)


def pictured(whole: Array | dict[str, Array]) -> Array:
    """
    What can be drawn as one picture: of a dict the first image, or the first entry if there is none.

    :param whole: observations (B, ...), maps of them, or a dict of such
    """
    if not isinstance(whole, dict):
        return whole
    images = [x for x in whole.values() if x.ndim == 4]
    return (images or list(whole.values()))[0]


def strength_of(maps: PyTorchObs) -> np.ndarray:
    """
    Where maps look, regardless of sign and channel.

    :param maps: signed, of the observations' shape
    :return: (B, H, W), or (B, 1, D) for vectors; of dicts what is :func:`pictured`
    """
    return magnitude(pictured(maps).detach().float().cpu().numpy())
