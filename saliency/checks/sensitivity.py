"""Does a map stay the same when the observation hardly changes?"""

import numpy as np
import torch as th

from ..methods.gradient_methods import Method
from ..methods.map_making import strength_map
from ..readers.entries import Entries, Observations
from ..readers.head import Head

NOISE = 0.02  # of an observation's range
SAMPLES = 3


def sensitivity(
    head: Head, obs: Observations, method: Method, seed: int = 0, *, strength: np.ndarray | None = None, entry: str = ""
) -> float:
    """
    How much a little noise changes a map's strength s: the mean of |s(x + noise) - s(x)| over three draws and the batch, divided by
    the mean of |s(x)| over the batch. Every entry of dict observations that can have a map gets noise.

    It is a ratio of means, because a mean of ratios could be the figure of one map that is close to zero.

    :param head: of a policy
    :param obs: batch (B, ...) as the env gives it
    :param method: of :data:`saccade.saliency.METHODS`
    :param seed: of the noise; its standard deviation is 2 % of each observation's range
    :param strength: of the map without noise, (B, H, W) or (B, 1, D), if it has been made already
    :param entry: of dict observations, whose map counts; empty for the one that is pictured
    :return: 0 or more; NaN if all maps are zero
    """
    entries = Entries.of(head.policy, obs)
    tied = head.at(entries.packed())
    before = (strength_map(method, tied, obs, entry) if strength is None else strength).reshape(len(entries), -1)
    generator = th.Generator().manual_seed(seed)
    size = np.linalg.norm(before, axis=1).mean()
    changes = []
    for _ in range(SAMPLES):
        after = strength_map(method, tied, entries.noisy(NOISE, generator).packed(), entry).reshape(len(entries), -1)
        changes.append(np.linalg.norm(after - before, axis=1).mean())
    return float(np.mean(changes) / size) if size > 0 else float("nan")
