import numpy as np
import pytest

from saccade.saliency.statistics.map_statistics import entropy, frame_shares, gini, is_constant, magnitude, norms


def test_magnitude_sums_absolute_values_over_the_stack():
    maps = np.array([[[[1.0, -2.0]], [[-3.0, 0.5]]]])  # (1, 2, 1, 2)
    assert magnitude(maps).tolist() == [[[4.0, 2.5]]]
    assert magnitude(np.array([[-1.0, 2.0]])).tolist() == [[[1.0, 2.0]]]


def test_norms_by_hand():
    assert norms(np.array([[[3.0, -4.0]], [[0.0, 0.0]]])).tolist() == [5.0, 0.0]


def test_entropy_from_a_point_to_an_even_spread():
    point, even, half = np.zeros((1, 16)), np.ones((1, 16)), np.repeat([[1.0, 0.0]], 8, axis=1)
    assert entropy(point + np.eye(1, 16)).tolist() == [0.0]
    assert entropy(even).tolist() == [pytest.approx(1.0)]
    assert entropy(half).tolist() == [pytest.approx(np.log(8) / np.log(16))]
    assert np.isnan(entropy(point)).all()
    assert entropy(np.ones((2, 1))).tolist() == [0.0, 0.0]


def test_gini():
    """Of (0, 0, 4, 4) it is 1/2, of one place in four 3/4, of equal shares 0; beside the mean difference of all pairs."""
    maps = np.array([[0.0, 4, 0, 4], [0, 0, 9, 0], [2, 2, 2, 2]])
    assert np.allclose(gini(maps), [0.5, 0.75, 0])
    x = np.random.default_rng(0).random((1, 3, 7))
    pairs = np.abs(x.reshape(-1, 1) - x.reshape(1, -1))
    assert np.allclose(gini(x), pairs.mean() / (2 * x.mean()))
    assert np.isnan(gini(np.zeros((1, 4)))).all()
    assert gini(np.array([[1, 1 + 1e-7, 1 - 1e-7], [1, 1 + 1e-5, 1]])).tolist() == [0.0, pytest.approx(2.22e-6, rel=0.01)]


def test_a_map_is_constant_up_to_rounding():
    rounding = 3 * (1 + np.random.default_rng(0).uniform(-1, 1, (5, 5)) * 1e-7).astype(np.float32)
    maps = np.stack([rounding, -rounding, 1e-12 * rounding, np.zeros((5, 5)), rounding + 1e-5 * np.eye(5), np.eye(5) * 1e-9])
    assert is_constant(maps).tolist() == [True, True, True, True, False, False]


def test_shares_of_a_stack():
    maps = np.zeros((2, 4, 2, 2))
    maps[0, 3], maps[0, 1, 0, 0] = -1, 4
    shares = frame_shares(maps)
    assert shares[0].tolist() == [0, 0.5, 0, 0.5]
    assert np.isnan(shares[1]).all()
