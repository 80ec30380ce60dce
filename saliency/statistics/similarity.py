"""How alike two maps are."""

import numpy as np
from scipy.ndimage import gaussian_filter

from .map_statistics import is_constant, norms

WINDOW = 1.5  # pixels, standard deviation of the Gaussian window
K1, K2 = 0.01, 0.03  # of the paper


def rank_correlation(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """
    Spearman's rank correlation, pair by pair. Ties get their mean rank.

    :param a: (B, ...)
    :param b: (B, ...)
    :return: (B,) in [-1, 1]; NaN if a map is constant up to rounding, because the ranks of rounding say nothing
    """
    from scipy.stats import rankdata  # takes half a second, so only those who compare maps wait for it

    ranks = [rankdata(x.reshape(len(x), -1), axis=1) for x in (a, b)]
    ranks = [r - r.mean(axis=1, keepdims=True) for r in ranks]
    with np.errstate(invalid="ignore", divide="ignore"):
        found = (ranks[0] * ranks[1]).sum(axis=1) / np.sqrt((ranks[0] ** 2).sum(axis=1) * (ranks[1] ** 2).sum(axis=1))
    return np.where(is_constant(a) | is_constant(b), np.nan, found)


def top_overlap(a: np.ndarray, b: np.ndarray, fraction: float = 0.1) -> np.ndarray:
    """
    Intersection over union of the places where two maps are largest, pair by pair.

    Two independent maps have about ``fraction / (2 - fraction)``: 0.05 for the top tenth. A place where a map has its least value,
    such as 0 in a sparse map, is not among its largest, so a sparse map may have fewer of them.

    :param a: (B, ...)
    :param b: (B, ...)
    :param fraction: of all places, at least one
    :return: (B,) in [0, 1]; NaN if a map is constant up to rounding, because no place of it is larger than others
    """
    flat = [x.reshape(len(x), -1) for x in (a, b)]
    count = max(round(fraction * flat[0].shape[1]), 1)
    tops = []
    for x in flat:
        top = np.zeros(x.shape, dtype=bool)
        np.put_along_axis(top, np.argsort(-x, axis=1, kind="stable")[:, :count], True, axis=1)
        tops.append(top & (x > x.min(axis=1, keepdims=True)))
    with np.errstate(invalid="ignore"):
        found = (tops[0] & tops[1]).sum(axis=1) / (tops[0] | tops[1]).sum(axis=1)
    return np.where(is_constant(a) | is_constant(b), np.nan, found)


def drift(now: np.ndarray, before: np.ndarray) -> np.ndarray:
    """
    How far each map has turned: 1 minus the cosine of the angle between the signed maps.

    :param now: (B, ...)
    :param before: (B, ...), of the same observations
    :return: (B,) 0 for the same direction, 1 for unrelated maps, 2 for the opposite sign everywhere; NaN for a map of zeros
    """
    a, b = now.reshape(len(now), -1), before.reshape(len(before), -1)
    with np.errstate(invalid="ignore", divide="ignore"):
        cosine = (a * b).sum(axis=1) / (norms(a) * norms(b))
    return np.clip(1 - cosine, 0, 2)  # rounding can put the cosine beyond 1


def structural_similarity(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """
    SSIM, pair by pair (Wang et al. 2004, equation 13, Gaussian window of 1.5 pixels). Each map is first divided by its maximum,
    like a picture with its own colour scale.

    :param a: non-negative (B, H, W)
    :param b: non-negative (B, H, W)
    :return: (B,) up to 1, for equal maps; NaN if a map is all zeros
    """
    return np.array([_similarity(_scaled(x), _scaled(y)) for x, y in zip(a, b, strict=True)])


def _scaled(x: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore", divide="ignore"):
        return x.astype(np.float64) / x.max()


def _similarity(x: np.ndarray, y: np.ndarray) -> float:
    def smooth(z: np.ndarray) -> np.ndarray:
        return gaussian_filter(z, WINDOW, truncate=3.5)

    first, second = K1**2, K2**2
    mean_x, mean_y = smooth(x), smooth(y)
    variances = smooth(x * x) - mean_x**2 + smooth(y * y) - mean_y**2
    covariance = smooth(x * y) - mean_x * mean_y
    alike = (2 * mean_x * mean_y + first) * (2 * covariance + second)
    return float((alike / ((mean_x**2 + mean_y**2 + first) * (variances + second))).mean())
