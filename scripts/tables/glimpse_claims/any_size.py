"""One agent on canvases of many sizes, from what ``scripts/benchmarks/digits/sizes.py`` writes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from saccade.scripts.tables.markdown import NOT_MEASURED, error_text, read_json, table

FILE = "glimpses/sizes.json"
NAMES = {
    "learned": "learned gaze",
    "random": "the same network, random gaze",
    "trained-random": "trained with a random gaze",
    "cnn": "CNN, trained at this size",
}
SMALL, LARGE = 100, 256  # pixels: the error at the second should be at most twice that at the first


def any_size(results: Path) -> list[str]:
    """Errors and multiply-adds by the side of the canvas."""
    if not (results / FILE).exists():
        return NOT_MEASURED
    found = read_json(results, FILE)
    rows: dict[tuple[str, int], Mapping[str, Any]] = {(row["who"], row["size"]): row for row in found["rows"]}
    there = [who for who in NAMES if any(each == who for each, _ in rows)]
    sizes = sorted({size for _, size in rows})
    lines = []
    for size in sizes:
        errors = [_error(rows.get((who, size))) for who in there]
        arithmetic = [_millions(rows.get((who, size))) for who in ("learned", "cnn")]
        lines.append([f"{size:,}", *errors, *arithmetic])
    split = found["settings"]["split"]
    head = ("pixels", *(f"{NAMES[who]}: error on {split}, %" for who in there), "multiply-adds, agent", "multiply-adds, CNN")
    return [*table(head, lines), *_ratio(rows)]


def _error(row: Mapping[str, Any] | None) -> str | None:
    if row is None:
        return None
    return error_text(row) + (" (not converged)" if row.get("converged") is False else "")


def _millions(row: Mapping[str, Any] | None) -> str | None:
    return None if row is None else f"{row['multiply_adds'] / 1e6:,.1f} M"


def _ratio(rows: Mapping[tuple[str, int], Mapping[str, Any]]) -> list[str]:
    """How much larger the learned gaze's error is on the larger canvas."""
    small, large = (rows.get(("learned", size)) for size in (SMALL, LARGE))
    if small is None or large is None or not small["error_percent"]:
        return []
    ratio = large["error_percent"] / small["error_percent"]
    verdict = "met" if ratio <= 2 else "missed"
    return ["", f"Error at {LARGE} pixels over that at {SMALL}: {ratio:.2f} (target: at most 2, {verdict})."]


TABLES = {"digits-any-size": any_size}
