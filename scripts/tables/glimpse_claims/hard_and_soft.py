"""Hard glimpses beside networks that backpropagation trains end to end: what they learn, how soon, and what an answer costs."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from saccade.scripts.benchmarks.digits.items import NETWORKS, SEVERAL, results
from saccade.scripts.tables.glimpse_claims.digit_rows import TASKS
from saccade.scripts.tables.markdown import NOT_MEASURED, read_json, table, three_digits

COST = "glimpses/cost.json"
NOT_RUN = "not run"
MARKS = (20.0, 10.0, 5.0)  # validation errors in %, whose time is told
NAMES = {
    "hard": "hard glimpses",
    "learned": "hard glimpses (REINFORCE)",
    "window": "DRAW's window",
    "bilinear": "the retina between pixels",
    "soft": "soft attention",
    "cnn": "CNN",
}


def first_below(curve: Sequence[Mapping[str, Any]], mark: float) -> Mapping[str, Any] | None:
    """
    The first point of a curve whose error is at most a mark; None if there is none.

    :param curve: points with their ``error_percent``, in the order of training
    :param mark: in percent
    """
    return next((point for point in curve if point["error_percent"] <= mark), None)


def time_cell(curve: Sequence[Mapping[str, Any]], mark: float) -> str:
    """How many canvases and hours a training took to an error."""
    point = first_below(curve, mark)
    if point is None:
        return "never"
    hours = "" if point.get("seconds") is None else f", {point['seconds'] / 3600:.2f} h"
    return f"{point['images'] / 1e6:.2f} M{hours}"


def trained(results_folder: Path) -> list[str]:
    """The short trainings: errors, and how soon a given error was reached."""
    finished, rows = results(results_folder / "glimpses" / "rows"), []
    for row in SEVERAL:
        for variant in ("learned", *NETWORKS[1:], NETWORKS[0]):
            found = finished.get(f"{row}-{variant}-short-0")
            cells = [NOT_RUN] * (2 + len(MARKS))
            if found is not None:
                error = f"{found['test']['error_percent']:.2f} +- {found['test']['standard_error']:.2f}"
                times = [time_cell(found["validation_curve"], mark) for mark in MARKS]
                cells = [error, *times, f"{found['multiply_adds'] / 1e6:.1f} M"]
            rows.append([TASKS[row], NAMES[variant], *cells])
    head = ("task", "network", "test error, %", *(f"to {mark:g} % on validation" for mark in MARKS), "multiply-adds")
    return table(head, rows)


def cost(results_folder: Path) -> list[str]:
    """What an answer costs, by the side of the canvas."""
    if not (results_folder / COST).exists():
        return NOT_MEASURED
    found = read_json(results_folder, COST)
    batches = [str(batch) for batch in found["settings"]["batches"]]
    rows = []
    for name in dict.fromkeys(row["network"] for row in found["rows"]):
        own = [row for row in found["rows"] if row["network"] == name]
        for row in own:
            times = [three_digits(1000 * row["seconds"][batch]) for batch in batches]
            arithmetic = three_digits(row["multiply_adds"] / 1e6)
            rows.append([NAMES[name], f"{row['size']:,}", f"{arithmetic} M", *times, f"{row['parameters'] / 1e6:.2f} M"])
        if len(own) > 1:
            rows.append([NAMES[name], f"{own[-1]['size']:,} / {own[0]['size']:,}", *_grown(own[0], own[-1], batches), ""])
    head = ("network", "pixels", "multiply-adds", *(f"ms an image, batch of {batch}" for batch in batches), "parameters")
    return table(head, rows)


def _grown(small: Mapping[str, Any], large: Mapping[str, Any], batches: Sequence[str]) -> list[str]:
    """How many times as much the largest canvas costs as the smallest."""
    times = [large["seconds"][batch] / small["seconds"][batch] for batch in batches]
    return [f"x {three_digits(ratio)}" for ratio in (large["multiply_adds"] / small["multiply_adds"], *times)]


TABLES = {"hard-and-soft": trained, "digits-cost": cost}
