"""The figures of first_map.py as tables in Markdown."""

from collections.abc import Mapping
from typing import Any


def first_map_table(found: Mapping[str, Any]) -> str:
    """
    A table for each model and head: the ratio to random pixels of each method and of each blind order, and the rivals that it does
    not beat.

    :param found: what ``first_map.py --json`` writes
    """
    return "\n\n".join(part for model in found["models"] for part in _of_model(model)) + "\n"


def _of_model(model: Mapping[str, Any]) -> list[str]:
    steps = f"{model['env_steps'] or 0:,} env steps"
    about = f"**{model['env']}, {model['agent']}, seed {model['seed']}, {steps}, {model['states']} distinct states of play.**"
    parts = [f"{about} Ratios to random pixels; bold: better than all blind orders, with 95 % intervals over states off zero."]
    for head in dict.fromkeys(row["head"] for row in model["rows"]):
        parts.append(_of_head(head, [row for row in model["rows"] if row["head"] == head]))
    return parts


def _of_head(head: str, rows: list[Mapping[str, Any]]) -> str:
    columns = list(dict.fromkeys((row["measure"], row["removal"], row["good"]) for row in rows))
    titles = [f"{measure}, {removal} ({good} is good)" for measure, removal, good in columns]
    lines = ["| " + " | ".join([head, *titles, "does not beat"]) + " |", "|" + "---|" * (len(columns) + 2)]
    for method in dict.fromkeys(row["method"] for row in rows):
        blind, cells = method in rows[0]["leads"], []
        lost: dict[str, list[str]] = {}
        for measure, removal, _ in columns:
            row = next(row for row in rows if (row["method"], row["measure"], row["removal"]) == (method, measure, removal))
            rivals = unbeaten(row)
            ratio = "" if row["ratio"] is None else f"{row['ratio']:.2f}"
            cells.append(ratio if rivals or blind else f"**{ratio}**")
            for rival in rivals:
                lost.setdefault(rival.replace("_", " "), []).append(f"{measure} {removal}")
        told = [f"{rival} ({'all' if len(where) == len(columns) else ', '.join(where)})" for rival, where in lost.items()]
        last = "(a blind order)" if blind else "; ".join(told) or "-"
        lines.append("| " + " | ".join([method.replace("_", "\\_"), *cells, last]) + " |")
    return "\n".join(lines)


def unbeaten(row: Mapping[str, Any]) -> list[str]:
    """
    The blind orders that a map is not better than, for sure.

    :param row: of one measure and one way of removal
    """
    return [rival for rival, (_, low, _) in row["leads"].items() if low is None or low <= 0]
