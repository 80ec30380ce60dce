"""How alike pairs of maps are, of a network and of networks with random weights."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from saccade.saliency.statistics.bootstrap import mean_interval
from saccade.saliency.statistics.similarity import rank_correlation, top_overlap
from saccade.scripts.benchmarks.runs.measured_runs import rounded

MEASURES = {"rank_correlation": rank_correlation, "top_tenth_iou": top_overlap}


def alike(pairs: Sequence[tuple[np.ndarray, np.ndarray]], groups: np.ndarray | None, seed: int) -> dict[str, Any]:
    """
    How alike two maps are, as JSON: a mean with its interval, and the means of the networks with random weights.

    :param pairs: of maps (B, ...). The first pair is of the network itself, all others are of random weights
    :param groups: (B,) over which intervals are; None: over states
    :param seed: of the bootstrap
    :return: {measure: [mean, low, high], measure_random: [mean of each network]}; None for what is not defined
    """
    found: dict[str, Any] = {}
    for name, measure in MEASURES.items():
        of_network, *of_random = [measure(*pair) for pair in pairs]
        found[name] = [rounded(end) for end in mean_interval(of_network, groups, seed)]
        found[f"{name}_random"] = [rounded(float(np.nanmean(x))) if np.isfinite(x).any() else None for x in of_random]
    return found
