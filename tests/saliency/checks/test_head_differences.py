"""Differences of two heads over runs and states."""

import numpy as np
import pytest

from saccade.saliency.checks.head_differences import estimate, masses_of, ratio_of_strength
from saccade.saliency.statistics.relevance import mean_interval


def test_each_run_counts_once():
    found = estimate([np.array([1.0, 1.0, 1.0, np.nan]), np.array([3.0, 3.0])])
    assert found == (2.0, 2.0, 2.0, 5)  # not 9/5
    assert found.as_json() == {"mean": 2.0, "low": 2.0, "high": 2.0, "states": 5}


def test_of_one_run_it_is_the_bootstrap_over_states():
    values = np.random.default_rng(0).normal(size=50)
    found = estimate([values], seed=3)
    assert (found.low, found.high) == pytest.approx(mean_interval(values, seed=3))
    assert found.mean == pytest.approx(values.mean())


def test_the_interval_of_three_runs_is_narrower():
    random = np.random.default_rng(1)
    runs = [random.normal(size=40) for _ in range(3)]
    one, three = estimate(runs[:1]), estimate(runs)
    assert (three.high - three.low) == pytest.approx((one.high - one.low) / np.sqrt(3), rel=0.3)


def test_estimates_at_the_edges():
    assert estimate([]).as_json() == {"mean": None, "low": None, "high": None, "states": 0}
    assert estimate([np.array([np.nan])]).states == 0
    single = estimate([np.array([2.0])])
    assert (single.mean, single.states) == (2.0, 1)
    assert np.isnan(single.low)
    assert estimate([np.array([np.nan, np.nan]), np.array([1.0, 1.0])]) == (1.0, 1.0, 1.0, 2)


def test_ratio_by_hand():
    """A's maps are three times as strong in the first kind of states, V's half as strong: A grows six times as much."""
    a, v = np.array([3.0, 3.0]), np.array([1.0, 1.0])
    assert ratio_of_strength([(a, v)], [(a / 3, 2 * v)]) == pytest.approx((6, 6, 6, 4))
    two = ratio_of_strength([(a, v), (a, v)], [(a / 3, 2 * v), (6 * a, v)])  # 6 and 1/6
    assert two.mean == pytest.approx(1)
    assert ratio_of_strength([], []).states == 0
    assert ratio_of_strength([(a[:1], v[:1])], [(a, v)]).states == 0


def test_ratio_has_its_figure_inside_the_interval():
    random = np.random.default_rng(2)
    first, second = [[(random.gamma(4, size=30), random.gamma(4, size=30)) for _ in range(3)] for _ in range(2)]
    found = ratio_of_strength(first, second)
    assert found.low < found.mean < found.high
    means = [np.log([x.mean() for x in pair]) for pair in (*first, *second)]
    by_hand = np.mean([a - v for a, v in means[:3]]) - np.mean([a - v for a, v in means[3:]])
    assert found.mean == pytest.approx(np.exp(by_hand))


def test_masses_of_the_newest_frame():
    signed = np.zeros((1, 2, 2, 2))
    signed[0, 0, 0, 0], signed[0, 1, 1, 1] = 1.0, -1.0
    corner = {"corner": np.array([[[1.0, 0.0], [0.0, 0.0]]])}
    assert masses_of(signed, corner)["corner"].tolist() == [2.0]
    assert masses_of(signed, corner, newest=1)["corner"].tolist() == [0.0]
