"""What deletion of steps and alignment come to: leads over rivals with intervals over episodes, a table, and a line."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...statistics.bootstrap import FEWEST_GROUPS, Interval, mean_interval
from ..markdown import markdown_table
from ..verdict import BEATS, PHRASES, listed, says
from .step_choices import MAP, TITLES

LEVEL = "95 % bootstrap interval over episodes"


@dataclass(frozen=True)
class DeletionThroughTime:
    """
    What deleting steps changes, in E episodes. Each number is a mean over the decisions of an episode.

    :param head: its name
    :param method: its name
    :param deleted: what is deleted, in words
    :param decisions: how many, in all episodes
    :param change: {who chose the steps: (E,) how far the head moves, in its units}
    :param flips: {who chose the steps: (E,) how often the action is another one}
    """

    head: str
    method: str
    deleted: str
    decisions: int
    change: Mapping[str, np.ndarray]
    flips: Mapping[str, np.ndarray]

    @property
    def rivals(self) -> list[str]:
        """All that chose steps without knowing the network."""
        return [name for name in self.change if name != MAP]

    def lead(self, measure: str, rival: str) -> Interval:
        """
        How far the map is ahead of a rival, with an interval over episodes; above 0 the map is better.

        :param measure: ``change`` or ``flips``
        :param rival: its name
        """
        of = getattr(self, measure)
        return mean_interval(of[MAP] - of[rival])

    def verdict(self) -> str:
        """Which rivals the map beats, from which it cannot be told, and than which it is worse, in a line."""
        told = [
            f"by {words} it " + lead_line({rival: self.lead(measure, rival) for rival in self.rivals}, len(self.change[MAP]))
            for measure, words in (("flips", "changed actions"), ("change", "the change of the head"))
        ]
        return f"{self.head}, {self.method}, {self.deleted} deleted: {'; '.join(told)}."

    def table(self) -> str:
        """A table in Markdown, and the verdict below it."""
        about = (
            f"{self.head}, {self.method}: what changes if {self.deleted} of the past show something neutral, "
            f"at {self.decisions} decisions of {len(self.change[MAP])} episodes. A lead says how far the map is ahead, with its "
            f"{LEVEL}; above 0 the map is better."
        )
        rows = []
        for name in self.change:
            flips, change = mean_interval(self.flips[name]), mean_interval(self.change[name])
            leads = ["", ""] if name == MAP else [_share(self.lead("flips", name)), _number(self.lead("change", name))]
            rows.append([TITLES.get(name, name), _share(flips), leads[0], _number(change), leads[1]])
        heads = ("steps chosen by", "action changed", "lead of the map", "change of the head", "lead of the map")
        return "\n\n".join([about, markdown_table(heads, rows), self.verdict()])

    def figures(self) -> dict[str, float | str | None]:
        """Means, leads and ends of intervals by name, as JSON has them; what is not defined is None."""
        found: dict[str, float | str | None] = {"head": self.head, "method": self.method, "deleted": self.deleted}
        found |= {"decisions": float(self.decisions), "episodes": float(len(self.change[MAP]))}
        for measure in ("flips", "change"):
            for name, x in getattr(self, measure).items():
                found |= named(f"{measure}_{name}", mean_interval(x))
            for rival in self.rivals:
                found |= named(f"{measure}_lead_over_{rival}", self.lead(measure, rival))
        return found


def lead_line(leads: Mapping[str, Interval], episodes: int, titles: Mapping[str, str] = TITLES) -> str:
    """
    Which rivals the map beats, which it cannot be told from, and than which it is worse; or why nothing can be said.

    :param leads: {rival: lead}
    :param episodes: that the intervals are made of; with fewer than five it says so alone
    :param titles: what a rival is called in a sentence
    """
    if episodes < FEWEST_GROUPS:
        of = f"{episodes} {'episode' if episodes == 1 else 'episodes'}"
        return f"cannot be compared with rivals: {of}, {FEWEST_GROUPS} are needed"
    said: dict[str, list[str]] = {}
    for rival, lead in leads.items():
        said.setdefault(says(lead), []).append(titles.get(rival, rival))
    phrases = {BEATS: BEATS, **PHRASES}
    return ", ".join(f"{phrase} {listed(said[word])}" for word, phrase in phrases.items() if word in said) or "has no rivals"


def named(name: str, interval: Interval) -> dict[str, float | str | None]:
    """An interval under three names, as JSON has it."""
    ends = {name: interval.estimate, f"{name}_low": interval.low, f"{name}_high": interval.high}
    return {key: float(x) if np.isfinite(x) else None for key, x in ends.items()}


def _share(x: Interval) -> str:
    return x.text(lambda value: f"{100 * value:.1f} %")


def _number(x: Interval) -> str:
    return x.text(lambda value: f"{value:.3g}")
