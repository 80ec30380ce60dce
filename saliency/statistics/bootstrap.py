"""How sure a figure is: intervals by resampling what is independent, such as games, runs or states."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

RESAMPLES = 2000
LEVEL = 0.95
FEWEST_GROUPS = 5  # with fewer, an interval that says 95 % holds the truth in 49 to 85 % of the cases


class Interval(NamedTuple):
    """
    :ivar estimate: of all states
    :ivar low: lower end; NaN if it is not defined
    :ivar high: upper end
    """

    estimate: float
    low: float
    high: float

    def text(self, form: Callable[[float], str], bold: bool = False) -> str:
        """
        The estimate, with the ends in brackets if there are any; empty if it is not defined.

        :param form: a number as text
        :param bold: the estimate without its ends
        """
        if not np.isfinite(self.estimate):
            return ""
        told = f"**{form(self.estimate)}**" if bold else form(self.estimate)
        return told + (f" [{form(self.low)}, {form(self.high)}]" if np.isfinite(self.low) else "")


UNDEFINED = Interval(*[float("nan")] * 3)


def weights_of(groups: np.ndarray, strata: np.ndarray | None = None, resamples: int = RESAMPLES, seed: int = 0) -> np.ndarray:
    """
    Resamples of a bootstrap, as how often each state is in each of them. Whole groups are drawn with replacement, as many as there
    are, so all states of a group have the same number (cluster bootstrap: Davison and Hinkley 1997, section 3.8).

    :param groups: (B,) which group each state is from, such as its game
    :param strata: (B,) within which groups are drawn, such as runs that all stay in; None: there is one. Groups of two strata are
        two groups, also if they have one number
    :param resamples: R
    :param seed: of the draws
    :return: (R, B)
    """
    random = np.random.default_rng(seed)
    within = np.zeros(len(groups), dtype=int) if strata is None else np.asarray(strata)
    weights = np.empty((resamples, len(groups)))
    for stratum in np.unique(within):
        here = np.flatnonzero(within == stratum)
        names, which = np.unique(np.asarray(groups)[here], return_inverse=True)
        drawn = random.multinomial(len(names), np.full(len(names), 1 / len(names)), size=resamples)
        weights[:, here] = drawn[:, which]
    return weights


def ends(figures: np.ndarray, groups: int, level: float = LEVEL) -> tuple[np.ndarray, np.ndarray]:
    """
    The ends of an interval from the figures of resamples.

    These are percentiles (Efron and Tibshirani 1993, section 13.3), at the wider levels of Hesterberg (2015, "expanded percentile"
    interval), because plain percentiles are too narrow for few groups.

    :param figures: (R, ...) of R resamples. One that is not defined (NaN) might be anything: it counts below the lower end and
        above the upper one
    :param groups: that were drawn in each; of several strata, the number of the smallest one
    :param level: of the interval
    :return: lower and upper ends (...); NaN for fewer than five groups, or where too few resamples define the figure
    """
    from scipy.stats import norm, t  # takes half a second, so only those who ask for intervals wait for it

    if groups < FEWEST_GROUPS:
        return np.full(figures.shape[1:], np.nan), np.full(figures.shape[1:], np.nan)
    tail = norm.cdf(t.ppf((1 - level) / 2, groups - 1) * np.sqrt(groups / (groups - 1)))
    last = len(figures) - 1
    lows, highs = (np.sort(np.where(np.isnan(figures), -side * np.inf, figures), axis=0) for side in (1, -1))
    low, high = lows[int(np.floor(tail * last))], highs[int(np.ceil((1 - tail) * last))]
    known = np.isfinite(low) & np.isfinite(high)
    return np.where(known, low, np.nan), np.where(known, high, np.nan)


def ratio_intervals(
    numerators: np.ndarray,
    denominators: np.ndarray,
    seed: int = 0,
    level: float = LEVEL,
    resamples: int = RESAMPLES,
    groups: np.ndarray | None = None,
) -> list[Interval]:
    """
    Bootstrap intervals (:func:`ends`) of ratios of means, mean(numerator) / mean(denominator). Numerator and denominator of a state
    stay together, and so do all states of a group.

    :param numerators: (K, B)
    :param denominators: (K, B)
    :param seed: of the resampling, which is the same for all K
    :param level: of the intervals
    :param resamples: number of them
    :param groups: (B,) integers, such as the game of each state. Groups count as independent. None: each state is its own group
    :return: K intervals; NaN where the mean denominator is not above 0, and without ends if there are fewer than five groups
    """
    count = numerators.shape[1]
    groups = np.arange(count) if groups is None else np.asarray(groups)
    means, units = numerators.mean(axis=1), denominators.mean(axis=1)
    weights = weights_of(groups, None, resamples, seed)
    tops, bottoms = weights @ numerators.T, weights @ denominators.T
    ratios = np.divide(tops, bottoms, out=np.full_like(tops, np.nan), where=bottoms > 0)
    lows, highs = ends(ratios, len(np.unique(groups)), level)
    return [
        Interval(float(mean / unit), float(low), float(high)) if unit > 0 else UNDEFINED
        for mean, unit, low, high in zip(means, units, lows, highs, strict=True)
    ]


def mean_interval(values: np.ndarray, groups: np.ndarray | None = None, seed: int = 0, resamples: int = RESAMPLES) -> Interval:
    """
    A mean with its bootstrap interval of 95 %.

    :param values: (B,); NaN are left out, and so is a group that has nothing else
    :param groups: (B,) as for :func:`ratio_intervals`, like all others
    :return: NaN if there is no number, and without ends if there are fewer than five groups
    """
    known = ~np.isnan(values)
    if not known.any():
        return UNDEFINED
    kept = values[known][None]
    (found,) = ratio_intervals(kept, np.ones_like(kept), seed, LEVEL, resamples, None if groups is None else groups[known])
    return found


def enough_groups(groups: np.ndarray | None) -> np.ndarray | None:
    """
    Groups, if there are enough of them to be resampled. Else None: then states are resampled, and an interval speaks of the states
    of these groups alone.

    :param groups: (B,) integers, or None
    """
    return groups if groups is not None and len(np.unique(groups)) >= FEWEST_GROUPS else None


def lag_one_autocorrelation(x: np.ndarray, groups: np.ndarray | None = None) -> float:
    """
    The lag-1 autocorrelation along the states of each group, a mean over the figures. If it is far above 0, the states of a group
    are not independent.

    :param x: (K, B), the states of each group in their order; other groups may stand between them
    :param groups: (B,) integers; None: all states are of one group
    :return: from -1 to about 1; NaN if no figure differs from state to state, or there are fewer than two pairs of neighbours
    """
    count = x.shape[1]
    order = np.arange(count) if groups is None else np.argsort(groups, kind="stable")
    neighbours = np.ones(max(count - 1, 0), dtype=bool) if groups is None else np.diff(np.asarray(groups)[order]) == 0
    if neighbours.sum() < 2:
        return float("nan")
    centred = x[:, order] - x.mean(axis=1, keepdims=True)
    total = (centred**2).sum(axis=1)
    known = total > 1e-12 * (x**2).sum(axis=1)
    if not known.any():
        return float("nan")
    products = (centred[:, 1:] * centred[:, :-1])[:, neighbours].sum(axis=1)
    # Per pair, as if there were as many pairs as in one group.
    return float((products[known] / total[known]).mean() * (count - 1) / neighbours.sum())
