"""
Figures over runs of several seeds: interquartile mean and probability of improvement, with stratified bootstrap intervals.

As in Agarwal et al. (2021), "Deep reinforcement learning at the edge of the statistical precipice", and in their package rliable,
version 1.2: the intervals are those of its method "percentile", draw by draw. It is not used here: it draws from numpy's global
random state, whatever seed it is given, and it fails with pandas 3.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ...saliency.statistics.bootstrap import FEWEST_GROUPS, LEVEL, RESAMPLES
from ..errors import ConfigError

REPETITIONS = RESAMPLES
LEAST_RUNS = FEWEST_GROUPS  # for an interval


def check_intervals_from(fewest: int) -> None:
    """
    Check the option ``intervals_from``.

    :param fewest: runs for an interval
    :raises ConfigError: if it is below 2
    """
    if fewest < 2:
        raise ConfigError(f"is {fewest}; it must be 2 or more, because one run has no interval", option="intervals_from")


def intervals_told(fewest: int = LEAST_RUNS) -> str:
    """
    What the intervals are, and of how many runs there are any.

    :param fewest: runs for an interval
    """
    few = "of fewer" if fewest >= LEAST_RUNS else f"of fewer than {LEAST_RUNS}"
    would = "would be" if fewest >= LEAST_RUNS else "is"
    return f"in brackets a 95 % stratified bootstrap interval, from {fewest} runs on ({few} it {would} far too narrow)"


@dataclass(frozen=True)
class Estimate:
    """
    A figure over runs, (T,) at several moments or () at one.

    :param value: the figure
    :param low: lower end of the 95 % interval; None if there are too few runs for one
    :param high: upper end
    """

    value: np.ndarray
    low: np.ndarray | None = None
    high: np.ndarray | None = None

    def at(self, moment: int) -> "Estimate":
        """At one of several moments."""
        return Estimate(*(None if each is None else each[moment] for each in (self.value, self.low, self.high)))  # type: ignore[arg-type]

    def text(self, digits: str = ",.4g") -> str:
        """As a line has it."""
        if self.low is None:
            return f"{float(self.value):{digits}}"
        assert self.high is not None
        return f"{float(self.value):{digits}} ({float(self.low):{digits}} to {float(self.high):{digits}})"


@dataclass(frozen=True)
class SeedCurve:
    """
    The learning curve of an agent in an env over several runs.

    :param env: its name
    :param agent: its name
    :param env_steps: (T,) at which all runs have scores
    :param scores: (runs, T)
    :param means: interquartile mean over the runs, (T,)
    """

    env: str
    agent: str
    env_steps: np.ndarray
    scores: np.ndarray
    means: Estimate

    @property
    def runs(self) -> int:
        return len(self.scores)

    def at(self, env_steps: float) -> np.ndarray:
        """Scores of the runs at a moment between the first and the last one, (runs,); in between, a line is drawn."""
        return np.array([np.interp(env_steps, self.env_steps, scores) for scores in self.scores])

    @classmethod
    def of(
        cls, env: str, agent: str, runs: Sequence[tuple[np.ndarray, np.ndarray]], fewest: int = LEAST_RUNS
    ) -> "SeedCurve | None":
        """
        :param env: name
        :param agent: name
        :param runs: (env steps, scores) of each run, in order
        :param fewest: runs for an interval
        :return: None if there is no moment at which all runs have been scored
        """
        env_steps, scores = aligned(runs)
        return cls(env, agent, env_steps, scores, interquartile_means(scores[:, None], fewest)) if len(env_steps) else None

    def text(self) -> str:
        """The last moment, as a line."""
        runs = "1 run" if self.runs == 1 else f"{self.runs} runs"
        return f"{self.env}, {self.agent}, {runs}, {self.env_steps[-1]:,.0f} env steps: {self.means.at(-1).text()}"


def common_moment(*curves: SeedCurve) -> float | None:
    """The last env steps at which all groups have scores; None if there are none."""
    last = min(curve.env_steps[-1] for curve in curves)
    return float(last) if last >= max(curve.env_steps[0] for curve in curves) else None


def aligned(runs: Sequence[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """
    Scores of runs at common moments. Runs of one setting are scored at about the same env steps; in between, a line is drawn.

    :param runs: (env steps, scores) of each run, in order
    :return: env steps (T,) from the latest first score to the earliest last one, and scores (runs, T)
    """
    first, last = max(steps[0] for steps, _ in runs), min(steps[-1] for steps, _ in runs)
    moments = np.unique(np.concatenate([steps for steps, _ in runs]))
    moments = moments[(moments >= first) & (moments <= last)]
    return moments, np.array([np.interp(moments, steps, scores) for steps, scores in runs])


def interquartile_mean(scores: np.ndarray) -> np.ndarray:
    """
    Mean of the middle half of all scores (Agarwal et al. 2021). A quarter of the scores, rounded down, is left out at each end; so
    with fewer than 4 it is the mean.

    :param scores: (runs, tasks, ...)
    :return: (...)
    """
    in_order = np.sort(scores.reshape(-1, *scores.shape[2:]), axis=0)
    left_out = len(in_order) // 4
    return np.asarray(in_order[left_out : len(in_order) - left_out].mean(axis=0))


def improvement(better: np.ndarray, worse: np.ndarray) -> np.ndarray:
    """
    Probability that a run of one agent scores higher than one of another in the same task; a tie is half (Agarwal et al. 2021).

    :param better: (runs, tasks)
    :param worse: (runs of the other, tasks)
    :return: (), mean over tasks
    """
    difference = better[:, None] - worse[None]
    return np.asarray(((difference > 0) + 0.5 * (difference == 0)).mean())


def interquartile_means(scores: np.ndarray, fewest: int = LEAST_RUNS) -> Estimate:
    """
    Over runs and tasks, with an interval if there are at least ``fewest`` runs.

    :param scores: (runs, tasks, ...)
    :param fewest: runs for an interval
    """
    return estimate(interquartile_mean, scores, fewest=fewest)


def probability_of_improvement(better: np.ndarray, worse: np.ndarray, fewest: int = LEAST_RUNS) -> Estimate:
    """
    Of the runs of one agent over those of another, a mean over tasks, with an interval if both have at least ``fewest`` runs.

    There is none where all runs of one are better than all of the other: drawing from these runs again shows no doubt then, however
    few they are.

    :param better: (runs,) in one task, or (runs, tasks)
    :param worse: (runs of the other,), or (runs of the other, tasks)
    :param fewest: runs for an interval
    """
    first, second = (scores[:, None] if scores.ndim == 1 else scores for scores in (better, worse))
    found = estimate(improvement, first, second, fewest=fewest)
    return Estimate(found.value) if found.low is not None and found.low == found.high else found


def estimate(figure: Callable[..., np.ndarray], *scores: np.ndarray, fewest: int = LEAST_RUNS) -> Estimate:
    """
    A figure with its interval, by :func:`bootstrap`, if all agents have at least ``fewest`` runs.

    :param figure: as for :func:`resampled`
    :param scores: as well
    :param fewest: runs for an interval
    """
    value = figure(*scores)
    few = min(len(each) for each in scores) < fewest
    return Estimate(value) if few else Estimate(value, *bootstrap(figure, *scores, fewest=fewest))


def resampled(figure: Callable[..., np.ndarray], *scores: np.ndarray) -> np.ndarray:
    """
    A figure of a stratified bootstrap's draws: in each repetition, the runs of each task, of each moment and of each agent are
    drawn anew, with replacement. Agents take turns with one random state, as in rliable.

    :param figure: of arrays like these; the order of runs makes no difference to it
    :param scores: of each agent, (runs, tasks, ...)
    :return: (repetitions, ...)
    """
    return np.array([figure(*drawn) for drawn in _draws(scores, np.random.RandomState(0))])


def bootstrap(figure: Callable[..., np.ndarray], *scores: np.ndarray, fewest: int = LEAST_RUNS) -> np.ndarray:
    """
    95 % interval of a figure: percentiles of :func:`resampled`, which is rliable's method "percentile". Of few runs it is too
    narrow.

    :param figure: as for :func:`resampled`
    :param scores: as well
    :param fewest: runs for an interval
    :return: lower and upper end, (2, ...); NaN if an agent has fewer than ``fewest`` runs
    """
    if min(len(each) for each in scores) < fewest:
        return np.full((2, *figure(*scores).shape), np.nan)
    tail = 100 * (1 - LEVEL) / 2
    return np.percentile(resampled(figure, *scores), [tail, 100 - tail], axis=0)


def _draws(scores: Sequence[np.ndarray], random: np.random.RandomState) -> Iterator[list[np.ndarray]]:
    """Draws of the runs of each task, (runs, tasks, ...) of each agent."""
    for _ in range(REPETITIONS):
        yield [np.take_along_axis(each, random.choice(len(each), each.shape), axis=0) for each in scores]
