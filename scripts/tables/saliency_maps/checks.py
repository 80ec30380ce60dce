"""Verdicts of saliency maps, with all their comparisons and both controls, from reports of ``explain``."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from saccade.saliency.checks.trust_controls import RANDOM, SHUFFLED
from saccade.saliency.checks.verdict import BEATS, WORSE
from saccade.scripts.tables.markdown import NOTHING, in_words, measured_at, read_jsons, table, with_interval
from saccade.scripts.tables.saliency_maps.first_map import network_title

Row = Mapping[str, Any]
FOLDER = "saliency/explained"  # in results/
MEASURES = {"deletion": "above 1 is good", "insertion": "below 1 is good"}
OVER_RANDOM = "random_weights"  # the rival of a trained network's maps that is not blind


def explained(results: Path) -> list[Row]:
    """What was measured of each network, sorted by file: how it came about, its report, and its causal check."""
    return list(read_jsons(results, FOLDER).values())


def control_of(row: Row) -> str:
    """
    Which control a row of a report is; empty for a true map.

    :param row: of its ``trust``
    """
    if row["method"].endswith(f", {SHUFFLED}"):
        return SHUFFLED
    return RANDOM if row["head"].endswith(f", {RANDOM}") else ""


def leads_of(row: Row) -> dict[tuple[str, str, str], Mapping[str, Any]]:
    """{(measure, removal, blind order): lead with its interval and its word} of a row of a report, where it is defined."""
    return {
        (measure, removal, rival): lead
        for measure in MEASURES
        for removal, found in row[measure].items()
        for rival, lead in found["lead_over"].items()
        if lead["says"]
    }


def verdicts(results: Path) -> list[str]:
    """A row for each true map: which comparisons with blind orders it wins and loses, whether it passes, and its verdict."""
    rows = [
        [*_named(one, row), *_compared(row), "yes" if row["passes"] else "no", row["verdict"]]
        for one, row in _rows(explained(results))
        if not control_of(row)
    ]
    return table(("network", "head", "method", "won", "worse than", "passes", "verdict"), rows) if rows else NOTHING


def controls(results: Path) -> list[str]:
    """The same of the maps that say nothing: their verdict is short, because there are many."""
    rows = [
        [*_named(one, row), control_of(row), *_compared(row), _spread(row), "**yes**" if row["passes"] else "no"]
        for one, row in _rows(explained(results))
        if control_of(row)
    ]
    head = ("network", "head", "method", "control", "won", "worse than", "correlation with random weights", "passes")
    return table(head, rows) if rows else NOTHING


def leads(results: Path) -> list[str]:
    """Deletion and insertion of each true map, and how far it leads over each rival, with intervals."""
    found = [(one, row) for one, row in _rows(explained(results)) if not control_of(row)]
    if not found:
        return NOTHING
    rivals = list(dict.fromkeys(rival for _, row in found for _, _, rival in leads_of(row)))
    lines = []
    for one, row in found:
        for measure, good in MEASURES.items():
            for removal, figures in row[measure].items():
                beside = [figures["lead_over"].get(rival) for rival in rivals]
                cells = [_lead(lead) for lead in (*beside, figures.get(f"lead_over_{OVER_RANDOM}"))]
                ratio = "" if figures["ratio"] is None else f"{figures['ratio']:.2f}"
                lines.append([*_named(one, row), f"{measure} ({good})", removal, ratio, *cells])
    over = [f"lead over {in_words(rival)}" for rival in (*rivals, OVER_RANDOM)]
    return table(("network", "head", "method", "measure", "removal", "ratio to random pixels", *over), lines)


def passing(which: str) -> Callable[[Path], str]:
    """
    How many maps pass, in words.

    :param which: the control, or "" for true maps
    """

    def count(results: Path) -> str:
        own = [row["passes"] for _, row in _rows(explained(results)) if control_of(row) == which]
        return f"{sum(own)} of {len(own)}" if own else "not measured yet"

    return count


def where(results: Path) -> str:
    """Commits and hardware."""
    told = map(measured_at, explained(results))
    return "; ".join(dict.fromkeys(told)) or "not measured yet"


def states(results: Path) -> str:
    """How many states and games the figures are of, and what the intervals resample."""
    rows = [row for _, row in _rows(explained(results))]
    ends = [sorted({low(row[name] for row in rows) for low in (min, max)}) for name in ("states", "games")] if rows else []
    told = [" to ".join(map(str, each)) for each in ends]
    over = " or ".join(sorted({row["intervals_over"] for row in rows}))
    return f"{told[0]} states of {told[1]} games, with intervals over {over}" if rows else "not measured yet"


def _rows(found: Sequence[Row]) -> list[tuple[Row, Row]]:
    return [(one, row) for one in found for row in one["report"]["trust"]]


def _named(one: Row, row: Row) -> list[str]:
    head, method = row["head"].removesuffix(f", {RANDOM}"), row["method"].removesuffix(f", {SHUFFLED}")
    return [network_title(one), f"`{head}`", method]


def _compared(row: Row) -> list[str]:
    """How many comparisons are won, and the blind orders that one at least is lost to."""
    said = {which: lead["says"] for which, lead in leads_of(row).items()}
    worse = [rival for (_, _, rival), word in said.items() if word == WORSE]
    lost = [f"{in_words(rival)} ({worse.count(rival)})" for rival in dict.fromkeys(worse)]
    return [f"{list(said.values()).count(BEATS)} of {len(said)}", ", ".join(lost) or "-"]


def _spread(row: Row) -> str:
    if row["random_all"] is None:
        return "not defined"
    return f"{row['random_all']:.2f} +- {row['random_all_std']:.2f}" if "random_all_std" in row else f"{row['random_all']:.2f}"


def _lead(lead: Mapping[str, Any] | None) -> str:
    if lead is None:
        return ""
    return with_interval(lead["estimate"], lead["low"], lead["high"], "{:+.2f}".format, bold=lead["says"] == BEATS)


TABLES = {"saliency-verdicts": verdicts, "saliency-controls": controls, "saliency-leads": leads}
VALUES = {
    "saliency-where": where,
    "saliency-states": states,
    "saliency-passing": passing(""),
    "saliency-shuffled-passing": passing(SHUFFLED),
    "saliency-random-passing": passing(RANDOM),
}
