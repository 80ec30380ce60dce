"""The peers' own tests, from what tests/peers/run.py writes."""

from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

from saccade.scripts.tables.markdown import read_json, table


def passed(found: dict[str, Any]) -> list[str]:
    """
    Tests that passed and failed, a row a class of ours.

    :param found: the content of peers.json
    """
    rows = list(found["substitutions"].values())
    counts = [(row["passed"], len(row["not_ours"]), len(row["ours_to_mend"])) for row in rows]
    lines = [[row["ours"], row["theirs"], *(f"{n:,}" for n in count)] for row, count in zip(rows, counts, strict=True)]
    total = [f"{sum(column):,}" for column in zip(*counts, strict=True)]
    return table(
        ("ours", "in place of", "passed", "failed, ours differs by design", "failed, a fault of ours"),
        [*lines, ["all", None, *total]],
    )


def reasons(found: dict[str, Any]) -> list[str]:
    """
    The tests that fail because ours differs, counted by their reason.

    :param found: the content of peers.json
    """
    rows = found["substitutions"].values()
    counted = Counter((row["ours"], entry["reason"]) for row in rows for entry in row["not_ours"])
    lines = [[ours, count, reason] for (ours, reason), count in counted.items()]
    return table(("ours", "tests", "why it fails"), lines)


def failed(results: Path) -> str:
    """How many tests do not pass."""
    rows = list(read_json(results, "peers.json")["substitutions"].values())
    fails = sum(len(row["not_ours"]) + len(row["ours_to_mend"]) for row in rows)
    return f"{fails:,} of {fails + sum(row['passed'] for row in rows):,} tests do not pass"


def _of_file(lines: Any, results: Path) -> list[str]:
    return lines(read_json(results, "peers.json"))


TABLES = {"peers": partial(_of_file, passed), "peers-reasons": partial(_of_file, reasons)}
VALUES = {"peers-failed": failed}
