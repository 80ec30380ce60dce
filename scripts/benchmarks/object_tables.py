"""Tables in Markdown from what ``object_maps.py`` wrote: ``python scripts/benchmarks/object_tables.py objects.json``."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tyro

KINDS = {"ahead": "a car is ahead", "free": "no car is visible"}


def number(figure: Mapping[str, Any]) -> str:
    """A mean with its interval."""
    if figure["mean"] is None:
        return ""
    if figure["low"] is None:
        return f"{figure['mean']:.2f}"
    return f"{figure['mean']:.2f} ({figure['low']:.2f} to {figure['high']:.2f})"


def named(name: str) -> str:
    return name.replace("_", " ")


def games_table(found: Mapping[str, Any]) -> str:
    """
    Relevance mass of V and A by game, method and thing.

    :param found: as ``object_maps.py`` writes it
    """
    lines = ["| game | method | thing | states | V | A | A minus V | random weights, V / A | contrast alone |", "|" + "---|" * 9]
    for game, rows in found["games"].items():
        for row in rows:
            random = " / ".join("" if row[key]["mean"] is None else f"{row[key]['mean']:.2f}" for key in RANDOM)
            cells = [
                game, named(row["method"]), named(row["thing"]), str(row["value"]["states"]),
                *(number(row[key]) for key in ("value", "advantage", "difference")), random, number(row["contrast"]),
            ]  # fmt: skip
            lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


RANDOM = ("random_value", "random_advantage")


def claim_table(found: Mapping[str, Any]) -> str:
    """
    A minus V where a car is ahead, and where none is visible.

    :param found: as ``object_maps.py`` writes it
    """
    lines = [
        "| where | method | thing | states | V | A | A minus V | newest frame alone | with random weights | contrast alone |",
        "|" + "---|" * 10,
    ]
    for kind, rows in found["claim"].items():
        for row in rows:
            differences = (row[key] for key in ("difference", "newest_frame_difference", "random_difference"))
            cells = [
                KINDS[kind], named(row["method"]), named(row["thing"]), str(row["value"]["states"]),
                *(number(row[key]) for key in ("value", "advantage")), *map(number, differences), number(row["contrast"]),
            ]  # fmt: skip
            lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def growth_lines(found: Mapping[str, Any]) -> list[str]:
    """For each method, how much more A's maps grow than V's where a car is ahead."""
    return [
        f"- {named(method)}: where a car is ahead, A's maps grow {number(figure)} times as much as V's."
        for method, figure in found["growth_of_advantage_over_value"].items()
        if figure["mean"] is not None
    ]


def main(source: Path, /) -> None:
    """
    Tables of the file.

    :param source: What object_maps.py wrote.
    """
    found = json.loads(source.read_text(encoding="utf-8"))
    print("\n\n".join(["\n".join(growth_lines(found)), claim_table(found), games_table(found)]))


if __name__ == "__main__":
    tyro.cli(main)
