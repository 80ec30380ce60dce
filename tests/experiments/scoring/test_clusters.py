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


def test_the_clustered_error_is_the_robust_error_of_a_regression_on_a_constant():
    """Sums over all pairs of one cluster, for clusters of different sizes."""
    rng = np.random.default_rng(3)
    values, clusters = rng.normal(size=90), rng.integers(0, 20, size=90)
    excess = values - values.mean()
    same = clusters[:, None] == clusters[None, :]
    assert clustered_standard_error(values, clusters) == pytest.approx(math.sqrt((excess[:, None] * excess * same).sum()) / 90)


def test_the_clustered_error_is_about_the_spread_of_means_of_new_digits():
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


def test_canvases_with_several_digits_by_hand():
    """
    Digits (7, 8), (8, 9), (5, none) and (5, 6); mean 0.5, excess 0.5, 0.5, -0.5, -0.5. The first two share 8, the last two 5: each
    pair counts twice. So the sum is 4 * 0.25 of single canvases, 2 * 0.25 of the first pair and 2 * 0.25 of the second: 2.
    """
    values, digits = np.array([1.0, 1.0, 0.0, 0.0]), np.array([[7, 8], [8, 9], [5, -1], [5, 6]])
    assert clustered_standard_error(values, digits) == pytest.approx(math.sqrt(2) / 4)
    assert clustered_standard_error(values, digits[:, :1]) == clustered_standard_error(values, digits[:, 0])
    with_none = np.column_stack([digits[:, 0], np.full(4, -1)])
    assert clustered_standard_error(values, with_none) == pytest.approx(clustered_standard_error(values, digits[:, 0]))


def test_the_clustered_error_is_the_sum_over_all_pairs_with_a_common_digit(monkeypatch):
    monkeypatch.setattr("saccade.experiments.scoring.clusters.AT_ONCE", 70)  # so there are several parts
    rng = np.random.default_rng(5)
    digits = rng.integers(0, 60, size=(200, 3))
    digits[:, 1:][rng.random((200, 2)) < 0.4] = -1
    of_digit = rng.normal(size=60)
    values = np.where(digits >= 0, of_digit[digits], 0).sum(1)
    excess = values - values.mean()
    total = sum(
        excess[i] * excess[j] for i in range(200) for j in range(200) if (set(digits[i].tolist()) & set(digits[j].tolist())) - {-1}
    )
    assert total > 0
    assert clustered_standard_error(values, digits) == pytest.approx(math.sqrt(total) / 200)


def test_several_digits_give_about_the_spread_of_means_of_new_digits():
    """Pairs of 150 digits, each first digit on five canvases, some digits hard: 500 repetitions with new digits."""
    rng = np.random.default_rng(6)
    means, told, by_first = [], [], []
    for _ in range(500):
        digits = np.column_stack([np.repeat(np.arange(150), 5), rng.integers(0, 150, size=750)])
        hard = rng.random(150) < 0.1
        wrong = (rng.random(750) < np.where(hard[digits].any(1), 0.7, 0.02)).astype(float)
        means.append(wrong.mean())
        told.append(clustered_standard_error(wrong, digits))
        by_first.append(clustered_standard_error(wrong, digits[:, 0]))
    assert np.mean(told) == pytest.approx(np.std(means), rel=0.1)
    assert np.mean(by_first) < 0.85 * np.mean(told)  # as if the second digits were independent


def test_the_clustered_error_is_never_below_that_of_the_first_digits():
    """The two canvases of 1 and 2 differ, and so do those of 3 and 4, so pairs take away what single canvases have."""
    values, digits = np.array([1.0, 0.0, 1.0, 0.0]), np.array([[1, 2], [2, 1], [3, 4], [4, 3]])
    assert clustered_standard_error(values, digits) == clustered_standard_error(values, digits[:, 0]) == 0.25


def test_no_two_canvases_without_a_common_digit():
    assert math.isnan(clustered_standard_error(np.array([0.0, 1.0, 1.0]), np.array([[1, 2], [2, 3], [3, 1]])))
    assert math.isnan(clustered_standard_error(np.array([]), np.zeros((0, 2), dtype=int)))
