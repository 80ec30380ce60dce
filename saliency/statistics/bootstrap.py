"""How sure a mean over states is: intervals by resampling the states."""

from typing import NamedTuple

import numpy as np

RESAMPLES = 2000


class Interval(NamedTuple):
    """
    :ivar estimate: of all states
    :ivar low: lower end; NaN if it is not defined
    :ivar high: upper end
    """

    estimate: float
    low: float
    high: float


def ratio_intervals(
    numerators: np.ndarray, denominators: np.ndarray, seed: int = 0, level: float = 0.95, resamples: int = RESAMPLES
) -> list[Interval]:
    """
    Bootstrap intervals of ratios of means, mean(numerator) / mean(denominator). Numerator and denominator of a state stay together.

    These are percentiles (Efron and Tibshirani 1993, section 13.3), at the wider levels of Hesterberg (2015, "expanded percentile"
    interval), because plain percentiles are too narrow for few states. States count as independent.

    :param numerators: (K, B)
    :param denominators: (K, B)
    :param seed: of the resampling, which is the same for all K
    :param level: of the intervals
    :param resamples: number of them
    :return: K intervals; NaN where the mean denominator is not above 0, and without ends if there is one state
    """
    from scipy.stats import norm, t  # takes half a second, so only those who ask for intervals wait for it

    count = numerators.shape[1]
    means, units = numerators.mean(axis=1), denominators.mean(axis=1)
    undefined = Interval(*[float("nan")] * 3)
    found = [
        Interval(float(x / unit), float("nan"), float("nan")) if unit > 0 else undefined
        for x, unit in zip(means, units, strict=True)
    ]
    if count < 2:
        return found
    tail = norm.cdf(t.ppf((1 - level) / 2, count - 1) * np.sqrt(count / (count - 1)))
    drawn = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=resamples)  # how often each state is in
    tops, bottoms = drawn @ numerators.T, drawn @ denominators.T
    # A draw of states whose denominators are all 0 might be anything: it counts below the lower end and above the upper one.
    ratios = np.divide(tops, bottoms, out=np.full_like(tops, np.nan), where=bottoms > 0)
    lows, highs = (np.sort(np.where(np.isnan(ratios), -side * np.inf, ratios), axis=0) for side in (1, -1))
    first, last = int(np.floor(tail * (resamples - 1))), int(np.ceil((1 - tail) * (resamples - 1)))
    ends = [
        (low, high) if np.isfinite([low, high]).all() else (np.nan, np.nan)
        for low, high in zip(lows[first], highs[last], strict=True)
    ]
    return [
        one if np.isnan(one.estimate) else Interval(one.estimate, float(low), float(high))
        for one, (low, high) in zip(found, ends, strict=True)
    ]


def following(x: np.ndarray) -> float:
    """
    How alike states are that follow each other: the lag-1 autocorrelation along the states, a mean over the figures. If it is far
    above 0, the states are not independent.

    :param x: (K, B)
    :return: from -1 to 1; NaN if no figure differs from state to state, or there are fewer than three states
    """
    if x.shape[1] < 3:
        return float("nan")
    centred = x - x.mean(axis=1, keepdims=True)
    total = (centred**2).sum(axis=1)
    known = total > 1e-12 * (x**2).sum(axis=1)
    if not known.any():
        return float("nan")
    return float(((centred[:, 1:] * centred[:, :-1]).sum(axis=1)[known] / total[known]).mean())
