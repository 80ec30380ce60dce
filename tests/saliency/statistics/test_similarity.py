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
    assert top_overlap(a + b, a + b, fraction=1e-9).tolist() == [1.0]  # at least one place


def spot(*places: int) -> np.ndarray:
    """A map of 100 places that is 0 outside a few."""
    found = np.zeros((1, 10, 10))
    found.reshape(-1)[list(places)] = 1
    return found


def test_places_of_zeros_are_no_top_places():
    """The top tenth has ten places, and the maps have three that are not 0."""
    assert top_overlap(spot(50, 51, 52), spot(80, 81, 82)).tolist() == [0.0]
    assert top_overlap(spot(50, 51, 52), spot(51, 52, 53)).tolist() == [0.5]
    assert top_overlap(spot(50, 51, 52), 7 * spot(50, 51, 52)).tolist() == [1.0]
    assert top_overlap(spot(50, 51, 52) - 3, spot(80, 81, 82)).tolist() == [0.0]  # whatever the least value is
    dense = np.arange(100.0).reshape(1, 10, 10)
    assert top_overlap(spot(90, 91), dense).tolist() == [0.2]


def test_a_constant_map_has_no_top_places():
    dense = np.random.default_rng(0).random((1, 10, 10))
    for flat in (np.zeros((1, 10, 10)), np.ones((1, 10, 10)), 1 + 1e-8 * dense):
        assert np.isnan(top_overlap(flat, flat)).all()
        assert np.isnan(top_overlap(flat, dense)).all()
        assert np.isnan(top_overlap(dense, flat)).all()
    assert np.isnan(top_overlap(np.ones((1, 1)), np.ones((1, 1)))).all()  # one place is not larger than others


def test_top_overlap_of_dense_maps_is_that_of_the_sorted_places():
    a, b = np.random.default_rng(0).normal(size=(2, 6, 20, 20))
    for x, y, found in zip(a, b, top_overlap(a, b), strict=True):
        tops = [set(np.argsort(-z.ravel())[:40].tolist()) for z in (x, y)]
        assert found == len(tops[0] & tops[1]) / len(tops[0] | tops[1])


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
