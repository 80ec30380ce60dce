"""Scores as shares of another agent's score, above random play, with their errors."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from saccade.envs.human_scores import RANDOM_AND_HUMAN

WIDTH = 1.96  # standard errors to each side of a 95 % interval
MET, MISSED, NOT_SHOWN = "met", "missed", "not shown"


class Share(NamedTuple):
    """
    :ivar share: of the other score
    :ivar error: its standard error; None if a score has none
    """

    share: float
    error: float | None

    def text(self) -> str:
        """In percent."""
        told = f"{100 * self.share:.0f} %"
        return told if self.error is None else f"{told}, standard error {100 * self.error:.0f} %"

    def reaches(self, mark: float) -> str:
        """
        Whether the share is at least so much: the 95 % interval lies above the mark, below it, or on both sides.

        :param mark: a share
        """
        if self.error is None:
            return NOT_SHOWN
        low, high = self.share - WIDTH * self.error, self.share + WIDTH * self.error
        return MET if low >= mark else MISSED if high < mark else NOT_SHOWN


def means_of_runs(reports: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """
    The mean score over runs, by kind of games, with the standard error that the games of each run give it.

    :param reports: games of one kind each
    :return: {kind: the number of ``runs``, ``mean`` and ``standard_error``, None if a run has none}
    """
    found: dict[str, dict[str, Any]] = {}
    for kind in dict.fromkeys(each["kind"] for each in reports):
        alike = [each for each in reports if each["kind"] == kind]
        errors = [each["standard_error"] for each in alike]
        error = None if None in errors else math.hypot(*errors) / len(alike)
        found[kind] = {"runs": len(alike), "mean": sum(each["mean"] for each in alike) / len(alike), "standard_error": error}
    return found


def share_above_random(game: str, report: Mapping[str, Any], full: Mapping[str, Any]) -> Share | None:
    """
    A score's share of another one, with the standard error of a quotient of two independent means.

    :param game: by the name of its random score
    :param report: ``mean`` and ``standard_error``
    :param full: the same of the other score
    :return: None if that is not above random play
    """
    random, _ = RANDOM_AND_HUMAN[game]
    above, whole = report["mean"] - random, full["mean"] - random
    if whole <= 0:
        return None
    share = above / whole
    errors = report["standard_error"], full["standard_error"]
    if None in errors:  # of one game
        return Share(share, None)
    return Share(share, math.hypot(errors[0], share * errors[1]) / whole)  # not by way of error / above, which may be 0
