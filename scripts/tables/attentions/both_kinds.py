"""Both kinds of games of an evaluation of an Atari agent: with sticky actions, and greedy ones."""

from collections.abc import Mapping
from typing import Any

from saccade.scripts.tables.enduro import played_of, score_of

TIME_LIMIT = 27_000  # env steps of a game
COLUMNS = ("env steps", "games", "games cut at the time limit", "mean score")


def both_kinds(report: Mapping[str, Any]) -> list[tuple[Mapping[str, Any], list[object]]]:
    """
    The cells of :data:`COLUMNS` for each kind, the main figure first. A game that is cut may be one in which the agent got stuck.

    :param report: as evaluate writes it
    :return: (the games of a kind, their cells)
    """
    rows: list[tuple[Mapping[str, Any], list[object]]] = []
    for each in (report, *report.get("others", ())):
        cut = sum(length >= TIME_LIMIT for length in each["lengths"]) if "lengths" in each else None
        rows.append((each, [f"{report['env_steps']:,}", played_of(each), cut, score_of(each, digits=1)]))
    return rows
