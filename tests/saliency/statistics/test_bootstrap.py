import numpy as np
import pytest
from scipy.stats import t

from saccade.saliency.statistics.bootstrap import following, ratio_intervals


def test_equal_states_leave_no_doubt():
    (found,) = ratio_intervals(np.full((1, 9), 3.0), np.full((1, 9), 2.0))
    assert found == (1.5, 1.5, 1.5)


@pytest.mark.parametrize("count", [8, 20, 100])
def test_with_a_fixed_unit_it_is_about_students_interval(count):
    """An independent formula, for states of a normal distribution."""
    x = np.random.default_rng(count).normal(1.0, 0.5, count)
    (found,) = ratio_intervals(x[None], np.full((1, count), 2.0), resamples=20_000)
    half = t.ppf(0.975, count - 1) * x.std(ddof=1) / count**0.5
    assert found.estimate == pytest.approx(x.mean() / 2)
    assert found.high - found.low == pytest.approx(half, rel=0.2)


def test_it_holds_the_truth_as_often_as_it_says():
    random, inside = np.random.default_rng(0), 0
    for _ in range(300):
        unit = random.uniform(1, 2, 12)
        (found,) = ratio_intervals((0.3 * unit + random.normal(0, 0.5, 12))[None], unit[None], resamples=400)
        inside += found.low <= 0.3 <= found.high
    assert 0.91 <= inside / 300 <= 0.985


def test_numerator_and_denominator_of_a_state_stay_together():
    unit = np.random.default_rng(0).uniform(1, 9, (1, 10))
    (found,) = ratio_intervals(0.5 * unit, unit)
    assert found.low == pytest.approx(0.5)
    assert found.high == pytest.approx(0.5)


def test_several_at_once_are_those_alone_and_the_seed_counts():
    random = np.random.default_rng(0)
    x, unit = random.normal(size=(3, 10)), random.uniform(1, 2, (3, 10))
    together = ratio_intervals(x, unit, seed=4)
    for i in range(3):
        assert ratio_intervals(x[i : i + 1], unit[i : i + 1], seed=4)[0] == pytest.approx(together[i])
    assert together != ratio_intervals(x, unit, seed=5)


def test_what_is_not_defined():
    (one,) = ratio_intervals(np.ones((1, 1)), np.ones((1, 1)))
    assert one.estimate == 1
    assert np.isnan(one[1:]).all()
    nothing, some = ratio_intervals(np.ones((2, 9)), np.stack([np.zeros(9), np.ones(9)]))
    assert np.isnan(nothing).all()
    assert some.estimate == 1


def test_a_unit_that_is_zero_in_most_states_leaves_no_interval():
    """A third of the draws miss the only state with a unit."""
    unit = np.eye(8)[:1]
    (found,) = ratio_intervals(np.ones((1, 8)), unit)
    assert found.estimate == 8
    assert np.isnan(found[1:]).all()


def test_following_by_hand():
    """Of 1, 2, 3: deviations -1, 0, 1, products 0, so 0. Of 1, -1, 1, -1: products -3 over 4. Of 0, 0, 1, 1: (1 - 1 + 1) / 4."""
    assert following(np.array([[1.0, 2.0, 3.0]])) == 0
    assert following(np.array([[1.0, -1.0, 1.0, -1.0]])) == -3 / 4
    assert following(np.array([[0.0, 0.0, 1.0, 1.0]])) == pytest.approx(1 / 4)
    assert following(np.array([[0.0, 0.0, 1.0, 1.0], [5.0, 5.0, 5.0, 5.0]])) == pytest.approx(1 / 4)
    assert following(np.sin(np.arange(50) / 8)[None]) > 0.8
    assert np.isnan(following(np.ones((2, 5))))
    assert np.isnan(following(np.array([[1.0, 2.0]])))
