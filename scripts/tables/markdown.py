"""Lines of Markdown from files of results."""

import csv
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

NOT_MEASURED = ["Not measured yet."]  # lines in place of a table
NOTHING = ["No run has been measured yet."]


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """
    A table.

    :param head: names of the columns
    :param rows: cells of each row; None is an empty cell
    """
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join("" if cell is None else str(cell) for cell in line) + " |" for line in lines]


def read_json(results: Path, name: str) -> Any:
    """The content of a file in results/."""
    return json.loads((results / name).read_text(encoding="utf-8"))


def read_csv(results: Path, name: str) -> list[dict[str, str]]:
    """The rows of a file in results/."""
    with (results / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def three_digits(value: float) -> str:
    """Three digits that count, or all before the point: 0.959, 56.5, 1,643."""
    return f"{value:,.0f}" if abs(value) >= 99.95 else f"{value:.3g}"


def in_words(name: str) -> str:
    """A name of the code as a reader says it."""
    return name.replace("_", " ")


def smallest_to_largest(values: Sequence[float | None]) -> str:
    """The two ends of some values, of which None are not known; empty without any."""
    known = [x for x in values if x is not None]
    return f"{min(known):.2f} to {max(known):.2f}" if known else ""
