from itertools import product

import numpy as np
import pytest
from scipy.stats import norm, t

from saccade.saliency.statistics.bootstrap import (
    UNDEFINED,
    Interval,
    ends,
    enough_groups,
    lag_one_autocorrelation,
    mean_interval,
    ratio_intervals,
    weights_of,
)


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


def test_states_of_a_group_are_drawn_together_and_strata_stay():
    """Two runs; the first one has the games 7 and 8, the second one has 7 alone."""
    groups, strata = np.array([7, 8, 8, 7, 7]), np.array([0, 0, 0, 1, 1])
    weights = weights_of(groups, strata, 50, seed=1)
    assert weights.shape == (50, 5)
    assert (weights[:, 1] == weights[:, 2]).all()
    assert (weights[:, 0] + weights[:, 1] == 2).all()
    assert (weights[:, 3:] == 1).all()
    assert set(weights[:, 0]) == {0, 1, 2}
    assert (weights_of(groups, None, 50)[:, [0, 1]].sum(axis=1) == 2).all()  # without strata there are two groups
    assert np.array_equal(weights, weights_of(groups, strata, 50, seed=1))


def test_groups_beside_all_their_resamples():
    """Five games of one, two or three states have 5^5 resamples, which can be listed."""
    groups = np.array([3, 3, 5, 9, 9, 9, 1, 0])
    random = np.random.default_rng(3)
    x, unit = random.normal(1, 1, 8), random.uniform(1, 2, 8)
    every = []
    for drawn in product(np.unique(groups), repeat=5):
        rows = np.concatenate([np.flatnonzero(groups == game) for game in drawn])
        every.append(x[rows].sum() / unit[rows].sum())
    tail = norm.cdf(t.ppf(0.025, 4) * (5 / 4) ** 0.5)
    (found,) = ratio_intervals(x[None], unit[None], resamples=40_000, groups=groups)
    assert found.estimate == pytest.approx(x.sum() / unit.sum())
    assert found.low == pytest.approx(np.quantile(every, tail), abs=0.03)
    assert found.high == pytest.approx(np.quantile(every, 1 - tail), abs=0.03)


def test_groups_hold_the_truth_where_states_of_a_game_are_alike():
    """Eight games of eight states, where three quarters of the variance is that of the game. States alone do not hold the truth."""
    random, games, inside = np.random.default_rng(1), np.arange(64) % 8, np.zeros(2)
    for _ in range(300):
        x = random.normal(0, 3**0.5, 8)[games] + random.normal(0, 1, 64)
        for i, groups in enumerate((games, None)):
            found = mean_interval(x, groups, resamples=400)
            inside[i] += found.low <= 0 <= found.high
    assert inside[0] / 300 == pytest.approx(0.95, abs=0.04)
    assert inside[1] / 300 < 0.7


def test_a_mean_leaves_out_what_is_not_defined():
    x, games = np.array([1.0, np.nan, 3.0, 5.0, 2.0, 4.0, np.nan]), np.array([0, 0, 1, 2, 3, 4, 5])
    found = mean_interval(x, games)
    assert found.estimate == 3
    assert found == mean_interval(x[~np.isnan(x)], games[~np.isnan(x)])
    assert np.isnan(mean_interval(np.full(3, np.nan))).all()
    assert np.isnan(mean_interval(np.array([]))).all()


def test_fewer_than_five_groups_have_no_ends():
    x = np.arange(12.0)
    for count, known in ((4, False), (5, True)):
        found = mean_interval(x, np.arange(12) % count)
        assert found.estimate == 5.5
        assert np.isfinite(found[1:]).all() == known
        assert (enough_groups(np.arange(12) % count) is None) != known
    assert enough_groups(None) is None


def test_ends_count_what_is_not_defined_against_both():
    """One resample in ten thousand may be anything; one in three leaves no ends. Of several figures each has its own."""
    figures = np.tile(np.linspace(0, 1, 9999)[:, None], 2)
    figures = np.vstack([figures, [[np.nan, 0.5]]])
    lows, highs = ends(figures, 1000)
    assert lows == pytest.approx([0.025, 0.025], abs=1e-3)
    assert highs == pytest.approx([0.975, 0.975], abs=1e-3)
    assert lows[0] <= lows[1]
    assert highs[1] <= highs[0]
    figures[::3, 1] = np.nan
    assert np.isnan(ends(figures, 1000)).tolist() == [[False, True], [False, True]]
    assert np.isnan(ends(figures, 4)).all()


def test_following_by_hand():
    """Of 1, 2, 3: deviations -1, 0, 1, products 0, so 0. Of 1, -1, 1, -1: products -3 over 4. Of 0, 0, 1, 1: (1 - 1 + 1) / 4."""
    assert lag_one_autocorrelation(np.array([[1.0, 2.0, 3.0]])) == 0
    assert lag_one_autocorrelation(np.array([[1.0, -1.0, 1.0, -1.0]])) == -3 / 4
    assert lag_one_autocorrelation(np.array([[0.0, 0.0, 1.0, 1.0]])) == pytest.approx(1 / 4)
    assert lag_one_autocorrelation(np.array([[0.0, 0.0, 1.0, 1.0], [5.0, 5.0, 5.0, 5.0]])) == pytest.approx(1 / 4)
    assert lag_one_autocorrelation(np.sin(np.arange(50) / 8)[None]) > 0.8
    assert np.isnan(lag_one_autocorrelation(np.ones((2, 5))))
    assert np.isnan(lag_one_autocorrelation(np.array([[1.0, 2.0]])))


def test_following_is_that_within_each_game():
    """0, 0, 1, 1 by hand, 1/4 in one game. In two games that lie between each other, the pairs are 0-0 and 1-1, or 0-1 and 0-1."""
    x = np.array([[0.0, 1.0, 0.0, 1.0]])
    assert lag_one_autocorrelation(x) < 0
    assert lag_one_autocorrelation(x, np.array([5, 3, 5, 3])) == pytest.approx((1 / 4 + 1 / 4) * 3 / 2)
    assert lag_one_autocorrelation(x, np.array([5, 5, 3, 3])) == pytest.approx((-1 / 4 - 1 / 4) * 3 / 2)
    assert lag_one_autocorrelation(x, np.zeros(4)) == lag_one_autocorrelation(x)
    slow = np.sin(np.arange(40) / 8)
    lying_between = np.stack([slow, np.random.default_rng(0).permutation(slow)]).T.reshape(1, -1)
    of_both = lag_one_autocorrelation(lying_between, np.arange(80) % 2)
    assert of_both == pytest.approx((lag_one_autocorrelation(slow[None]) + 0) / 2, abs=0.2)
    assert np.isnan(lag_one_autocorrelation(np.arange(5.0)[None], np.arange(5)))  # no game has two states


def test_an_interval_as_text():
    two_digits = "{:.2f}".format
    assert Interval(0.5, 0.25, 0.75).text(two_digits) == "0.50 [0.25, 0.75]"
    assert Interval(0.5, np.nan, np.nan).text(two_digits) == "0.50"
    assert Interval(0.5, 0.25, 0.75).text(two_digits, bold=True) == "**0.50** [0.25, 0.75]"
    assert UNDEFINED.text(two_digits) == ""
