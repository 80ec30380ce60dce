"""Figures with intervals, as JSON has them."""

import numpy as np

from saccade.experiments.scoring.clusters import clustered_standard_error
from saccade.saliency.statistics.bootstrap import mean_interval

Figure = dict[str, float | int | None]


def share(values: np.ndarray, clusters: np.ndarray) -> Figure:
    """
    A mean over decisions with a 95 % bootstrap interval over words, and its standard error, clustered by word.

    :param values: (N,) numbers, or whether something is so
    :param clusters: (N,) number of the word
    """
    known = np.asarray(values, dtype=float)
    found = mean_interval(known, np.asarray(clusters)) if len(known) else None
    ends = (None, None, None) if found is None else tuple(float(x) if np.isfinite(x) else None for x in found)
    error = clustered_standard_error(known, np.asarray(clusters)) if len(known) else float("nan")
    return {
        "mean": ends[0],
        "low": ends[1],
        "high": ends[2],
        "standard_error": float(error) if np.isfinite(error) else None,
        "count": len(known),
        "words": len(np.unique(clusters)),
    }
