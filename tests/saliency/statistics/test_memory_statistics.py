import numpy as np
import pytest

from saccade.saliency.statistics.memory_statistics import lag_profile, lags, mean_lag


def test_by_hand():
    """Rows: decisions 0, 1, 2. Weights 1 now, 2 one step back, 3 two steps back."""
    norms = np.array([[1.0, 0, 0], [2, 1, 0], [3, 2, 1]])
    assert lags(norms).tolist() == [[0, -1, -2], [1, 0, -1], [2, 1, 0]]
    assert mean_lag(norms) == pytest.approx((2 + 2 + 6) / 10)
    assert lag_profile(norms).tolist() == [1, 2, 3]


def test_some_decisions_only():
    norms = np.array([[0.0, 5, 0, 1]])
    assert mean_lag(norms, np.array([3])) == pytest.approx(10 / 6)
    assert lag_profile(norms, np.array([3])).tolist() == [1, 0, 5, 0]


def test_a_copy_of_three_steps_back_peaks_there():
    norms = np.eye(10, k=-3) + 0.01
    norms[np.triu_indices(10, 1)] = 0
    assert lag_profile(norms).argmax() == 3
    loop = sum(norms[t, s] * (t - s) for t in range(10) for s in range(10)) / norms.sum()
    assert mean_lag(norms) == pytest.approx(loop)


def test_lags_do_not_reach_across_episodes():
    """Episodes of 4: norm 1 now and 1.5 two steps back; pairs across a start are not lags at all."""
    steps = np.arange(64)
    back, same = steps[:, None] - steps, steps[:, None] // 4 == steps // 4
    norms = np.where(same & (back == 0), 1.0, 0) + np.where(same & (back == 2), 1.5, 0)
    profile = lag_profile(norms, starts=steps % 4 == 0)
    assert profile.tolist() == [1, 0, 1.5, 0]
    assert lag_profile(norms).argmax() == 0  # as if it were one episode


def test_nothing_to_weigh():
    assert np.isnan(mean_lag(np.zeros((3, 3))))
