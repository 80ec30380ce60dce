"""Maps as torch makes them, as the strength that pictures and figures are made of."""

import numpy as np
import torch as th
from stable_baselines3.common.type_aliases import PyTorchObs

from .map_statistics import magnitude


def strength_of(maps: PyTorchObs) -> np.ndarray:
    """
    Where maps look, regardless of sign and channel.

    :param maps: signed, of the observations' shape; of a dict the first image counts, or the first entry if there is none
    :return: (B, H, W), or (B, 1, D) for vectors
    """
    if isinstance(maps, th.Tensor):
        return magnitude(maps.detach().float().cpu().numpy())
    images = [x for x in maps.values() if x.ndim == 4]
    return strength_of((images or list(maps.values()))[0])
