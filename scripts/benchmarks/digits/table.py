"""The tables of digits in results/glimpses.md, from the JSONs of the finished items."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from saccade.saliency.whole_file import write_text
from saccade.scripts.benchmarks.digits.items import CNN, GAZES, ROWS, SAME_TASK

BEGIN, END = "<!-- table: digit-rows -->", "<!-- end -->"  # make tables fills the same place
TASKS = {
    "centred-28": "28x28, 8x8 patch, 7 glimpses",
    "translated-60": "60x60 translated",
    "cluttered-60-fc": "60x60 cluttered, fully connected",
    "cluttered-60": "60x60 cluttered, two convolutions",
    "cluttered-100": "100x100 cluttered",
}
NONE = "not run"

Result = Mapping[str, Any]


class MarkersError(ValueError):
    """A page has no place for the tables."""


def table_lines(finished: Mapping[str, Result]) -> list[str]:
    """
    The tables as lines of Markdown.

    :param finished: the content of the JSONs, by any names
    :return: errors on the test digits; then how the learned gaze does under other gazes, and what each training took
    """
    columns = [
        "task",
        "learned gaze",
        "trained with a random gaze",
        "trained with the gaze at the centre",
        "CNN on the whole image",
    ]
    lines = [_row(columns), _row(["---"] * len(columns))]
    lines += [_row([TASKS[row], *(_cell(finished, row, variant) for variant in (*GAZES, CNN))]) for row in ROWS]
    heads = ["task", "learned gaze", "the same network, random gaze", "the same network, gaze at the centre"]
    lines += ["", _row(heads), _row(["---"] * len(heads))]
    for row in ROWS:
        learned = _of(finished, row, "learned")
        others = [
            ", ".join(_error(one["test_under_other_gazes"][gaze]) for one in learned) or NONE for gaze in ("random", "centre")
        ]
        lines.append(_row([TASKS[row], _cell(finished, row, "learned"), *others]))
    heads = ["training", "seed", "images", "multiply-adds an image", "validation error", "test error", "hours", "commit"]
    lines += ["", _row(heads), _row(["---"] * len(heads))]
    for row in ROWS:
        for variant in (*GAZES, CNN):
            lines += [_row(_details(result)) for result in _of(finished, row, variant)]
    return lines


def with_table(text: str, lines: Sequence[str]) -> str:
    """
    A page with new tables between the two markers.

    :raises MarkersError: if one of the markers is missing
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise MarkersError(f"the page needs the two lines {BEGIN!r} and {END!r}, with the tables between them")
    return "\n".join([before + BEGIN, *lines, END + after])


def write_table(page: Path, finished: Mapping[str, Result]) -> None:
    """Write the tables into a page, between its markers."""
    write_text(page, with_table(page.read_text(encoding="utf-8"), table_lines(finished)))


def _of(finished: Mapping[str, Result], row: str, variant: str) -> list[Result]:
    """The results of a row and a variant, by seed."""
    return sorted((one for one in finished.values() if (one["row"], one["variant"]) == (row, variant)), key=lambda one: one["seed"])


def _cell(finished: Mapping[str, Result], row: str, variant: str) -> str:
    if variant == CNN and row in SAME_TASK:
        return f"as for {TASKS[SAME_TASK[row]]}"
    return ", ".join(_error(one["test"]) for one in _of(finished, row, variant)) or NONE


def _error(figures: Result) -> str:
    error = figures["standard_error"]
    return f"{figures['error_percent']:.2f}" + ("" if error is None else f" +- {error:.2f}")


def _details(result: Result) -> list[str]:
    share = "" if result["share_of_full_length"] == 1 else f" ({result['share_of_full_length']:g} of the full length)"
    rate = (
        f", learning rate {result['learning_rate']:g} of {len(result['validation_of_rates'])}" if result["variant"] == CNN else ""
    )
    return [
        f"{result['row']}, {result['variant']}{rate}{share}",
        str(result["seed"]),
        f"{result['images'] / 1e6:.2f} M",
        f"{result['multiply_adds'] / 1e6:.1f} M",
        _error(result["validation"]),
        _error(result["test"]),
        f"{result['seconds'] / 3600:.1f}",
        str(result["commit"] or "unknown")[:7],
    ]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
