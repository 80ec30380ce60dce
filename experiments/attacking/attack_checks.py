"""
Whether an attack works, computed from its rows (Carlini et al. 2019, "On evaluating adversarial robustness", section 5).

A network that withstands an attack which fails one of these checks is not shown to be robust.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from .methods.ladder import RUNGS
from .planned_rows import GAUSSIAN, UNIFORM, WORST

Row = Mapping[str, Any]
LARGE = 0.5  # eps from which every canvas can be made the same grey one
NOTHING_LEFT = 0.05  # accuracy that counts as none
CLOSE = 0.02  # difference of two accuracies that counts as none
CNN_FALLS_AT = 0.3  # eps at which a plain CNN on MNIST has no accuracy left (Madry et al. 2018)


def attack_checks(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """
    All checks of all victims.

    :param rows: as the result has them
    :return: for each ``check``, ``victim``, ``passed`` (None if the rows do not say it), ``rule`` and the ``figures`` that decide
    """
    found: list[dict[str, Any]] = []
    for victim in dict.fromkeys(row["victim"] for row in rows):
        own = [row for row in rows if row["victim"] == victim]
        found += [{**check(own), "victim": victim} for check in CHECKS]
    return found


def _said(check: str, rule: str, passed: bool | None, figures: Any) -> dict[str, Any]:
    return {"check": check, "passed": passed, "rule": rule, "figures": figures}


def _falls_to_nothing(rows: Sequence[Row]) -> dict[str, Any]:
    """Success goes to 100 % as eps grows."""
    at = {row["eps"]: row["accuracy"] for row in _of(rows, WORST) if row["eps"] >= LARGE}
    passed = at[max(at)] <= NOTHING_LEFT if at else None
    return _said("success goes to 100 %", f"worst accuracy at eps {LARGE} or more is at most {NOTHING_LEFT}", passed, at)


def _monotone(rows: Sequence[Row]) -> dict[str, Any]:
    """A larger eps allows all that a smaller one does."""
    worst = sorted(_of(rows, WORST), key=lambda row: row["eps"])
    pairs = list(pairwise(worst))
    passed = all(later["accuracy"] <= earlier["accuracy"] + _slack(earlier, later) for earlier, later in pairs) if pairs else None
    figures = {row["eps"]: row["accuracy"] for row in worst}
    return _said("monotone in eps", "worst accuracy never rises with eps by more than two standard errors", passed, figures)


def _steps_doubled(rows: Sequence[Row]) -> dict[str, Any]:
    """An attack that has converged gains nothing by more steps."""
    rungs = [row for row in rows if row["attack"] in RUNGS and row["steps"]]
    usual = min((row["steps"] for row in rungs), default=0)
    figures, passed = {}, None
    for row in rungs:
        if row["steps"] == 2 * usual:
            (before,) = (
                each
                for each in rungs
                if each["steps"] == usual and all(each[name] == row[name] for name in ("attack", "loss", "eps"))
            )
            figures = {"attack": row["attack"], "eps": row["eps"], usual: before["accuracy"], 2 * usual: row["accuracy"]}
            passed = before["accuracy"] - row["accuracy"] <= CLOSE + _slack(before, row)
    rule = f"twice the steps lower the accuracy by at most {CLOSE} and two standard errors"
    return _said("twice the steps change nothing", rule, passed, figures)


def _gradient_free(rows: Sequence[Row]) -> dict[str, Any]:
    """Where random search does better than a gradient, the gradient is masked."""
    figures, passed = {}, None
    for row in _of(rows, "square"):
        best = _lowest(each for each in rows if each["eps"] == row["eps"] and _has_gradient(each))
        if best is not None:
            figures[row["eps"]] = {"square": row["accuracy"], best["attack"]: best["accuracy"]}
            passed = passed is not False and best["accuracy"] <= row["accuracy"] + CLOSE + _slack(best, row)
    rule = f"the best gradient attack leaves at most {CLOSE} and two standard errors more accuracy than the square attack"
    return _said("a gradient beats random search", rule, passed, figures)


def _score_beats_frozen(rows: Sequence[Row]) -> dict[str, Any]:
    """A gradient that knows of the gaze does no worse than one that does not."""
    figures, passed = {}, None
    for eps in sorted({row["eps"] for row in _of(rows, "score")}):
        frozen, score = (_lowest(row for row in _of(rows, rung) if row["eps"] == eps) for rung in ("frozen", "score"))
        if frozen is not None and score is not None:
            figures[eps] = {"frozen": frozen["accuracy"], "score": score["accuracy"]}
            passed = passed is not False and score["accuracy"] <= frozen["accuracy"] + CLOSE + _slack(frozen, score)
    rule = f"EOT with the score-function term leaves at most {CLOSE} and two standard errors more accuracy than frozen gazes"
    return _said("the score-function term does no harm", rule, passed, figures)


def _undefended_cnn(rows: Sequence[Row]) -> dict[str, Any]:
    """An undefended network without a gaze falls as published."""
    at = {row["eps"]: row["accuracy"] for row in _of(rows, "gradient") if row["eps"] >= CNN_FALLS_AT}
    first = min(at, default=None)
    passed = None if first is None else at[first] <= NOTHING_LEFT
    rule = f"accuracy of a network without a gaze under PGD at eps {CNN_FALLS_AT} is at most {NOTHING_LEFT}"
    return _said("an undefended CNN falls", rule, passed, at)


def _beats_noise(rows: Sequence[Row]) -> dict[str, Any]:
    """Noise that nobody has chosen does less than the attack."""
    figures, passed = {}, None
    for row in _of(rows, WORST):
        noise = _lowest(each for each in rows if each["attack"] in (UNIFORM, GAUSSIAN) and each["eps"] == row["eps"])
        if noise is not None:
            figures[row["eps"]] = {"worst": row["accuracy"], noise["attack"]: noise["accuracy"]}
            passed = passed is not False and row["accuracy"] <= noise["accuracy"] + _slack(row, noise)
    return _said("the attack beats noise", "worst accuracy is at most that under noise and two standard errors", passed, figures)


CHECKS = (
    _falls_to_nothing,
    _monotone,
    _steps_doubled,
    _gradient_free,
    _score_beats_frozen,
    _undefended_cnn,
    _beats_noise,
)


def _of(rows: Sequence[Row], attack: str) -> list[Row]:
    return [row for row in rows if row["attack"] == attack]


def _has_gradient(row: Row) -> bool:
    return row["attack"] in RUNGS and RUNGS[row["attack"]].has_gradient


def _lowest(rows: Iterable[Row]) -> Row | None:
    return min(rows, key=lambda row: row["accuracy"], default=None)


def _slack(one: Row, other: Row) -> float:
    """Two standard errors of the difference of two accuracies, as if their canvases were not the same; 0 where one is not known."""
    return 2 * math.hypot(one["standard_error"] or 0.0, other["standard_error"] or 0.0)
