"""How many looks an agent needs, from what ``saccade evaluate RUN --when-to-stop`` writes."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean
from typing import Any

from saccade.scripts.tables.markdown import NOT_MEASURED, error_text, read_jsons, table

FOLDER = "glimpses/when-to-stop"  # in results/
WITHIN, MOST_LOOKS = 0.1, 4  # the target: percentage points of the error of all looks, and looks on average
TEST, NOT_TESTED = "test", "not tested"
HEAD = ("run", "rule", "mean looks on validation", "wrong on validation, %", "wrong on test, %", "target")


def when_to_stop(results: Path) -> list[str]:
    """
    A row for each fixed number of looks, for the chosen threshold, and for each agent that decides by itself: errors and mean looks
    on validation and test.
    """
    read = read_jsons(results, FOLDER)
    all_looks = _mean_of_all_looks(list(read.values()))
    rows: list[list[object]] = []
    for name, found in read.items():
        tested = {_key(row): row for row in found["curves"].get(TEST, ())}
        chosen = None if found["stopped"] is None else _key(found["stopped"])
        rival = found["all_looks"]["error_percent"] if found["all_looks"] is not None else all_looks
        for row in found["curves"]["validation"]:
            test = tested.get(_key(row))
            if row["rule"] == "fixed" or _key(row) == chosen:
                looks, told = f"{row['mean_looks']:.2f}", NOT_TESTED if test is None else error_text(test)
                rows.append([name, _rule(row), looks, error_text(row), told, _judged(test, rival)])
        if chosen is None:
            rows.append([name, "no probability is enough", *[""] * (len(HEAD) - 3), "missed"])
    return table(HEAD, rows) if rows else NOT_MEASURED


def _mean_of_all_looks(read: Sequence[Mapping[str, Any]]) -> float | None:
    """Test error of the agents that take all looks, on mean; the rival of those that decide by themselves."""
    errors = [one["all_looks"]["error_percent"] for one in read if one["all_looks"] is not None and TEST in one["curves"]]
    return mean(errors) if errors else None


def _rule(row: Mapping[str, Any]) -> str:
    if row["rule"] == "own":
        return f"its own choice, a look cost {row['setting']:g}"
    if row["rule"] == "fixed":
        return "1 look" if row["setting"] == 1 else f"{row['setting']:g} looks"
    return f"until one answer has {row['setting']:g}"


def _key(row: Mapping[str, Any]) -> tuple[str, float]:
    return row["rule"], row["setting"]


def _judged(row: Mapping[str, Any] | None, all_looks: float | None) -> str | None:
    """Whether a rule that stops early is as good as all looks, on test digits."""
    if row is None or row["rule"] == "fixed" or all_looks is None:
        return None
    paired = row.get("standard_error_of_more")  # which older files lack
    more = row["error_percent"] - all_looks if paired is None else row["more_errors"]
    met = "met" if more <= WITHIN and row["mean_looks"] <= MOST_LOOKS else "missed"
    # Both are of the same digits. Without the error of their difference that of one of them says how fine the figures are.
    error, whose = (row["standard_error"], " of one") if paired is None else (paired, "")
    close = error is not None and abs(more - WITHIN) < 2 * error
    told = f"{more:+.2f}" + ("" if paired is None else f" +- {paired:.2f}")
    return f"{told} points at {row['mean_looks']:.2f} looks: {met}{f', by less than 2 standard errors{whose}' if close else ''}"


TABLES = {"digits-when-to-stop": when_to_stop}
