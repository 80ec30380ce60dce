"""Which runs are seeds of one another: those of one agent in one env with the same settings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np

from ..scoring.over_seeds import LEAST_RUNS, SeedCurve, common_moment, intervals_told, probability_of_improvement
from ..setup.env_names import has_answers, short_name
from ..setup.run_settings import as_text
from .curve import Curve

MOST_TOLD = 3  # settings in a label


@dataclass(frozen=True)
class Group:
    """
    Runs that differ in their seeds alone.

    :param env: short name
    :param label: the agent; where an agent has several groups in an env, also what differs
    :param curves: one for each seed
    :param copies: further runs of a seed that is there already; they count as one run with it
    :param fewest: runs for an interval
    """

    env: str
    label: str
    curves: tuple[Curve, ...]
    copies: tuple[Curve, ...] = ()
    fewest: int = LEAST_RUNS

    def together(self) -> SeedCurve | None:
        """Their scores at the moments that all have in common; None if there is no such moment."""
        return self._together

    def copied(self) -> list[tuple[Curve, Curve]]:
        """Each of ``copies`` behind the run that counts."""
        by_seed = {curve.seed: curve for curve in self.curves}
        return [(by_seed[copy.seed], copy) for copy in self.copies]

    @cached_property
    def _together(self) -> SeedCurve | None:
        scores = [(np.array([s.env_steps for s in c.scores]), np.array([s.mean for s in c.scores])) for c in self.curves]
        return SeedCurve.of(self.env, self.label, scores, self.fewest)


def groups_of(curves: Sequence[Curve], fewest: int = LEAST_RUNS) -> list[Group]:
    """
    Runs in groups, in their order. A control, or a run with another learning rate, is not a seed of the others.

    :param curves: of all runs; each has scores
    :param fewest: runs for an interval
    """
    found: dict[tuple[str, str], dict[str, list[Curve]]] = {}
    for curve in curves:
        found.setdefault((short_name(curve.env), curve.agent), {}).setdefault(as_text(curve.settings), []).append(curve)
    return [
        Group(env, label, *_one_for_each_seed(alike), fewest)
        for (env, agent), by_settings in found.items()
        for label, alike in zip(
            labels(agent, [group[0].settings for group in by_settings.values()]), by_settings.values(), strict=True
        )
    ]


def labels(agent: str, settings: Sequence[Mapping[str, Any]]) -> list[str]:
    """
    What to call groups of one agent in one env: by what differs between them.

    :param agent: its name
    :param settings: of each group, {name: value}
    :return: different ones, such as ``"pqn (learning_rate 0.001)"``; the agent's name alone if there is one group
    """
    if len(settings) == 1:
        return [agent]
    differing = _differing(settings)
    more = "" if len(differing) <= MOST_TOLD else f" and {len(differing) - MOST_TOLD} more settings"
    found = [f"{agent} ({', '.join(_told(each, name) for name in differing[:MOST_TOLD])}{more})" for each in settings]
    if len(set(found)) < len(found):  # they differ in what the labels leave out
        found = [f"{agent} ({', '.join(_told(each, name) for name in differing)})" for each in settings]
    if len(set(found)) < len(found):  # values that are written alike, such as 1 and "1"
        found = [f"{label[:-1]}, group {number})" for number, label in enumerate(found, 1)]
    return found


def warnings_of(groups: Sequence[Group], curves: Sequence[Curve]) -> list[str]:
    """
    What readers should know of the runs, a line each.

    :param groups: as :func:`groups_of` gives them
    :param curves: of all runs
    """
    lines = []
    for group in groups:
        for first, copy in group.copied():
            alike = f"{first.run} and {copy.run} have the same settings and the same seed {copy.seed}"
            lines.append(f"warning: {alike}, so they count as one run, {first.run}")
    lines += _differing_between_games(groups)
    older = [c.run for c in curves if not has_answers(c.env) and any(score.counted is None for score in c.scores)]
    if older and len(older) < len(curves):
        names = ", ".join(older)
        lines.append(
            f"warning: an older version logged scores of {names} and may have counted copies of a game; the others count none"
        )
    return lines


def _differing_between_games(groups: Sequence[Group]) -> list[str]:
    """A label tells groups of one game apart. In another game it may stand for other settings."""
    by_label: dict[str, list[Group]] = {}
    for group in groups:
        by_label.setdefault(group.label, []).append(group)
    lines = []
    for label, alike in by_label.items():
        differing = _differing([group.curves[0].settings for group in alike])
        if differing:
            more = "" if len(differing) <= MOST_TOLD else f" and {len(differing) - MOST_TOLD} more"
            told = f"{', '.join(differing[:MOST_TOLD])}{more}"
            lines.append(f"warning: {label} has not the same settings in {', '.join(group.env for group in alike)}: {told}")
    return lines


def told_together(together: Sequence[SeedCurve], fewest: int = LEAST_RUNS) -> list[str]:
    """The last common scores of each group, and the probability of improvement between groups of one env."""
    about = f"interquartile mean over runs (below 4 runs this is the mean); {intervals_told(fewest)}:"
    lines = [about, *(each.text() for each in together)]
    several = len({each.env for each in together}) > 1
    for first, second in combinations(together, 2):
        if first.env != second.env:
            continue
        moment = common_moment(first, second)
        if moment is None:
            lines.append(f"{first.agent} and {second.agent} have no scores at a common moment, so they are not compared")
            continue
        chance = probability_of_improvement(first.at(moment), second.at(moment), fewest)
        where = f" in {first.env}" if several else ""
        asked = f"probability that {first.agent} scores higher than {second.agent}{where} at {moment:,.0f} env steps"
        lines.append(f"{asked}, the last that both have: {chance.text('.2f')} ({first.runs} and {second.runs} runs)")
    return lines


def _one_for_each_seed(curves: Sequence[Curve]) -> tuple[tuple[Curve, ...], tuple[Curve, ...]]:
    """Of runs with the same seed the longest, and the others. A run whose seed is unknown stands for itself."""
    kept: dict[Any, Curve] = {}
    others: list[Curve] = []
    for number, curve in enumerate(curves):
        key = ("unknown", number) if curve.seed is None else curve.seed
        if key not in kept:
            kept[key] = curve
        elif _length(curve) > _length(kept[key]):
            others.append(kept[key])
            kept[key] = curve
        else:
            others.append(curve)
    return tuple(kept.values()), tuple(others)


def _length(curve: Curve) -> int:
    return curve.scores[-1].env_steps if curve.scores else 0


def _differing(settings: Sequence[Mapping[str, Any]]) -> list[str]:
    """Names of the settings that are not the same in all."""
    names = dict.fromkeys(name for each in settings for name in each)
    return [name for name in names if len({_told(each, name) for each in settings}) > 1]


def _told(settings: Mapping[str, Any], name: str) -> str:
    return f"{name} {settings[name]}" if name in settings else f"no {name}"
