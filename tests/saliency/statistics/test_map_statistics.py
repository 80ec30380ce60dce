import numpy as np
import pytest
from scipy.stats import spearmanr

from saccade.saliency.statistics.map_statistics import drift, entropy, gini, magnitude, norms, rank_correlation, top_overlap


def test_magnitude_sums_absolute_values_over_the_stack():
    maps = np.array([[[[1.0, -2.0]], [[-3.0, 0.5]]]])  # (1, 2, 1, 2)
    assert magnitude(maps).tolist() == [[[4.0, 2.5]]]
    assert magnitude(np.array([[-1.0, 2.0]])).tolist() == [[[1.0, 2.0]]]


def test_norms_by_hand():
    assert norms(np.array([[[3.0, -4.0]], [[0.0, 0.0]]])).tolist() == [5.0, 0.0]


def test_rank_correlation_against_scipy_pair_by_pair_with_ties():
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 4, (5, 6, 6)).astype(float), rng.normal(size=(5, 6, 6))
    expected = [spearmanr(x.ravel(), y.ravel()).statistic for x, y in zip(a, b, strict=True)]
    assert np.allclose(rank_correlation(a, b), expected)
    assert np.allclose(rank_correlation(b, np.exp(b)), 1)
    assert np.allclose(rank_correlation(b, -b), -1)
    assert np.isnan(rank_correlation(np.ones((1, 4)), b[:1].reshape(1, -1)[:, :4])).all()


def test_top_overlap_by_hand():
    a = np.arange(10.0)[None]
    b = a.copy()
    b[0, [9, 0]] = 0.0, 9.0  # the largest two of b are places 0 and 8, of a 9 and 8
    assert top_overlap(a, b, fraction=0.2).tolist() == [pytest.approx(1 / 3)]
    assert top_overlap(a, a).tolist() == [1.0]
    assert top_overlap(a, -a).tolist() == [0.0]
    assert top_overlap(np.array([[1.0]]), np.array([[5.0]])).tolist() == [1.0]


def test_top_overlap_of_independent_maps_is_about_a_twentieth():
    a, b = np.random.default_rng(0).random((2, 200, 400))
    assert top_overlap(a, b).mean() == pytest.approx(0.1 / 1.9, abs=0.01)


def test_entropy_from_a_point_to_an_even_spread():
    point, even, half = np.zeros((1, 16)), np.ones((1, 16)), np.repeat([[1.0, 0.0]], 8, axis=1)
    assert entropy(point + np.eye(1, 16)).tolist() == [0.0]
    assert entropy(even).tolist() == [pytest.approx(1.0)]
    assert entropy(half).tolist() == [pytest.approx(np.log(8) / np.log(16))]
    assert np.isnan(entropy(point)).all()
    assert entropy(np.ones((2, 1))).tolist() == [0.0, 0.0]


def test_drift_by_hand():
    now = np.array([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0], [0.0, 0.0]])
    before = np.array([[2.0, 0.0], [0.0, 3.0], [-1.0, 0.0], [1.0, 1.0]])
    assert drift(now, before)[:3].tolist() == [0.0, 1.0, 2.0]
    assert np.isnan(drift(now, before)[3])


def test_gini():
    """Of (0, 0, 4, 4) it is 1/2, of one place in four 3/4, of equal shares 0; beside the mean difference of all pairs."""
    maps = np.array([[0.0, 4, 0, 4], [0, 0, 9, 0], [2, 2, 2, 2]])
    assert np.allclose(gini(maps), [0.5, 0.75, 0])
    x = np.random.default_rng(0).random((1, 3, 7))
    pairs = np.abs(x.reshape(-1, 1) - x.reshape(1, -1))
    assert np.allclose(gini(x), pairs.mean() / (2 * x.mean()))
    assert np.isnan(gini(np.zeros((1, 4)))).all()
