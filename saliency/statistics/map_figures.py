"""The maps of one moment of training in numbers."""

import numpy as np

from ..map_key import MapKey, Maps
from .map_statistics import entropy, magnitude, norms
from .similarity import drift, rank_correlation, top_overlap


def map_figures(maps: Maps, before: Maps | None) -> dict[str, float]:
    """
    The maps of one moment in numbers, each the mean over the probe set. A figure that no probe defines is left out.

    :param maps: signed (P, ...)
    :param before: the maps of an earlier moment, on the same probes, or None
    :return: ``<map>/norm``, ``<map>/entropy``, ``<map>/drift`` (since ``before``), and for the Jacobians of value and advantage
        ``overlap/rank_correlation`` and ``overlap/top_tenth_iou``, for each entry of dict observations (``overlap@image/...``)
    """
    figures: dict[str, np.ndarray] = {}
    for key, signed in maps.items():
        figures[f"{key}/norm"] = norms(signed)
        figures[f"{key}/entropy"] = entropy(magnitude(signed))
        if before is not None and key in before:
            figures[f"{key}/drift"] = drift(signed, before[key])
    for entry in dict.fromkeys(key.entry for key in maps):
        both = MapKey("value", entry=entry), MapKey("advantage", entry=entry)
        if all(key in maps for key in both):
            value, advantage = (magnitude(maps[key]) for key in both)
            section = f"overlap@{entry}" if entry else "overlap"
            figures[f"{section}/rank_correlation"] = rank_correlation(value, advantage)
            figures[f"{section}/top_tenth_iou"] = top_overlap(value, advantage)
    return {name: float(np.nanmean(values)) for name, values in figures.items() if not np.isnan(values).all()}


def mean_of_defined(x: np.ndarray) -> float:
    """
    The mean over the observations for which a figure is defined.

    :param x: (B,); NaN where the figure is not defined
    :return: NaN if all are NaN, or there are none
    """
    return float(np.nanmean(x)) if not np.isnan(x).all() else float("nan")
