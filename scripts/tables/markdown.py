"""Lines of Markdown from files of results."""

import csv
import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeGuard

from saccade.saliency.checks.markdown import markdown_row

NOT_MEASURED = ["Not measured yet."]  # lines in place of a table
NOTHING = ["No run has been measured yet."]
BRACKETS, TO = " [{}, {}]", " ({} to {})"  # ways to say an interval


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """
    A table.

    :param head: names of the columns
    :param rows: cells of each row; None is an empty cell
    """
    lines = [head, ["---"] * len(head), *rows]
    return [markdown_row("" if cell is None else str(cell) for cell in line) for line in lines]


def read_json(results: Path, name: str) -> Any:
    """The content of a file in results/."""
    return json.loads((results / name).read_text(encoding="utf-8"))


def read_jsons(results: Path, folder: str, form: str = "*.json") -> dict[str, Any]:
    """
    The content of each JSON of a folder, by its name without the ending, in the order of the names.

    :param results: folder
    :param folder: in it; none is read as an empty one
    :param form: of the names
    """
    return {file.stem: read_json(results, f"{folder}/{file.name}") for file in sorted((results / folder).glob(form))}


def read_csv(results: Path, name: str) -> list[dict[str, str]]:
    """The rows of a file in results/."""
    with (results / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def short_commit(commit: str | None) -> str:
    """
    The first letters of a commit, and whether the code had been changed since.

    :param commit: as a measurement notes it, with ``+dirty`` behind it if files had been changed; None is not known
    """
    known, changed, _ = (commit or "unknown").partition("+dirty")
    return known[:7] + (" with changes" if changed else "")


def measured_at(about: Mapping[str, Any]) -> str:
    """
    Commit and processor of a measurement.

    :param about: ``commit`` and ``hardware``, as its file has them
    """
    return f"commit {short_commit(about['commit'])}, {about['hardware']['cpu']}"


def three_digits(value: float) -> str:
    """Three digits that count, or all before the point: 0.959, 56.5, 1,643."""
    return f"{value:,.0f}" if abs(value) >= 99.95 else f"{value:.3g}"


def two_digits(value: float) -> str:
    """Two digits behind the point."""
    return f"{value:.2f}"


def with_interval(
    mean: float | None,
    low: float | None,
    high: float | None,
    form: Callable[[float], str | None] = two_digits,
    ends: str = BRACKETS,
    none: str = "",
    bold: bool = False,
    unit: str = "",
) -> str:
    """
    A figure with its interval, if it has one. What is None or NaN is not known.

    :param mean: the figure
    :param low: lower end
    :param high: upper end
    :param form: a number as text
    :param ends: what follows the figure, with a place for each end
    :param none: what is said of a figure that is not known
    :param bold: the figure without its interval
    :param unit: follows the figure alone
    """
    if not _known(mean):
        return none
    told = f"{form(mean)}{unit}"
    return (f"**{told}**" if bold else told) + (ends.format(form(low), form(high)) if _known(low) and _known(high) else "")


def _known(x: float | None) -> TypeGuard[float]:
    return x is not None and not math.isnan(x)


def error_text(figures: Mapping[str, Any], digits: int = 2) -> str:
    """
    An error in % with its standard error, where it is known.

    :param figures: ``error_percent`` and ``standard_error``
    :param digits: behind the point
    """
    error = figures["standard_error"]
    return f"{figures['error_percent']:.{digits}f}" + ("" if error is None else f" +- {error:.{digits}f}")


def in_words(name: str) -> str:
    """A name of the code as a reader says it."""
    return name.replace("_", " ")


def smallest_to_largest(values: Sequence[float | None]) -> str:
    """The two ends of some values, of which None are not known; empty without any."""
    known = [x for x in values if x is not None]
    return f"{min(known):.2f} to {max(known):.2f}" if known else ""
