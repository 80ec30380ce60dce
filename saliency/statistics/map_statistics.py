"""Numbers that say how saliency maps relate: how strong, how spread, how alike."""

import numpy as np
from scipy.stats import rankdata


def magnitude(maps: np.ndarray) -> np.ndarray:
    """
    Where a map looks, regardless of sign and of which frame of a stack.

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


def rank_correlation(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """
    Spearman's correlation of two maps, pair by pair; ties share their mean rank.

    :param a: (B, ...)
    :param b: (B, ...)
    :return: (B,) in [-1, 1]; NaN where a map is constant, for which it is not defined
    """
    ranks = [rankdata(x.reshape(len(x), -1), axis=1) for x in (a, b)]
    ranks = [r - r.mean(axis=1, keepdims=True) for r in ranks]
    with np.errstate(invalid="ignore", divide="ignore"):
        return (ranks[0] * ranks[1]).sum(axis=1) / np.sqrt((ranks[0] ** 2).sum(axis=1) * (ranks[1] ** 2).sum(axis=1))


def top_overlap(a: np.ndarray, b: np.ndarray, fraction: float = 0.1) -> np.ndarray:
    """
    Intersection over union of the places where two maps are largest, pair by pair.

    Two independent maps have about ``fraction / (2 - fraction)``, 0.05 for the top tenth.

    :param a: (B, ...)
    :param b: (B, ...)
    :param fraction: of all places, at least one
    :return: (B,) in [0, 1]
    """
    flat = [x.reshape(len(x), -1) for x in (a, b)]
    count = max(round(fraction * flat[0].shape[1]), 1)
    tops = []
    for x in flat:
        top = np.zeros(x.shape, dtype=bool)
        np.put_along_axis(top, np.argsort(-x, axis=1, kind="stable")[:, :count], True, axis=1)
        tops.append(top)
    return (tops[0] & tops[1]).sum(axis=1) / (tops[0] | tops[1]).sum(axis=1)


def entropy(maps: np.ndarray) -> np.ndarray:
    """
    How spread out each map is: entropy of its share per place, divided by that of an even spread.

    :param maps: non-negative (B, ...)
    :return: (B,) from 0, all in one place, to 1, everywhere alike; NaN for a map of zeros
    """
    flat = maps.reshape(len(maps), -1).astype(np.float64)
    if flat.shape[1] == 1:
        return np.zeros(len(flat))
    with np.errstate(invalid="ignore", divide="ignore"):
        share = flat / flat.sum(axis=1, keepdims=True)
        terms = np.where(share > 0, share * np.log(share), np.where(np.isnan(share), np.nan, 0.0))
    return -terms.sum(axis=1) / np.log(flat.shape[1])


def drift(now: np.ndarray, before: np.ndarray) -> np.ndarray:
    """
    How far each map has turned: 1 minus the cosine between the signed maps.

    :param now: (B, ...)
    :param before: (B, ...), of the same observations
    :return: (B,) 0 for the same direction, 1 for unrelated maps, 2 for the opposite sign everywhere; NaN for a map of zeros
    """
    a, b = now.reshape(len(now), -1), before.reshape(len(before), -1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return 1 - (a * b).sum(axis=1) / (norms(a) * norms(b))


def gini(maps: np.ndarray) -> np.ndarray:
    """
    How unevenly each map's mass lies: Gini's coefficient (of sparseness: Hurley and Rickard 2009).

    :param maps: non-negative (B, ...)
    :return: (B,) from 0, everywhere alike, to nearly 1, all in one place; NaN for a map of zeros
    """
    flat = np.sort(maps.reshape(len(maps), -1).astype(np.float64), axis=1)
    count = flat.shape[1]
    weights = (2 * np.arange(1, count + 1) - count - 1) / count
    with np.errstate(invalid="ignore", divide="ignore"):
        return (flat * weights).sum(axis=1) / flat.sum(axis=1)


def map_figures(maps: dict[str, np.ndarray], before: dict[str, np.ndarray] | None) -> dict[str, float]:
    """
    The maps of one moment in numbers, means over the probe set; a figure that is not defined for any probe is left out.

    :param maps: {head: signed (P, ...)}
    :param before: the maps of an earlier moment, on the same probes; None, or without a head, where there is none
    :return: ``<head>/norm``, ``<head>/entropy``, ``<head>/drift``, and where there are two heads to compare
        ``overlap/rank_correlation`` and ``overlap/top_tenth_iou``
    """
    figures: dict[str, np.ndarray] = {}
    for head, signed in maps.items():
        figures[f"{head}/norm"] = norms(signed)
        figures[f"{head}/entropy"] = entropy(magnitude(signed))
        if before is not None and head in before:
            figures[f"{head}/drift"] = drift(signed, before[head])
    if {"value", "advantage"} <= maps.keys():
        value, advantage = magnitude(maps["value"]), magnitude(maps["advantage"])
        figures["overlap/rank_correlation"] = rank_correlation(value, advantage)
        figures["overlap/top_tenth_iou"] = top_overlap(value, advantage)
    return {name: float(np.nanmean(values)) for name, values in figures.items() if not np.isnan(values).all()}
