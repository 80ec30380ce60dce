"""Means over runs and games with intervals, from the figures by game that ``object_maps.py`` writes."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from saccade.saliency.statistics.bootstrap import FEWEST_GROUPS, LEVEL, RESAMPLES, ends, weights_of

Row = Mapping[str, Any]
Part = tuple[Row | None, str]  # a row of a run, and the name of one of its figures
Combine = Callable[[np.ndarray], np.ndarray]  # from K means (..., K) to a figure (...)


class Estimate(NamedTuple):
    """
    :ivar mean: over runs, each of which counts once; NaN if there are none
    :ivar low: lower end of the interval; NaN if there are too few games
    :ivar high: upper end
    :ivar by_run: the figure of each run
    :ivar states: of all runs together
    """

    mean: float
    low: float
    high: float
    by_run: tuple[float, ...]
    states: int

    @property
    def side(self) -> int:
        """1 if the interval and every run lie above 0, -1 if they lie below, else 0."""
        for sign in (1, -1):
            if min(sign * self.low, sign * self.high) > 0 and all(sign * x > 0 for x in self.by_run):
                return sign
        return 0

    def exp(self) -> "Estimate":
        """Of a logarithm: the number itself."""
        mean, low, high = np.exp([self.mean, self.low, self.high]).tolist()
        return Estimate(mean, low, high, tuple(np.exp(self.by_run).tolist()), self.states)


def estimate(by_run: Sequence[Sequence[Part]], combine: Combine = lambda means: means[..., 0], seed: int = 0) -> Estimate:
    """
    A figure of K means over states, such as the difference of two.

    In the bootstrap the games of each run are drawn anew, each with all its states. From five runs on the runs are drawn anew, too.
    With fewer runs they all stay in, so the interval speaks of these runs alone.

    :param by_run: of each run K parts. A run that lacks one of them does not count
    :param combine: what is made of the K means
    :param seed: of the draws
    """
    by_run = [parts for parts in by_run if all(row is not None and sum(row["states"]) for row, _ in parts)]
    tables = [_table(parts) for parts in by_run]
    if not tables:
        return Estimate(float("nan"), float("nan"), float("nan"), (), 0)
    own = [combine(_means(sums, counts, np.ones((1, sums.shape[1]))))[0] for sums, counts in tables]
    strata = np.repeat(np.arange(len(tables)), [sums.shape[1] for sums, _ in tables])
    weights = weights_of(np.arange(len(strata)), strata, seed=seed)
    drawn = np.stack([combine(_means(*table, weights[:, strata == i])) for i, table in enumerate(tables)], axis=1)
    groups = min(sums.shape[1] for sums, _ in tables)
    if len(tables) >= FEWEST_GROUPS:
        groups, of_runs = len(tables), weights_of(np.arange(len(tables)), seed=seed + 1) / len(tables)
        figures = (of_runs * drawn).sum(axis=1)
    else:
        figures = drawn.mean(axis=1)
    assert len(figures) == RESAMPLES
    low, high = ends(figures, groups, LEVEL)
    states = sum(sum(row["states"]) for parts in by_run for row in _different(parts))
    return Estimate(float(np.mean(own)), float(low), float(high), tuple(map(float, own)), states)


def difference(means: np.ndarray) -> np.ndarray:
    """The first minus the second."""
    return np.asarray(means[..., 0] - means[..., 1])


def difference_of_differences(means: np.ndarray) -> np.ndarray:
    """(The first minus the second) minus (the third minus the fourth)."""
    return difference(means[..., :2]) - difference(means[..., 2:])


def log_of_growth(means: np.ndarray) -> np.ndarray:
    """The logarithm of (first / third) / (second / fourth)."""
    return difference_of_differences(np.log(means))


def _table(parts: Sequence[Part]) -> tuple[np.ndarray, np.ndarray]:
    """(K, G) sums over the states of each game, and (K, G) their numbers; a game without such states has zeros."""
    games = sorted({game for row, _ in parts if row is not None for game in row["games"]})
    sums, counts = np.zeros((2, len(parts), len(games)))
    for k, (row, name) in enumerate(parts):
        assert row is not None
        places = np.searchsorted(games, row["games"])
        counts[k, places] = row["states"]
        sums[k, places] = np.array(row[name], dtype=float) * row["states"]
    return sums, counts


def _different(parts: Sequence[Part]) -> list[Row]:
    """The rows of some parts, each once."""
    return list({id(row): row for row, _ in parts if row is not None}.values())


def _means(sums: np.ndarray, counts: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(R, K) means over the states of resampled games; NaN if no such state is drawn."""
    tops, bottoms = weights @ sums.T, weights @ counts.T
    return np.divide(tops, bottoms, out=np.full_like(tops, np.nan), where=bottoms > 0)
