"""How strong and how spread out maps are, and over which frames of a stack."""

import numpy as np

CONSTANT = 1e-6  # relative spread below which a map's differences are rounding


def is_constant(maps: np.ndarray) -> np.ndarray:
    """
    Whether each map has the same value at all places, up to rounding: (max - min) / max |value| below 1e-6. So has a map of zeros.

    :param maps: (B, ...)
    :return: (B,) bool
    """
    flat = maps.reshape(len(maps), -1).astype(np.float64)
    return (flat.max(axis=1) - flat.min(axis=1)) <= CONSTANT * np.abs(flat).max(axis=1)


def magnitude(maps: np.ndarray) -> np.ndarray:
    """
    How strong a map is at each place, whatever its sign and whichever frame of a stack it is in.

    :param maps: signed (B, C, H, W) or (B, D)
    :return: sum of absolute values over C: (B, H, W); (B, 1, D) for vectors
    """
    if maps.ndim == 4:
        return np.abs(maps).sum(axis=1)
    return np.abs(maps).reshape(len(maps), 1, -1)


def norms(maps: np.ndarray) -> np.ndarray:
    """
    Euclidean norm of each map.

    :param maps: (B, ...)
    :return: (B,)
    """
    return np.linalg.norm(maps.reshape(len(maps), -1), axis=1)


def entropy(maps: np.ndarray) -> np.ndarray:
    """
    How spread out each map is: the entropy of its shares by place, divided by the entropy of an even spread.

    :param maps: non-negative (B, ...)
    :return: (B,) from 0 (all in one place) to 1 (the same everywhere); NaN for a map of zeros
    """
    flat = maps.reshape(len(maps), -1).astype(np.float64)
    if flat.shape[1] == 1:
        return np.zeros(len(flat))
    with np.errstate(invalid="ignore", divide="ignore"):
        share = flat / flat.sum(axis=1, keepdims=True)
        terms = np.where(share > 0, share * np.log(share), np.where(np.isnan(share), np.nan, 0.0))
    return -terms.sum(axis=1) / np.log(flat.shape[1])


def gini(maps: np.ndarray) -> np.ndarray:
    """
    How unevenly a map is spread: Gini's coefficient (as a measure of sparseness: Hurley and Rickard 2009).

    :param maps: non-negative (B, ...)
    :return: (B,) from 0 (the same everywhere, up to rounding) to nearly 1 (all in one place); NaN for a map of zeros
    """
    flat = np.sort(maps.reshape(len(maps), -1).astype(np.float64), axis=1)
    count = flat.shape[1]
    weights = (2 * np.arange(1, count + 1) - count - 1) / count
    with np.errstate(invalid="ignore", divide="ignore"):
        coefficients = (flat * weights).sum(axis=1) / flat.sum(axis=1)
    return np.where(is_constant(maps) & ~np.isnan(coefficients), 0.0, coefficients)


def frame_shares(maps: np.ndarray) -> np.ndarray:
    """
    Which frame of a stack matters: each channel's share of a map's absolute values.

    :param maps: (B, C, H, W)
    :return: (B, C), summing to 1; NaN for a map of zeros
    """
    mass = np.abs(maps).sum(axis=(2, 3))
    with np.errstate(invalid="ignore", divide="ignore"):
        return mass / mass.sum(axis=1, keepdims=True)
