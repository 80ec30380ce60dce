"""How often an agent answers wrongly in one of the suite's tasks."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from .clusters import NO_CLUSTER, clustered_standard_error
from .scores import Scores


@dataclass(frozen=True)
class ErrorRate(Scores):
    """
    Share of wrong answers in one of the suite's tasks.

    :param episodes: that were played
    :param error_percent: of them with a wrong answer
    :param standard_error: of ``error_percent``, in the same unit. Episodes with a digit in common are not independent
        (:func:`~saccade.experiments.scoring.clusters.clustered_standard_error`). None if all episodes have one in common
    :param digits: different digits among the episodes; None where the task does not say which digit it shows
    :param split: of the digits; None for a task without a data set
    :param multiply_adds: of the policy in an episode
    """

    episodes: int
    error_percent: float
    standard_error: float | None
    digits: int | None
    split: str | None
    multiply_adds: int

    def found(self) -> dict[str, Any]:
        names = ("episodes", "error_percent", "standard_error", "digits", "split", "multiply_adds")
        return {name: getattr(self, name) for name in names}

    def text(self) -> str:
        error = "" if self.standard_error is None else f" +- {self.standard_error:.2f}"
        of_digits = "" if self.digits is None else f" with {self.digits:,} {self.split} digits"
        clustered = "" if self.digits is None else ", clustered by digit"
        about = "" if self.standard_error is None else f" (+- is the standard error{clustered})"
        return (
            f"{self.env} after {self.env_steps:,} env steps: {self.error_percent:.2f}{error} % wrong of {self.episodes:,} "
            f"episodes{of_digits}{about}, {self.multiply_adds:,} multiply-adds each"
        )


def error_figures(rewards: np.ndarray, items: np.ndarray | None) -> dict[str, Any]:
    """
    Error and standard error in percent.

    :param rewards: (episodes,) 1 for a right answer, else 0
    :param items: (episodes,) the digit of each episode, or (episodes, digits), -1 for none; None if they are not known, then
        episodes count as independent
    :return: ``error_percent``, ``standard_error`` and ``digits``, as in :class:`ErrorRate`
    """
    error = 100 * clustered_standard_error(1 - rewards, items)
    return {
        "error_percent": 100 * (1 - float(rewards.mean())),
        "standard_error": None if math.isnan(error) else error,
        "digits": None if items is None else len(np.unique(items[items != NO_CLUSTER])),
    }
