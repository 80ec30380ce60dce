"""Agents, or values of a grid, beside each other: over one game or several, at the last moment that they have in common."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import combinations
from typing import Any

import numpy as np

from ..scoring.over_seeds import Estimate, SeedCurve, common_moment, estimate, interquartile_means, probability_of_improvement
from .common_scale import CommonScale

MOST_MOMENTS = 200  # of a curve over games
THRESHOLDS = 101  # of a performance profile
MOST_IN_PAIRS = 6  # arms; of more, the best one is compared with each other one


@dataclass(frozen=True)
class Arm:
    """
    An agent with its settings, in all games that are compared.

    :param label: its name
    :param scores: on the common scale, (runs, games)
    :param means: interquartile mean over runs and games, ()
    :param env_steps: (T,) of the curve over games; empty for one game
    :param curve: interquartile mean over runs and games, (T,); None for one game
    """

    label: str
    scores: np.ndarray
    means: Estimate
    env_steps: np.ndarray
    curve: Estimate | None


@dataclass(frozen=True)
class Comparison:
    """
    :param scale: of all scores
    :param moments: {env: env steps at which all arms are compared}
    :param arms: at least one
    :param fewest: runs for an interval
    """

    scale: CommonScale
    moments: Mapping[str, float]
    arms: Sequence[Arm]
    fewest: int

    @cached_property
    def improvements(self) -> list[tuple[str, str, Estimate]]:
        """
        (first, second, probability that a run of the first scores higher than one of the second in the same game), for each pair of
        arms. Of many arms only the best one is compared with the others.
        """
        return [
            (first.label, second.label, probability_of_improvement(first.scores, second.scores, self.fewest))
            for first, second in pairs_of(self.arms, lambda arm: float(arm.means.value))
        ]

    @cached_property
    def profiles(self) -> tuple[np.ndarray, list[Estimate]]:
        """Thresholds (K,), and for each arm its performance profile (K,)."""
        scores = np.concatenate([arm.scores.ravel() for arm in self.arms])
        margin = 0.05 * np.ptp(scores) or 1.0
        thresholds = np.linspace(scores.min() - margin, scores.max() + margin, THRESHOLDS)
        figure = partial(performance_profile, thresholds=thresholds)
        return thresholds, [estimate(figure, arm.scores, fewest=self.fewest) for arm in self.arms]


def pairs_of(arms: Sequence[Any], score: Callable[[Any], float]) -> list[tuple[Any, Any]]:
    """
    Each pair of arms, or of more than :data:`MOST_IN_PAIRS` the best one with each other one.

    :param arms: in their order
    :param score: of an arm
    """
    if len(arms) <= MOST_IN_PAIRS:
        return list(combinations(arms, 2))
    best = max(arms, key=score)
    return [(best, arm) for arm in arms if arm is not best]


def performance_profile(scores: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    """
    The share of runs, over all games, that score higher than each threshold (Agarwal et al. 2021, section 4.2: "score
    distributions").

    :param scores: (runs, games)
    :param thresholds: (K,)
    :return: (K,)
    """
    return np.asarray((scores[..., None] > thresholds).mean(axis=(0, 1)))


def compared(together: Sequence[SeedCurve], fewest: int) -> tuple[Comparison | None, list[str]]:
    """
    Groups of seeds as arms, by their labels.

    An arm with more runs in one game than in another gives each game as many as the smallest number, its first ones.

    :param together: of all groups
    :param fewest: runs for an interval
    :return: None if nothing can be compared; and a line for each thing that is left out
    """
    envs = list(dict.fromkeys(curve.env for curve in together))
    scale = CommonScale.of(envs)
    if scale is None:
        return None, [f"{', '.join(envs)}: their scores have no scale in common, so there are no figures over games"]
    notes = [
        f"{env} is not in the figures over games: its scores are not on their scale ({scale.label})"
        for env in envs
        if env not in scale.envs
    ]
    by_label: dict[str, dict[str, SeedCurve]] = {}
    for curve in together:
        if curve.env in scale.envs:
            by_label.setdefault(curve.agent, {})[curve.env] = curve
    for label, of_label in by_label.items():
        missing = [env for env in scale.envs if env not in of_label]
        if missing:
            notes.append(f"{label} is not in the figures over games: it has no scores in {', '.join(missing)}")
    whole = {
        label: [of_label[env] for env in scale.envs] for label, of_label in by_label.items() if len(of_label) == len(scale.envs)
    }
    if not whole:
        return None, notes
    moments: dict[str, float] = {}
    for place, env in enumerate(scale.envs):
        moment = common_moment(*(curves[place] for curves in whole.values()))
        if moment is None:
            return None, [*notes, f"{', '.join(whole)} have no scores in {env} at a moment that all have, so they are not compared"]
        moments[env] = moment
    for label, curves in whole.items():
        if len({curve.runs for curve in curves}) > 1:
            notes.append(f"{label}: {min(curve.runs for curve in curves)} runs of each game are in the figures over games")
    arms = [_arm(label, curves, scale, moments, fewest) for label, curves in whole.items()]
    return Comparison(scale, moments, arms, fewest), notes


def _arm(label: str, curves: Sequence[SeedCurve], scale: CommonScale, moments: Mapping[str, float], fewest: int) -> Arm:
    scores = _scores(curves, scale, [moments[curve.env] for curve in curves])
    means = interquartile_means(scores, fewest)
    env_steps = _common_steps(curves) if len(curves) > 1 else np.empty(0)
    if not len(env_steps):
        return Arm(label, scores, means, env_steps, None)
    in_time = np.stack([_scores(curves, scale, [moment] * len(curves)) for moment in env_steps], axis=-1)
    return Arm(label, scores, means, env_steps, interquartile_means(in_time, fewest))


def _scores(curves: Sequence[SeedCurve], scale: CommonScale, moments: Sequence[float]) -> np.ndarray:
    """(runs, games), each game at its moment."""
    runs = min(curve.runs for curve in curves)
    return np.stack([scale.shown(c.env, c.at(moment)[:runs]) for c, moment in zip(curves, moments, strict=True)], axis=1)


def _common_steps(curves: Sequence[SeedCurve]) -> np.ndarray:
    """Moments between which all games have scores."""
    first, last = max(curve.env_steps[0] for curve in curves), min(curve.env_steps[-1] for curve in curves)
    steps = np.unique(np.concatenate([curve.env_steps for curve in curves]))
    steps = steps[(steps >= first) & (steps <= last)]
    few = np.unique(np.linspace(0, len(steps) - 1, min(len(steps), MOST_MOMENTS)).round().astype(int))
    return np.asarray(steps[few])
