"""The clustered standard error: by hand, against other formulas, and its edges."""

import math

import numpy as np
import pytest

from saccade.experiments.scoring.clusters import clustered_standard_error


def test_by_hand():
    """Two digits, three and one canvases: mean 0.5; excess of the digits 1.5 - 1.0 = 0.5 and -0.5; sqrt(0.5) / 4."""
    values, clusters = np.array([1.0, 1.0, 0.0, 0.0]), np.array([7, 7, 7, 2])
    assert clustered_standard_error(values, clusters) == pytest.approx(math.sqrt(0.25 + 0.25) / 4)


def test_one_canvas_a_digit_is_the_binomial_one():
    values = np.random.default_rng(0).random(400) < 0.07
    share = values.mean()
    expected = math.sqrt(share * (1 - share) / 400)
    assert clustered_standard_error(values, np.random.default_rng(1).permutation(400)) == pytest.approx(expected)
    assert clustered_standard_error(values) == pytest.approx(expected)


def test_copies_of_a_canvas_count_once():
    once = (np.random.default_rng(2).random(300) < 0.2).astype(float)
    alike = np.repeat(once, 5)
    assert clustered_standard_error(alike, np.repeat(np.arange(300), 5)) == pytest.approx(clustered_standard_error(once))
    assert clustered_standard_error(alike) == pytest.approx(clustered_standard_error(once) / math.sqrt(5))  # counted five times


def test_it_is_the_robust_error_of_a_regression_on_a_constant():
    """Sums over all pairs of one cluster, for clusters of different sizes."""
    rng = np.random.default_rng(3)
    values, clusters = rng.normal(size=90), rng.integers(0, 20, size=90)
    excess = values - values.mean()
    same = clusters[:, None] == clusters[None, :]
    assert clustered_standard_error(values, clusters) == pytest.approx(math.sqrt((excess[:, None] * excess * same).sum()) / 90)


def test_it_is_about_the_spread_of_means_of_new_digits():
    """Digits of different difficulty, some with more canvases than others: 2,000 repetitions."""
    rng = np.random.default_rng(4)
    sizes = rng.integers(1, 8, size=60)
    clusters = np.repeat(np.arange(60), sizes)
    means, told = [], []
    for _ in range(2000):
        hard = (rng.random(60) < 0.3)[clusters]
        wrong = rng.random(len(clusters)) < np.where(hard, 0.8, 0.02)
        means.append(wrong.mean())
        told.append(clustered_standard_error(wrong, clusters))
    assert np.mean(told) == pytest.approx(np.std(means), rel=0.06)
    assert clustered_standard_error(wrong) < 0.75 * np.mean(told)  # as if independent


def test_edges():
    assert clustered_standard_error(np.zeros(6), np.array([0, 0, 1, 1, 2, 2])) == 0
    assert math.isnan(clustered_standard_error(np.array([0.0, 1.0]), np.array([3, 3])))  # one digit
    assert math.isnan(clustered_standard_error(np.array([])))
    assert math.isnan(clustered_standard_error(np.array([1.0])))
    assert math.isnan(clustered_standard_error(np.array([]), np.array([])))
