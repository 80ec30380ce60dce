"""Scores as ``evaluate`` writes them: the games of an evaluation by kind, sticky or greedy, as cells of tables."""

from collections.abc import Mapping
from statistics import stdev
from typing import Any

TIME_LIMIT = 27_000  # env steps of a game of Atari
FRAMES = 4  # of the emulator, in an env step of all runs in results/
COLUMNS = ("env steps", "games", "games cut at the time limit", "mean score")
NOTHING = ["No run has been evaluated yet."]


def kinds_of(report: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """
    The figures of each kind of games, the main ones first.

    :param report: as evaluate writes it
    """
    return (report, *report.get("others", ()))


def score_of(report: Mapping[str, Any], digits: int = 0) -> str:
    """
    The main figure of an evaluation.

    :param report: of a kind of games. Older ones do not tell copies of a game; theirs has no standard error, and the standard
        deviation in its file is not that of a sample
    :param digits: behind the point
    """
    mean = f"{report['mean']:,.{digits}f}"
    if report["std"] is None or len(report.get("scores", (0, 0))) < 2:
        return f"{mean}, one game"
    if "standard_error" in report:
        return f"{mean}, standard error {report['standard_error']:,.{digits}f}"
    return f"{mean}, standard deviation {stdev(report['scores']):,.{digits}f}"


def played_of(report: Mapping[str, Any]) -> str:
    """How the games of a kind were played, and how many differ."""
    if "distinct" in report:
        kind = f"{report['kind']} {report['probability']:g}" if report["probability"] else report["kind"]
        return f"{kind}, {report['distinct']} of {report['games']} games distinct"
    return f"greedy, {len(report['scores'])} games with {len(set(report['scores']))} different scores"


def spread_of(report: Mapping[str, Any]) -> str:
    """The range of the scores."""
    return f"{report['min']:,.0f} to {report['max']:,.0f}, median {report['median']:,.0f}"


def score_rows(about: str, report: Mapping[str, Any]) -> list[list[object]]:
    """
    A row for each kind of games: what they are, how they were played, score and range.

    :param about: the first cell
    :param report: as evaluate writes it
    """
    return [[about, played_of(each), score_of(each), spread_of(each)] for each in kinds_of(report)]


def kinds_with_cells(report: Mapping[str, Any]) -> list[tuple[Mapping[str, Any], list[object]]]:
    """
    The cells of :data:`COLUMNS` for each kind. A game that is cut may be one in which the agent got stuck.

    :param report: as evaluate writes it
    :return: (the figures of a kind, their cells)
    """
    rows: list[tuple[Mapping[str, Any], list[object]]] = []
    for each in kinds_of(report):
        cut = sum(length >= TIME_LIMIT for length in each["lengths"]) if "lengths" in each else None
        rows.append((each, [f"{report['env_steps']:,}", played_of(each), cut, score_of(each, digits=1)]))
    return rows
