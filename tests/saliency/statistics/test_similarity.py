import numpy as np
import pytest
from scipy.stats import spearmanr

from saccade.saliency.statistics.similarity import drift, rank_correlation, structural_similarity, top_overlap


def test_rank_correlation_against_scipy_pair_by_pair_with_ties():
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 4, (5, 6, 6)).astype(float), rng.normal(size=(5, 6, 6))
    expected = [spearmanr(x.ravel(), y.ravel()).statistic for x, y in zip(a, b, strict=True)]
    assert np.allclose(rank_correlation(a, b), expected)
    assert np.allclose(rank_correlation(b, np.exp(b)), 1)
    assert np.allclose(rank_correlation(b, -b), -1)
    assert np.isnan(rank_correlation(np.ones((1, 4)), b[:1].reshape(1, -1)[:, :4])).all()


def test_the_ranks_of_rounding_are_no_correlation():
    random = np.random.default_rng(0)
    flat = 1 + 1e-7 * random.uniform(-1, 1, (2, 6, 6))
    steep = random.uniform(size=(2, 6, 6))
    assert np.isnan(rank_correlation(flat, steep)).all()
    assert np.isnan(rank_correlation(steep, flat)).all()
    assert np.isnan(rank_correlation(flat, flat)).all()
    assert np.allclose(rank_correlation(1 + 1e-4 * steep, steep), 1)


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


def test_drift_by_hand():
    now = np.array([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0], [0.0, 0.0]])
    before = np.array([[2.0, 0.0], [0.0, 3.0], [-1.0, 0.0], [1.0, 1.0]])
    assert drift(now, before)[:3].tolist() == [0.0, 1.0, 2.0]
    assert np.isnan(drift(now, before)[3])


def slowly(x: np.ndarray, y: np.ndarray) -> float:
    """The paper's formula with its 11x11 Gaussian window, place by place, on places whose window is whole."""
    x, y = x / x.max(), y / y.max()
    offsets = np.arange(-5, 6)
    window = np.exp(-(offsets[:, None] ** 2 + offsets**2) / (2 * 1.5**2))
    window /= window.sum()
    found = []
    for i in range(5, x.shape[0] - 5):
        for j in range(5, x.shape[1] - 5):
            a, b = x[i - 5 : i + 6, j - 5 : j + 6], y[i - 5 : i + 6, j - 5 : j + 6]
            ma, mb = (window * a).sum(), (window * b).sum()
            va, vb = (window * (a - ma) ** 2).sum(), (window * (b - mb) ** 2).sum()
            cov = (window * (a - ma) * (b - mb)).sum()
            found.append((2 * ma * mb + 1e-4) * (2 * cov + 9e-4) / ((ma**2 + mb**2 + 1e-4) * (va + vb + 9e-4)))
    return float(np.mean(found))


def test_beside_the_formula_place_by_place():
    """The mean over all places differs at the borders only; a wide image makes them count little."""
    random = np.random.default_rng(0)
    a = random.random((1, 80, 80))
    b = 0.5 * a + 0.5 * random.random((1, 80, 80))
    assert structural_similarity(a, b)[0] == pytest.approx(slowly(a[0], b[0]), abs=0.01)


def test_ends_of_the_scale():
    random = np.random.default_rng(1)
    a = random.random((2, 30, 30))
    assert np.allclose(structural_similarity(a, 7 * a), 1)  # each map has its own colour scale
    assert abs(structural_similarity(a, random.random((2, 30, 30)))).max() < 0.3
    assert np.isnan(structural_similarity(a[:1], np.zeros((1, 30, 30)))).all()
