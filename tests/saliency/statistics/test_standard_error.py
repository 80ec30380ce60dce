from statistics import stdev

import numpy as np
import pytest

from saccade.saliency.statistics.standard_error import standard_error


def test_by_hand():
    """1, 2, 3: standard deviation 1 over the root of 3. 0, 4: deviations 2 and -2, so the root of 8 over that of 2."""
    assert standard_error(np.array([1.0, 2.0, 3.0])) == pytest.approx(3**-0.5)
    assert standard_error(np.array([0, 4])) == pytest.approx(2)


def test_by_the_sum_over_pairs():
    """An independent formula: the squared differences of all pairs (i, j) have the sum 2 N (N - 1) times the variance."""
    x = np.random.default_rng(0).normal(3, 2, (7, 4))
    squares = ((x[:, None] - x[None]) ** 2).sum(axis=(0, 1)) / (2 * 7 * 6)
    assert np.allclose(standard_error(x), np.sqrt(squares / 7))
    assert standard_error(x)[2] == pytest.approx(stdev(x[:, 2].tolist()) / 7**0.5)


def test_fewer_than_two_say_nothing():
    assert np.isnan(standard_error(np.array([1.0])))
    assert np.isnan(standard_error(np.array([])))
    assert np.isnan(standard_error(np.ones((1, 3)))).tolist() == [True] * 3
    assert standard_error(np.full((5, 2), 0.3)).tolist() == pytest.approx([0, 0])
