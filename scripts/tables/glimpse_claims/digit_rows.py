"""Rows of single digits on a canvas, from the JSONs of the finished items."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from saccade.scripts.benchmarks.digits.items import CNN, GAZES, NETWORKS, ROWS, SAME_TASK, SEVERAL
from saccade.scripts.benchmarks.digits.items import results as finished_in
from saccade.scripts.tables.glimpse_claims.published import BEST_SEEN, RAM
from saccade.scripts.tables.markdown import error_text, short_commit, table

FOLDER = "glimpses/rows"  # in results/
TASKS = {
    "centred-28": "28x28, 8x8 patch, 7 glimpses",
    "translated-60": "60x60 translated",
    "cluttered-60-fc": "60x60 cluttered, fully connected",
    "cluttered-60": "60x60 cluttered, two convolutions",
    "cluttered-100": "100x100 cluttered",
}
BEST = {  # errors to beat; with the marks of this protocol
    "centred-28": f"{RAM['centred-28']} (RAM)",
    "translated-60": f"{RAM['translated-60']} (RAM)",
    "cluttered-60-fc": f"{RAM['cluttered-60-fc']} (RAM)",
    "cluttered-60": f"{BEST_SEEN['cluttered-60']} (best seen)",
    "cluttered-100": f"{RAM['cluttered-100']} (RAM), {BEST_SEEN['cluttered-100']} (best seen)",
}
MARKS = {"centred-28": "1.07", "translated-60": "0.8", "cluttered-60-fc": "4.0", "cluttered-60": "1.3", "cluttered-100": "1.7"}
DETAILS = ("training", "seed", "images", "multiply-adds an image", "validation error", "test error", "hours", "commit")
NONE, MISSED = "not run", "missed"
LEAST_SEEDS = 3  # for a spread over seeds

Result = Mapping[str, Any]


class EqualSeedsError(ValueError):
    """Two results are of one training."""


def rows(results: Path) -> list[str]:
    """What ``scripts/benchmarks/digits/rows.py`` has finished."""
    return table_lines(finished_in(results / FOLDER))


def table_lines(finished: Mapping[str, Result]) -> list[str]:
    """
    The tables as lines of Markdown.

    :param finished: the content of the JSONs, by any names
    :return: errors on the test digits; the short trainings under each gaze; the learned gaze under other gazes on the validation
        digits; and what each training took
    """
    errors, alike, under_others, taken = [], [], [], []
    for row in ROWS:
        learned = of_row(finished, row, "learned")
        known = [TASKS[row], BEST[row], marked(MARKS[row], learned)]
        errors.append([*known, cell(finished, row, "learned"), over_seeds(learned), cell(finished, row, CNN)])
        under = [[one["validation_under_other_gazes"][gaze] for one in learned] for gaze in ("random", "centre")]
        figures: list[list[Result]] = [[one["validation"] for one in learned], *under]
        under_others.append([TASKS[row], *(", ".join(map(error_text, each)) or NONE for each in figures)])
        for variant in (*GAZES, *NETWORKS):
            for short in (False, True):
                taken += [details(result) for result in of_row(finished, row, variant, short)]
    for row in SEVERAL:
        images = {f"{one['images'] / 1e6:.2f} M" for gaze in GAZES for one in of_row(finished, row, gaze, short=True)}
        cells = [cell(finished, row, gaze, short=True) for gaze in GAZES]
        alike.append([TASKS[row], ", ".join(sorted(images)) or NONE, *cells])
    heads = ("task", "best to beat", "mark", "learned gaze", "mean and standard deviation over seeds", "CNN on the whole image")
    lines = table(heads, errors)
    lines += ["", *table(("trained alike, short", "images", "learned gaze", "random gaze", "gaze at the centre"), alike)]
    others = ("the same network, random gaze", "the same network, gaze at the centre")
    lines += ["", *table(("task, validation digits", "learned gaze", *others), under_others)]
    return [*lines, "", *table(DETAILS, taken)]


def of_row(finished: Mapping[str, Result], row: str, variant: str, short: bool = False) -> list[Result]:
    """
    The results of a row and a variant, by seed.

    :raises EqualSeedsError: if two have one seed: they are one training
    """
    asked = (row, variant, short)
    found = [one for one in finished.values() if (one["row"], one["variant"], one.get("short", False)) == asked]
    if len({one["seed"] for one in found}) < len(found):
        raise EqualSeedsError(f"two results of {row}, {variant} have the same seed, so they are not two trainings; remove one")
    return sorted(found, key=lambda one: one["seed"])


def cell(finished: Mapping[str, Result], row: str, variant: str, short: bool = False) -> str:
    """The test errors of a row and a variant, by seed."""
    if variant == CNN and row in SAME_TASK:
        return f"as for {TASKS[SAME_TASK[row]]}"
    return ", ".join(error_text(one["test"]) + _unfinished(one) for one in of_row(finished, row, variant, short)) or NONE


def _unfinished(result: Result) -> str:
    return " (not converged)" if result.get("converged") is False else ""


def marked(mark: str, results: Sequence[Result]) -> str:
    """
    A mark, and whether the mean test error over seeds is above it. All seeds are tested on the same digits.

    :param mark: in percent; empty for none
    :param results: of a row, by seed
    """
    if not mark or not results:
        return mark
    tests = [one["test"] for one in results]
    above = mean(each["error_percent"] for each in tests) - float(mark)
    errors = [each["standard_error"] for each in tests]
    close = None not in errors and abs(above) < 2 * mean(errors)
    said = MISSED if above > 0 else "reached"
    return f"{mark}: {said}{', by less than 2 standard errors' if close else ''}"


def over_seeds(results: Sequence[Result]) -> str:
    """Mean and sample standard deviation of the test errors, from three seeds on."""
    if len(results) < LEAST_SEEDS:
        return f"{len(results)} seed{'s' * (len(results) != 1)}"
    errors = [one["test"]["error_percent"] for one in results]
    return f"{mean(errors):.2f}, {stdev(errors):.2f} ({len(errors)} seeds)"


def details(result: Result) -> list[str]:
    """What one training took, under ``DETAILS``."""
    share = "" if result["share_of_full_length"] == 1 else f" ({result['share_of_full_length']:g} of the full length)"
    short = ", short" if result.get("short") else ""
    rate = (
        f", learning rate {result['learning_rate']:g} of {len(result['validation_of_rates'])}{_unfinished(result)}"
        if "learning_rate" in result
        else ""
    )
    return [
        f"{result['row']}, {result['variant']}{short}{rate}{share}",
        str(result["seed"]),
        _images(result),
        f"{result['multiply_adds'] / 1e6:.1f} M",
        error_text(result["validation"]),
        error_text(result["test"]),
        f"{result['seconds'] / 3600:.1f}",
        short_commit(result["commit"]),
    ]


def _images(result: Result) -> str:
    """Of all learning rates together, and how many networks shared them."""
    told, rates = f"{result['images'] / 1e6:.2f} M", len(result.get("validation_of_rates", ()))
    return told if rates < 2 else f"{told} over {rates} rates"


TABLES = {"digit-rows": rows}
