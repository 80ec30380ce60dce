"""Means over runs and games, with intervals."""

import numpy as np
import pytest

from saccade.saliency.statistics.bootstrap import mean_interval
from saccade.scripts.benchmarks.objects.estimates import (
    difference,
    difference_of_differences,
    estimate,
    log_of_growth,
)


def row(states: list[int], games: list[int] | None = None, **means: list[float]) -> dict:
    return {"games": list(range(len(states))) if games is None else games, "states": states, **means}


def test_states_count_in_a_run_and_each_run_counts_once():
    first, second = row([1, 3], x=[0.0, 4.0]), row([1], x=[5.0])
    assert estimate([[(first, "x")]])[0] == 3
    both = estimate([[(first, "x")], [(second, "x")]])
    assert (both.mean, both.by_run, both.states) == (4, (3, 5), 5)
    assert np.isnan([both.low, both.high]).all()  # fewer than five games


def test_of_one_run_it_is_the_bootstrap_over_its_games():
    random = np.random.default_rng(0)
    games = np.repeat(np.arange(8), random.integers(1, 6, 8))
    values = random.normal(size=len(games)) + random.normal(size=8)[games]
    means = [float(values[games == game].mean()) for game in range(8)]
    found = estimate([[(row(np.bincount(games).tolist(), x=means), "x")]], seed=4)
    assert found[:3] == pytest.approx(mean_interval(values, games, seed=4))


def test_few_runs_stay_in_and_many_are_drawn():
    """Runs differ much more than games: with five runs the interval holds that, with four it speaks of these four alone."""
    runs = [[(row([2] * 6, x=[10.0 * i + 0.1 * game for game in range(6)]), "x")] for i in range(5)]
    four, five = estimate(runs[:4]), estimate(runs)
    assert four.high - four.low < 1
    assert five.high - five.low > 15
    assert five.low < five.mean < five.high


def test_a_game_is_drawn_with_all_its_states_of_both_kinds():
    """Where A minus V is the same in both kinds of a game, there is no doubt about their difference, whatever games there are."""
    base = [0.0, 5.0, -3.0, 8.0, 1.0, 2.0]
    ahead = row([3] * 6, value=[0.0] * 6, advantage=[x + 1 for x in base])
    free = row([3] * 6, value=[0.0] * 6, advantage=base)
    parts = [(ahead, "advantage"), (ahead, "value"), (free, "advantage"), (free, "value")]
    found = estimate([parts], difference_of_differences)
    assert found[:3] == pytest.approx((1, 1, 1))
    assert found.states == 36
    alone = estimate([parts[:2]], difference)
    assert alone.high - alone.low > 3


def test_kinds_with_other_games_by_hand():
    """Of game 7 there is no free state, of game 9 no state with a car ahead."""
    ahead, free = row([1, 1], [7, 8], x=[2.0, 4.0]), row([1, 3], [8, 9], x=[1.0, 5.0])
    assert estimate([[(ahead, "x"), (free, "x")]], difference).mean == 3 - 4


def test_growth_by_hand():
    """A's maps are three times as strong in the first kind of states, V's half as strong: A grows six times as much."""
    strong, weak = row([2] * 5, a=[3.0] * 5, v=[1.0] * 5), row([2] * 5, a=[1.0] * 5, v=[2.0] * 5)
    parts = [(strong, "a"), (strong, "v"), (weak, "a"), (weak, "v")]
    assert estimate([parts], log_of_growth).exp()[:3] == pytest.approx((6, 6, 6))
    assert estimate([parts, parts[2:] + parts[:2]], log_of_growth).exp().mean == pytest.approx(1)


def test_a_run_without_a_part_does_not_count():
    known = row([2, 2], x=[1.0, 3.0])
    found = estimate([[(known, "x"), (None, "x")], [(known, "x"), (row([], x=[]), "x")], [(known, "x"), (known, "x")]], difference)
    assert (found.by_run, found.states) == ((0,), 4)
    nothing = estimate([[(None, "x")]])
    assert np.isnan(nothing.mean)
    assert (nothing.states, nothing.by_run, nothing.side) == (0, (), 0)


def test_a_side_needs_the_interval_and_every_run():
    around = [0.1 * game for game in range(6)]
    runs = [[(row([2] * 6, x=[level + x for x in around]), "x")] for level in (1.0, 2.0, -0.5)]
    assert estimate(runs[:2]).side == 1
    mixed = estimate(runs)
    assert mixed.low > 0
    assert mixed.side == 0  # one run says the opposite
    assert estimate([[(row([2] * 6, x=[-1.0 - x for x in around]), "x")]]).side == -1
    assert estimate([[(row([2] * 4, x=[1.0] * 4), "x")]]).side == 0  # too few games to say anything
