"""Is the step that a map points at the one that the decision rests on? Where that is known, beside recency and the diagonal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...errors import AlignmentError
from ...statistics.alignment import NOBODY, alignment_error_rate, argmax_alignment, checked_alignment, links, share_right
from ...statistics.bootstrap import Interval, mean_interval
from ..markdown import markdown_table
from .episode import Episode
from .outcome import LEVEL, lead_line, named

RIVALS = ("recency", "diagonal", "random")
TITLES = {"diagonal": "the diagonal", "random": "a random step"}


@dataclass(frozen=True)
class AlignmentCheck:
    """
    How well alignments agree with the right one, in E episodes.

    :param head: name of the head
    :param errors: {method or rival: (E,) alignment error rate}, from 0 (right) to 1
    :param right: {method or rival: (E,) share of the decisions whose step is the right one}
    """

    head: str
    errors: Mapping[str, np.ndarray]
    right: Mapping[str, np.ndarray]

    @property
    def methods(self) -> list[str]:
        """Those that know the network."""
        return [name for name in self.errors if name not in RIVALS]

    def lead(self, method: str, rival: str) -> Interval:
        """
        How much lower the error rate of a method is than that of another one, with an interval over episodes; above 0 the method is
        better.

        :param method: its name
        :param rival: of recency, the diagonal, a random step, or another method
        """
        return mean_interval(self.errors[rival] - self.errors[method])

    def verdict(self) -> str:
        """Which alignments the method beats, a line for each method."""
        lines = []
        for method in self.methods:
            leads = {other: self.lead(method, other) for other in self.errors if other != method}
            told = lead_line(leads, len(self.errors[method]), TITLES)
            lines.append(f"{self.head}, {method}: by alignment error rate it {told}.")
        return "\n".join(lines)

    def table(self) -> str:
        """A table in Markdown, and the verdict below it."""
        about = (
            f"{self.head}: the strongest step of each decision beside the step that it rests on, in "
            f"{len(next(iter(self.errors.values())))} episodes, with the {LEVEL}. A low error rate is good."
        )
        rows = [[name, _share(self.right[name]), _share(self.errors[name])] for name in self.errors]
        return "\n\n".join([about, markdown_table(("aligned by", "right", "alignment error rate"), rows), self.verdict()])

    def figures(self) -> dict[str, float | str | None]:
        """Means, leads and ends of intervals by name, as JSON has them; what is not defined is None."""
        found: dict[str, float | str | None] = {"head": self.head, "episodes": float(len(next(iter(self.errors.values()))))}
        for name in self.errors:
            found |= named(f"right_{name}", mean_interval(self.right[name]))
            found |= named(f"error_rate_{name}", mean_interval(self.errors[name]))
        for method in self.methods:
            for other in self.errors:
                if other != method:
                    found |= named(f"lead_of_{method}_over_{other}", self.lead(method, other))
        return found


def alignment_check(
    episodes: Sequence[Episode], strengths: Mapping[str, Sequence[np.ndarray]], head: str = "action"
) -> AlignmentCheck:
    """
    Alignments read off maps (the strongest step of each decision) beside the right one. A decision without one is left out.

    Rivals know no network: ``recency`` takes the last step that may be chosen, and ``diagonal`` the step of the same place, where
    the episodes say it. ``random`` is what a step drawn at random comes to on average.

    :param episodes: with an alignment each
    :param strengths: {method: (D, T) for each episode}, not negative
    :param head: whose maps these are
    :raises ValueError: if there is no episode or no method, or a method is called like a rival
    :raises AlignmentError: if an episode has no alignment, or a map does not fit
    """
    if not episodes or not strengths or {"", *RIVALS} & set(strengths):
        raise ValueError(
            f"give at least one episode and the maps of at least one method, whose name is not of: {', '.join(RIVALS)}"
        )
    errors: dict[str, list[float]] = {}
    right: dict[str, list[float]] = {}
    with_diagonal = all(one.diagonal is not None for one in episodes)
    for number, one in enumerate(episodes):
        if one.alignment is None:
            raise AlignmentError(f"episode {number} has no alignment to compare with")
        gold = checked_alignment(one.alignment, len(one.decisions), len(one))
        known = gold != NOBODY
        found = {name: _aligned(one, maps[number], name) for name, maps in strengths.items()}
        found["recency"] = np.array([max(one.candidates(t), default=NOBODY) for t in one.decisions])
        if with_diagonal:
            found["diagonal"] = np.asarray(one.diagonal)
        for name, steps in found.items():
            rate = alignment_error_rate(links(steps[known], len(one)), links(gold[known], len(one)))
            errors.setdefault(name, []).append(rate)
            right.setdefault(name, []).append(share_right(steps, gold))
        by_chance = _by_chance(one, gold)
        errors.setdefault("random", []).append(1 - by_chance)
        right.setdefault("random", []).append(by_chance)
    return AlignmentCheck(head, {name: np.array(x) for name, x in errors.items()}, {name: np.array(x) for name, x in right.items()})


def _by_chance(episode: Episode, gold: np.ndarray) -> float:
    """
    The expected share of right steps if each decision takes one at random. With one link for each decision on both sides the
    error rate is 1 minus it.
    """
    chances = []
    for t, step in zip(episode.decisions, gold, strict=True):
        allowed = episode.candidates(t)
        if step != NOBODY:
            chances.append(float(step in allowed) / max(len(allowed), 1))
    return float(np.mean(chances)) if chances else float("nan")


def _aligned(episode: Episode, strengths: np.ndarray, name: str) -> np.ndarray:
    episode.check_map(strengths, f"a map of {name}")
    found = []
    for row, t in enumerate(episode.decisions):
        allowed = np.isin(np.arange(len(episode)), episode.candidates(t))
        found.append(int(argmax_alignment(strengths[row : row + 1], allowed)[0]))
    return np.array(found)


def _share(values: np.ndarray) -> str:
    return mean_interval(values).text(lambda share: f"{share:.3f}")
