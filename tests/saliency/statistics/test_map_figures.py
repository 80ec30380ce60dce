import numpy as np
import pytest

from saccade.saliency.statistics.map_figures import mean_of_defined


def test_a_mean_over_what_is_defined():
    assert mean_of_defined(np.array([1.0, np.nan, 4.0])) == pytest.approx(2.5)
    x = np.where(np.random.default_rng(0).random(50) < 0.4, np.nan, np.arange(50.0))
    assert mean_of_defined(x) == pytest.approx(sum(each for each in x if each == each) / (x == x).sum())


def test_nothing_defined_has_no_mean():
    assert np.isnan(mean_of_defined(np.full(3, np.nan)))
    assert np.isnan(mean_of_defined(np.array([])))
