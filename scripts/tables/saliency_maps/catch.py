"""Checks of maps of Catch, from a report of an older form: without intervals, and beside one blind order."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from saccade.scripts.tables.markdown import read_json, table

FILE = "saliency/catch.json"  # in results/
HEADS = ("class", "gaze_x", "value")
FIGURES = (("deletion", "above"), ("insertion", "below"))


def _range(rows: Sequence[dict[str, Any]], figure: str) -> str:
    values = [row[figure] for row in rows]
    low, high = f"{min(values):.2f}", f"{max(values):.2f}"
    return low if low == high else f"{low} to {high}"


def by_method(results: Path) -> list[str]:
    """A row for each head and method: the true map, the Gaussian of the same states, and both controls."""
    rows = read_json(results, FILE)["trust"]
    of = {(row["head"], row["method"], row["control"]): row for row in rows}
    lines = []
    for head in HEADS:
        for method in dict.fromkeys(row["method"] for row in rows if row["head"] == head):
            true, *controls = (of[head, method, control] for control in (None, "shuffled", "random weights"))
            cells = [
                f"{x:.2f}"
                for figure, _ in FIGURES
                for x in (true[figure], true[f"{figure}_centred"], *(row[figure] for row in controls))
            ]
            lines.append([f"`{head}`", method, *cells])
    columns = [f"{figure} ({side} 1)" for figure, side in FIGURES]
    beside = ("Gaussian", "shuffled", "random weights")
    return table(["head", "method", *(name for column in columns for name in (column, *beside))], lines)


def randomised(results: Path) -> list[str]:
    """Rank correlation with the map under random weights, of each method."""
    rows = [row for row in read_json(results, FILE)["trust"] if row["control"] is None]
    lines = []
    for method in dict.fromkeys(row["method"] for row in rows):
        own = [row for row in rows if row["method"] == method]
        lines.append([method, _range(own, "random_head"), _range(own, "random_all")])
    return table(("method", "only the head random, over the heads", "all weights random"), lines)


def causal(results: Path) -> list[str]:
    """What a blank square changes in the game."""
    lines = []
    for each in read_json(results, FILE)["causal"]:
        changed = [f"{each['changed_percent'][place]:.0f} %" for place in ("top", "elsewhere")]
        rewards = [each["reward"][place] for place in ("nothing", "top", "elsewhere")]
        lines.append([each["head"], *changed, *(f"{reward['mean']:.1f} +- {reward['std']:.1f}" for reward in rewards)])
    reward = "reward (mean +- standard deviation of the games) with nothing blank"
    head = ("head", "action changed by its most salient square", "by a square elsewhere", reward)
    return table((*head, "with its most salient square blank", "with a square elsewhere blank"), lines)


TABLES = {"catch-checks": by_method, "catch-randomised": randomised, "catch-causal": causal}
