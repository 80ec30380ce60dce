"""How many looks an agent needs, from what ``saccade evaluate RUN --when-to-stop`` writes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from saccade.scripts.tables.markdown import NOT_MEASURED, read_json, table

FOLDER = "glimpses/when-to-stop"  # in results/
WITHIN, MOST_LOOKS = 0.1, 4  # the target: percentage points of the error of all looks, and looks on average


def when_to_stop(results: Path) -> list[str]:
    """A row for each fixed number of looks and for the chosen threshold, by run: errors and mean looks on validation and test."""
    rows: list[list[object]] = []
    for file in sorted((results / FOLDER).glob("*.json")):
        found = read_json(results, f"{FOLDER}/{file.name}")
        tested = {_key(row): row for row in found["curves"]["test"]}
        chosen = _key(found["stopped"])
        for row in found["curves"]["validation"]:
            test = tested.get(_key(row))
            if row["rule"] == "fixed" or _key(row) == chosen:
                fixed, setting = row["rule"] == "fixed", row["setting"]
                rule = ("1 look" if setting == 1 else f"{setting:g} looks") if fixed else f"until one answer has {setting:g}"
                rows.append(
                    [file.stem, rule, f"{row['mean_looks']:.2f}", _error(row), _error(test), _judged(test, found["all_looks"])]
                )
    head = ("run", "rule", "mean looks on validation", "wrong on validation, %", "wrong on test, %", "target")
    return table(head, rows) if rows else NOT_MEASURED


def _key(row: Mapping[str, Any]) -> tuple[str, float]:
    return row["rule"], row["setting"]


def _error(row: Mapping[str, Any] | None) -> str | None:
    return None if row is None else f"{row['error_percent']:.2f} +- {row['standard_error']:.2f}"


def _judged(row: Mapping[str, Any] | None, all_looks: Mapping[str, Any]) -> str | None:
    """Whether a rule that stops early is as good as all looks, on test digits."""
    if row is None or row["rule"] == "fixed":
        return None
    more = row["error_percent"] - all_looks["error_percent"]
    met = "met" if more <= WITHIN and row["mean_looks"] <= MOST_LOOKS else "missed"
    return f"{more:+.2f} points at {row['mean_looks']:.2f} looks: {met}"


TABLES = {"digits-when-to-stop": when_to_stop}
