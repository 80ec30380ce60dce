"""Whether two heads look at different things: differences of their relevance masses on the same states."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..statistics.map_statistics import magnitude
from ..statistics.relevance import DRAWS, LEVEL, relevance_mass


class Estimate(NamedTuple):
    """
    A mean over runs and states, with an interval.

    :ivar mean: mean over runs of the mean over states
    :ivar low: lower end, 95 %
    :ivar high: upper end
    :ivar states: of all runs together, in which the figure is defined
    """

    mean: float
    low: float
    high: float
    states: int

    def as_json(self) -> dict[str, Any]:
        """By name; None for what is not defined."""
        return {name: x if isinstance(x, int) else float(x) if np.isfinite(x) else None for name, x in self._asdict().items()}


def estimate(by_run: Sequence[np.ndarray], seed: int = 0, draws: int = DRAWS, level: float = LEVEL) -> Estimate:
    """
    The mean over runs, each of which counts once, with a bootstrap in which the states of each run are drawn anew. The runs
    stay, so the interval speaks of these runs alone.

    :param by_run: (B,) figures of each run's states; NaN are left out, and so is a run without figures
    :param seed: of the draws
    :param draws: number of them
    :param level: share of the means inside the interval
    """
    known = [values[~np.isnan(values)] for values in by_run]
    known = [values for values in known if len(values)]
    if not known:
        return Estimate(float("nan"), float("nan"), float("nan"), 0)
    mean, count = float(np.mean([values.mean() for values in known])), sum(map(len, known))
    if min(map(len, known)) < 2:
        return Estimate(mean, float("nan"), float("nan"), count)
    random = np.random.default_rng(seed)
    means = np.mean([x[random.integers(len(x), size=(draws, len(x)))].mean(axis=1) for x in known], axis=0)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(mean, float(low), float(high), count)


def ratio_of_strength(
    first: Sequence[tuple[np.ndarray, np.ndarray]], second: Sequence[tuple[np.ndarray, np.ndarray]], seed: int = 0
) -> Estimate:
    """
    How much more one head's maps grow than another's from one kind of states to another: the mean size of A's maps in the first
    kind over that in the second, divided by the same of V's. Above 1, A grows more.

    :param first: of each run, the sizes (B,) of A's maps and of V's in the first kind of states
    :param second: the same in the second kind
    :param seed: of the bootstrap, which draws the states of each kind and run anew
    """
    pairs = [(a, b) for a, b in zip(first, second, strict=True) if len(a[0]) > 1 and len(b[0]) > 1]
    if not pairs:
        return Estimate(float("nan"), float("nan"), float("nan"), 0)
    random, found = np.random.default_rng(seed), []
    for kinds in pairs:
        logs = np.zeros(DRAWS + 1)  # the last one is the figure itself
        for sign, (of_a, of_v) in zip((1, -1), kinds, strict=True):
            rows = np.vstack([random.integers(len(of_a), size=(DRAWS, len(of_a))), np.arange(len(of_a))])
            logs += sign * (np.log(of_a[rows].mean(axis=1)) - np.log(of_v[rows].mean(axis=1)))
        found.append(logs)
    means = np.exp(np.mean(found, axis=0))
    low, high = np.quantile(means[:-1], [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(float(means[-1]), float(low), float(high), sum(len(a[0]) + len(b[0]) for a, b in pairs))


def masses_of(signed: np.ndarray, covered: Mapping[str, np.ndarray], newest: int | None = None) -> dict[str, np.ndarray]:
    """
    The relevance mass of maps on things.

    :param signed: maps (B, C, H, W)
    :param covered: {thing: (B, H, W)}
    :param newest: so many channels, the newest ones, count; None: all. Things are found in the newest frame. In older frames of a
        stack they were elsewhere
    :return: {thing: (B,)}
    """
    strength = magnitude(signed if newest is None else signed[:, -newest:])
    return {name: relevance_mass(strength, share) for name, share in covered.items()}
