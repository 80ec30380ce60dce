"""How much of a map lies on a thing."""

import numpy as np

from .map_statistics import is_constant


def relevance_mass(strength: np.ndarray, covered: np.ndarray) -> np.ndarray:
    """
    The share of a map's strength on a thing, divided by the share of the area that the thing has. A map that is the same
    everywhere has 1, and so has a thing that covers everything.

    (The share alone is the relevance mass accuracy of Arras et al. 2022, "CLEVR-XAI". Small things have little of it by chance,
    which the division takes out.)

    :param strength: non-negative (B, H, W)
    :param covered: (B, H, W) how much of each place the thing covers, from 0 to 1
    :return: (B,) NaN where the map is zero everywhere, or the thing is not there
    """
    flat, share = (x.reshape(len(x), -1).astype(np.float64) for x in (strength, covered))
    with np.errstate(invalid="ignore", divide="ignore"):
        mass, area = (flat * share).sum(axis=1) / flat.sum(axis=1), share.mean(axis=1)
        return np.where(area > 0, mass / area, np.nan)


def pointing(strength: np.ndarray, covered: np.ndarray) -> np.ndarray:
    """
    The pointing game (Zhang et al. 2018, "Top-down neural attention by excitation backprop"): whether the thing is drawn in the
    place where the map is largest. Of several equally large places, the share of those.

    :param strength: non-negative (B, H, W)
    :param covered: (B, H, W) how much of each place the thing covers; any part of it counts
    :return: (B,) from 0 to 1; NaN where the map is the same everywhere, or the thing is not there
    """
    flat, there = strength.reshape(len(strength), -1), covered.reshape(len(covered), -1) > 0
    largest = flat == flat.max(axis=1, keepdims=True)
    hits = (largest & there).sum(axis=1) / largest.sum(axis=1)
    return np.where(is_constant(strength) | ~there.any(axis=1), np.nan, hits)


def pointing_by_chance(covered: np.ndarray) -> np.ndarray:
    """
    The pointing game of a map whose largest place is drawn at random.

    :param covered: (B, H, W)
    :return: (B,) share of the places that the thing touches; NaN where it is not there
    """
    touched = (covered > 0).reshape(len(covered), -1).mean(axis=1)
    return np.where(touched > 0, touched, np.nan)
