"""Rows of several digits on a canvas, from the JSONs of the finished items."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean

from saccade.scripts.benchmarks.digits.items import CNN, NAMING
from saccade.scripts.benchmarks.digits.items import results as finished_in
from saccade.scripts.tables.glimpse_claims.digit_rows import (
    DETAILS,
    FOLDER,
    MISSED,
    NONE,
    Result,
    cell,
    details,
    marked,
    of_row,
    over_seeds,
)
from saccade.scripts.tables.glimpse_claims.digit_rows import MARKS as MARKS_OF_ONE
from saccade.scripts.tables.glimpse_claims.digit_rows import TASKS as TASKS_OF_ONE
from saccade.scripts.tables.markdown import table

TASKS = {
    "digit-pair": "pairs, 100x100",
    "digit-sum": "sums, 100x100",
    "house-number": "house numbers, 110x110",
    "house-number-160": "house numbers, 160x160",
}
BEST = {"digit-pair": "5.0 (DRAM)", "digit-sum": "2.5 (DRAM)"}  # Ba et al. 2014, tables 1 and 2
MARKS = {"digit-pair": ("5.0", "2.5"), "digit-sum": ("2.5", "1.0")}  # mark and aim
SHARE = 1 / 4  # of the CNN's arithmetic, at which house numbers are to be read no worse
OF_CNN = "no worse than the CNN at a quarter of its arithmetic"
HEADS = (
    "task", "best to beat", "mark; aim", "agent, wrong in %", "mean and standard deviation over seeds", "CNN, wrong in %",
    "the same over seeds", "agent, mean looks", "agent, multiply-adds", "CNN, multiply-adds",
)  # fmt: skip


def numbers(results: Path) -> list[str]:
    """What ``scripts/benchmarks/digits/rows.py`` has finished."""
    return naming_lines(finished_in(results / FOLDER))


def naming_lines(finished: Mapping[str, Result]) -> list[str]:
    """
    The tables as lines of Markdown.

    :param finished: the content of the JSONs, by any names
    :return: errors of whole answers on the test digits, looks and arithmetic; then what each training took, if there is one
    """
    rows, taken = [], []
    for row in NAMING:
        learned, networks = (of_row(finished, row, variant) for variant in ("learned", CNN))
        aims = MARKS.get(row)
        mark = _against_cnn(learned, networks) if aims is None else "; ".join(marked(one, learned) for one in aims)
        errors = [cell(finished, row, "learned"), over_seeds(learned), cell(finished, row, CNN), over_seeds(networks)]
        looks = ", ".join(f"{one['mean_looks']:.1f}" for one in learned) or NONE
        rows.append([TASKS[row], BEST.get(row, ""), mark, *errors, looks, _arithmetic(learned), _arithmetic(networks)])
        taken += [details(one) for one in (*learned, *networks)]
    lines = table(HEADS, rows)
    return [*lines, "", *table(DETAILS, taken)] if taken else lines


def _against_cnn(learned: Sequence[Result], networks: Sequence[Result]) -> str:
    """The mark of a row that is compared with its CNN, and whether it is reached on mean over seeds."""
    if not learned or not networks:
        return OF_CNN
    ours, theirs = (mean(one["test"]["error_percent"] for one in each) for each in (learned, networks))
    share = mean(one["multiply_adds"] for one in learned) / mean(one["multiply_adds"] for one in networks)
    said = "reached" if ours <= theirs and share <= SHARE else "missed"
    return f"{OF_CNN}: {said} ({ours - theirs:+.2f} points at {100 * share:.0f} %)"


def _arithmetic(results: Sequence[Result]) -> str:
    """Multiply-adds of an image by seed; equal ones once."""
    return ", ".join(dict.fromkeys(f"{one['multiply_adds'] / 1e6:.1f} M" for one in results)) or NONE


def missed(results: Path) -> str:
    """All marks and aims of digits that the mean over seeds is above, in one line."""
    finished = finished_in(results / FOLDER)
    asked: list[tuple[str, tuple[str, ...], str]] = [(about, (MARKS_OF_ONE[row],), row) for row, about in TASKS_OF_ONE.items()]
    asked += [(TASKS[row], aims, row) for row, aims in MARKS.items()]
    told = []
    for about, aims, row in asked:
        learned = of_row(finished, row, "learned")
        said = [marked(aim, learned) for aim in aims if learned]
        told += [f"{about}: {one.replace(f': {MISSED}', '')}" for one in said if MISSED in one]
    return "; ".join(told) or "none"


TABLES = {"digit-numbers": numbers}
VALUES = {"digits-missed": missed}
