"""The figures of the checks as Markdown, with the direction that is good beside each."""

from collections.abc import Sequence

import numpy as np

from ..statistics.bootstrap import UNDEFINED, Interval
from ..statistics.directions import DIRECTIONS, good, side_of_one
from .markdown import markdown_table
from .trust_row import Trust
from .verdict import LEARNED, spread

READING = {
    "ratio": "deletion and insertion divided by the same in random order; "
    f"deletion is good {side_of_one('deletion')}, insertion is good {side_of_one('insertion')}",
    "lead_over": "how far the map is better than a blind order, in the same unit, with a 95 % bootstrap interval over games or "
    "states (intervals_over); above 0 the map is better, by deletion and by insertion; it beats that order if the whole interval "
    "is above 0, is worse if it is below 0, and else nobody can tell",
    "lead_over_random_weights": "the same over the maps of the method with random weights in all layers",
    "beaten": "share of all comparisons with blind orders that the map wins; 1 is good",
    "flips": f"share of the deletion during which another action is the best one; {DIRECTIONS['flips']} than flips_random is good",
    "random_all": "size of the rank correlation with the map under random weights in all layers; "
    f"{good('random_all')}, {LEARNED:.2f} or more in all draws fails; _std is the standard deviation over draws",
    "random_head": f"the same with random weights in the layer next to the head alone; {good('random_head')}, it decides nothing",
    "similarity": f"SSIM for the same two; {good('similarity_all')}",
    "sensitivity": f"change of the map under noise of 2 %, as a share of the map; {good('sensitivity')}",
    "gini": "0 everywhere alike, 1 all in one place; neither is good or bad",
    "entropy": "0 all in one place, 1 everywhere alike; neither is good or bad",
    "alike": "lag-1 autocorrelation of the leads along the states of each game; near 0 is good where intervals are over states, "
    "which they take as independent",
}
HEADS_OF_NUMBERS = (
    *(f"{name} ({good(name)})" for name in ("random_all", "random_head", "similarity_all", "similarity_head", "flips")),
    "flips_random",
    f"sensitivity ({good('sensitivity')})",
    "gini",
    "entropy",
)


def verdicts(rows: Sequence[Trust]) -> str:
    """A line for each map."""
    return "\n".join(f"- {row.key.output}, {row.method}: {row.verdict}." for row in rows)


def rivals_tables(rows: Sequence[Trust]) -> str:
    """
    Deletion and insertion beside blind orders: a line for each map, measure and way of removal. Pictures and vectors have blind
    orders of their own, and so tables of their own. A map that cannot be checked has no line.
    """
    rows, tables = [row for row in rows if not row.unchecked], []
    for rivals in dict.fromkeys(_rivals(row) for row in rows):
        alike = [row for row in rows if _rivals(row) == rivals]
        others = [*rivals, *(["random weights"] if any(row.over_random for row in alike) else [])]
        lines = []
        for row in alike:
            for (measure, removal), ratio in row.ratios.items():
                leads = [_lead(row.leads[measure, removal, rival]) for rival in rivals]
                if len(others) > len(rivals):
                    leads.append(_lead(row.over_random.get((measure, removal), UNDEFINED)))
                shown = f"{measure} ({side_of_one(measure)} is good)"
                lines.append([row.key.output, row.method, shown, removal, _number(ratio), *leads])
        heads = ("head", "method", "measure", "removal", "ratio to random", *(f"lead over {other}" for other in others))
        tables.append(markdown_table(heads, lines))
    told = (
        "Deletion and insertion, in units of random order. A lead says how far the map is better than a blind order: **above 0 the "
        f"map is better**, by deletion and by insertion. In brackets: 95 % bootstrap interval over {_resampled(rows)}. Bold: the "
        "whole interval is above 0."
    )
    return "\n\n".join([told, *tables]) if any(map(_rivals, rows)) else ""


def numbers_table(rows: Sequence[Trust]) -> str:
    """All other figures, a line for each map."""
    lines = []
    for row in rows:
        draws = [spread(x) if np.isfinite(x).all() else "" for x in (row.random_all, row.random_head)]
        numbers = (row.similarity_all, row.similarity_head, row.flips, row.flips_random, row.sensitivity, row.gini, row.entropy)
        lines.append([row.key.output, row.method, *draws, *map(_number, numbers)])
    return markdown_table(("head", "method", *HEADS_OF_NUMBERS), lines)


def _rivals(row: Trust) -> tuple[str, ...]:
    return tuple(dict.fromkeys(rival for _, _, rival in row.leads))


def _resampled(rows: Sequence[Trust]) -> str:
    return " or ".join(dict.fromkeys(row.resampled for row in rows))


def _lead(lead: Interval) -> str:
    return lead.text("{:+.2f}".format, bold=lead.low > 0)


def _number(x: float) -> str:
    return f"{x:.2f}" if np.isfinite(x) else ""
