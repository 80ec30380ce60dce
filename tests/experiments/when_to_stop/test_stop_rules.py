"""When to stop, by hand: looks, errors, and the setting that validation chooses."""

import numpy as np
import pytest

from saccade.experiments.when_to_stop.played_looks import PlayedLooks
from saccade.experiments.when_to_stop.stop_rules import StopPoint, chosen, confident_enough, fixed_numbers, looks_until

# Three looks in four episodes.
CONFIDENCE = np.array([[0.9, 0.4, 0.2, 0.5], [0.95, 0.7, 0.3, 0.6], [0.99, 0.9, 0.4, 0.5]])
RIGHT = np.array([[1, 0, 0, 0], [1, 1, 0, 0], [1, 1, 1, 0]], dtype=bool)


def test_looks_by_hand():
    assert looks_until(CONFIDENCE, 0.6).tolist() == [1, 2, 3, 2]
    assert looks_until(CONFIDENCE, 0.0).tolist() == [1, 1, 1, 1]
    assert looks_until(CONFIDENCE, 1.0).tolist() == [3, 3, 3, 3]
    assert looks_until(CONFIDENCE[:1], 0.95).tolist() == [1, 1, 1, 1]


def test_looks_against_a_loop():
    confidence = np.random.default_rng(0).random((6, 200))
    for threshold in (0.2, 0.8, 0.97):
        for i, looks in enumerate(looks_until(confidence, threshold)):
            t = 0
            while t < 5 and confidence[t, i] < threshold:
                t += 1
            assert looks == t + 1


def test_errors_by_hand():
    played = PlayedLooks(CONFIDENCE, RIGHT, None)
    assert [(one.setting, one.mean_looks, one.error_percent) for one in fixed_numbers(played)] == [
        (1, 1, 75),
        (2, 2, 50),
        (3, 3, 25),
    ]
    first, _, last = fixed_numbers(played)
    assert (first.more_errors, last.more_errors) == (50, 0)
    # Of four canvases two are wrong after one look and right after all. If errors were apart, this would be larger: 30.6.
    assert first.standard_error_of_more == pytest.approx(100 * np.std([0, 1, 1, 0]) / 2)
    assert last.standard_error_of_more == 0
    (point,) = confident_enough(played, [0.6])
    assert (point.rule, point.setting, point.mean_looks, point.error_percent) == ("confidence", 0.6, 2, 25)
    assert point.standard_error == pytest.approx(100 * np.sqrt(0.25 * 0.75 / 4))
    assert point.standard_error_of_looks == pytest.approx(np.std([1, 2, 3, 2]) / 2)


def test_canvases_of_one_digit_are_a_cluster():
    twice = PlayedLooks(np.tile(CONFIDENCE, 2), np.tile(RIGHT, 2), np.tile(np.arange(4), 2))
    once = PlayedLooks(CONFIDENCE, RIGHT, np.arange(4))
    for double, single in zip(confident_enough(twice), confident_enough(once), strict=True):
        assert double.error_percent == single.error_percent
        assert double.standard_error == pytest.approx(single.standard_error)
    alone = fixed_numbers(PlayedLooks(CONFIDENCE, RIGHT, np.zeros(4, dtype=int)))
    assert alone[0].standard_error is None
    assert alone[0].standard_error_of_looks is None


def test_the_choice_by_hand():
    def point(setting, looks, error):
        return StopPoint("confidence", setting, looks, None, error, None)

    points = [point(0.5, 1.5, 9.0), point(0.7, 2.5, 4.05), point(0.9, 3.0, 3.9), point(0.99, 5.0, 4.0)]
    assert chosen(points, 4.0, 0.1).setting == 0.7
    assert chosen(points, 4.0, 0.0).setting == 0.9
    assert chosen(points, 3.0, 0.5) is None
    assert chosen([], 3.0, 0.5) is None
