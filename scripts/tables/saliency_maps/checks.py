"""Checks of saliency maps: each head's figures beside blind orders and random weights."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from saccade.scripts.tables.markdown import read_json, table

GAMES = {"enduro": ("value", "advantage", "gap"), "catch": ("class", "gaze_x", "value")}
FIGURES = (("deletion", "above"), ("insertion", "below"))


def _range(rows: Sequence[dict[str, Any]], figure: str) -> str:
    values = [row[figure] for row in rows]
    low, high = f"{min(values):.2f}", f"{max(values):.2f}"
    return low if low == high else f"{low} to {high}"


def by_method(results: Path) -> list[str]:
    """A row for each head and method: the true map, the Gaussian of the same states, and both controls."""
    lines = []
    for game, heads in GAMES.items():
        rows = read_json(results, f"saliency/{game}.json")["trust"]
        of = {(row["head"], row["method"], row["control"]): row for row in rows}
        for head in heads:
            for method in dict.fromkeys(row["method"] for row in rows if row["head"] == head):
                true, *controls = (of[head, method, control] for control in (None, "shuffled", "random weights"))
                cells = [
                    f"{x:.2f}"
                    for figure, _ in FIGURES
                    for x in (true[figure], true[f"{figure}_centred"], *(row[figure] for row in controls))
                ]
                lines.append([game.title(), f"`{head}`", method, *cells])
    columns = [f"{figure} ({side} 1)" for figure, side in FIGURES]
    beside = ("Gaussian", "shuffled", "random weights")
    head_line = ["game", "head", "method", *(name for column in columns for name in (column, *beside))]
    return table(head_line, lines)


def randomised(results: Path) -> list[str]:
    """Rank correlation with the map under random weights, of each method."""
    lines = []
    for game in GAMES:
        rows = [row for row in read_json(results, f"saliency/{game}.json")["trust"] if row["control"] is None]
        for method in dict.fromkeys(row["method"] for row in rows):
            own = [row for row in rows if row["method"] == method]
            lines.append([game.title(), method, _range(own, "random_head"), _range(own, "random_all")])
    return table(("game", "method", "only the head random, over the heads", "all weights random"), lines)


def causal(game: str, results: Path) -> list[str]:
    """What a blank square changes in the game."""
    lines = []
    for each in read_json(results, f"saliency/{game}.json")["causal"]:
        changed = [f"{each['changed_percent'][place]:.0f} %" for place in ("top", "elsewhere")]
        rewards = [each["reward"][place] for place in ("nothing", "top", "elsewhere")]
        lines.append([each["head"], *changed, *(f"{reward['mean']:.1f} +- {reward['std']:.1f}" for reward in rewards)])
    reward = "reward (mean +- standard deviation of the games) with nothing blank"
    head = ("head", "action changed by its most salient square", "by a square elsewhere", reward)
    return table((*head, "with its most salient square blank", "with a square elsewhere blank"), lines)


TABLES = {
    "saliency-checks": by_method,
    "saliency-randomised": randomised,
    "causal-enduro": partial(causal, "enduro"),
    "causal-catch": partial(causal, "catch"),
}
