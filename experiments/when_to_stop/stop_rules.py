"""Rules that say after which look an agent answers, and the error that each of them leaves."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..scoring.clusters import clustered_standard_error
from .played_looks import PlayedLooks

THRESHOLDS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9999)
FIXED, CONFIDENCE, OWN = "fixed", "confidence", "own"


@dataclass(frozen=True)
class StopPoint:
    """
    A rule with its setting.

    :param rule: ``"fixed"``: always after the same number of looks; ``"confidence"``: after the first look at which the likeliest
        answer has at least some probability, and after the last look in any case; ``"own"``: when the agent says so
    :param setting: the number of looks, the probability, or the price of a look in training
    :param mean_looks: up to the answer
    :param standard_error_of_looks: of that, clustered by digit as all errors here; None if there are fewer than two clusters
    :param error_percent: of wrong answers
    :param standard_error: of that, in percent
    :param more_errors: than after all looks at the same canvases, in points; None for an agent that decides by itself
    :param standard_error_of_more: of that. It is smaller than what the errors of both would give, since most canvases are alike
    """

    rule: str
    setting: float
    mean_looks: float
    standard_error_of_looks: float | None
    error_percent: float
    standard_error: float | None
    more_errors: float | None = None
    standard_error_of_more: float | None = None


def fixed_numbers(played: PlayedLooks) -> list[StopPoint]:
    """Each number of looks, from 1 to all."""
    count = played.right.shape[1]
    return [_point(FIXED, looks, played, np.full(count, looks)) for looks in range(1, played.looks + 1)]


def confident_enough(played: PlayedLooks, thresholds: Sequence[float] = THRESHOLDS) -> list[StopPoint]:
    """
    Each threshold of the probability of the likeliest answer.

    :param played: looks
    :param thresholds: from 0 to 1
    """
    return [_point(CONFIDENCE, one, played, looks_until(played.confidence, one)) for one in thresholds]


def looks_until(confidence: np.ndarray, threshold: float) -> np.ndarray:
    """
    Looks up to the first one with enough confidence.

    :param confidence: (T, n)
    :param threshold: that is reached, or exceeded
    :return: (n,) from 1 to T
    """
    enough = confidence >= threshold
    looks: np.ndarray = np.where(enough.any(0), enough.argmax(0) + 1, len(confidence))
    return looks


def chosen(points: Sequence[StopPoint], error_percent: float, within: float) -> StopPoint | None:
    """
    The setting with the fewest looks whose error is low enough.

    :param points: on validation digits
    :param error_percent: of an agent that takes all looks, on the same digits
    :param within: by how many points the error may be larger
    :return: None if no setting is good enough
    """
    good = [point for point in points if point.error_percent <= error_percent + within]
    return min(good, key=lambda point: point.mean_looks, default=None)


def _point(rule: str, setting: float, played: PlayedLooks, looks: np.ndarray) -> StopPoint:
    right = played.right[looks - 1, np.arange(len(looks))]
    more = played.right[-1].astype(float) - right
    of_looks, of_error, of_more = (clustered_standard_error(x, played.items) for x in (looks, 1.0 - right, more))
    return StopPoint(
        rule,
        setting,
        float(looks.mean()),
        None if np.isnan(of_looks) else of_looks,
        100 * (1 - float(right.mean())),
        None if np.isnan(of_error) else 100 * of_error,
        100 * float(more.mean()),
        None if np.isnan(of_more) else 100 * of_more,
    )
