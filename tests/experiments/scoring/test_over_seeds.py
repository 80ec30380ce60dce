"""Interquartile mean and probability of improvement by hand, their draws beside all possible ones and beside rliable's."""

import warnings
from itertools import combinations_with_replacement, product
from math import factorial

import numpy as np
import pytest
from scipy.stats import trim_mean

from saccade.experiments.scoring.over_seeds import (
    SeedCurve,
    aligned,
    bootstrap,
    common_moment,
    improvement,
    interquartile_mean,
    probability_of_improvement,
    resampled,
)


@pytest.mark.parametrize(
    ("scores", "mean"),
    [
        ([5.0], 5.0),
        ([1.0, 2.0, 9.0], 4.0),  # a quarter of 3, rounded down, is none
        ([1.0, 2.0, 4.0, 100.0], 3.0),
        ([7.0, 0.0, 1.0, 2.0, 3.0, 50.0, 60.0, -90.0], 3.25),  # without -90, 0, 50 and 60
    ],
)
def test_interquartile_mean_by_hand(scores, mean):
    assert float(interquartile_mean(np.array(scores)[:, None])) == pytest.approx(mean)
    assert float(interquartile_mean(np.array(scores)[:, None])) == pytest.approx(trim_mean(scores, 0.25))
    several = np.stack([np.array(scores), 2 * np.array(scores)], axis=-1)[:, None]  # (runs, 1, moments)
    assert interquartile_mean(several) == pytest.approx([mean, 2 * mean])


@pytest.mark.parametrize(
    ("better", "worse", "chance"),
    [([1.0], [0.0], 1.0), ([1.0, 3.0], [2.0, 4.0], 0.25), ([2.0, 2.0], [2.0], 0.5), ([1.0, 5.0, 3.0], [3.0, 2.0], 7 / 12)],
)
def test_probability_of_improvement_by_hand(better, worse, chance):
    better, worse = np.array(better), np.array(worse)
    assert float(improvement(better[:, None], worse[:, None])) == pytest.approx(chance)
    assert float(improvement(worse[:, None], better[:, None])) == pytest.approx(1 - chance)


def test_runs_are_aligned_where_all_have_scores():
    steps, scores = aligned(
        [(np.array([10, 20, 30]), np.array([0.0, 1.0, 2.0])), (np.array([15, 25, 45]), np.array([4.0, 6.0, 6.0]))]
    )
    assert steps.tolist() == [15, 20, 25, 30]
    assert scores.tolist() == [[0.5, 1.0, 1.5, 2.0], [4.0, 5.0, 6.0, 6.0]]
    apart = [(np.array([10, 20]), np.zeros(2)), (np.array([30, 40]), np.zeros(2))]
    assert SeedCurve.of("Pong", "pqn", apart) is None


@pytest.mark.parametrize(("runs", "has_interval"), [(1, False), (2, False), (4, False), (5, True), (6, True)])
def test_few_runs_have_no_interval(runs, has_interval):
    scores = np.arange(runs, dtype=float)
    curve = SeedCurve.of("Pong", "pqn", [(np.array([10, 20]), np.array([1.0, score])) for score in scores])
    assert (curve.means.low is not None) == has_interval
    number = f"{runs} run" + "s" * (runs > 1)
    assert curve.text().startswith(f"Pong, pqn, {number}, 20 env steps: {float(interquartile_mean(scores[:, None])):.4g}")
    assert ("(" in curve.text()) == has_interval
    chance = probability_of_improvement(scores, np.arange(5.0) + 0.5)
    assert (chance.low is not None) == has_interval


def test_why_few_runs_have_no_interval():
    """How often a 95 % interval of runs from a normal distribution holds its mean, 0: far too seldom with few runs."""
    random, held = np.random.default_rng(0), {}
    for runs in (2, 3, 4, 20):
        drawn = random.normal(size=(1000, runs))
        means = drawn[np.arange(1000)[:, None, None], random.integers(runs, size=(1000, 200, runs))].mean(axis=2)
        low, high = np.percentile(means, [2.5, 97.5], axis=1)
        held[runs] = ((low < 0) & (high > 0)).mean()
    assert held[2] < 0.55
    assert held[3] < 0.8
    assert held[4] < 0.88
    assert held[20] > 0.9


def test_how_often_an_interval_of_five_runs_holds():
    """Over all draws of five runs, written down: each set of five is as likely as the number of orders in which it can be drawn."""
    draws = list(combinations_with_replacement(range(5), 5))
    orders = np.array([factorial(5) / np.prod([factorial(draw.count(run)) for run in range(5)]) for draw in draws]) / 5**5
    runs = np.sort(np.random.default_rng(0).normal(size=(20_000, 5)))  # their interquartile mean is about 0
    means = runs[:, [draw[1:4] for draw in draws]].mean(axis=2)  # of the middle three of each draw
    assert means[0, draws.index((0, 1, 2, 3, 4))] == pytest.approx(interquartile_mean(runs[0][:, None]))
    order = means.argsort(axis=1)
    below = orders[order].cumsum(axis=1)
    low, high = (np.take_along_axis(means, order, 1)[np.arange(20_000), (below < at).sum(axis=1)] for at in (0.025, 0.975))
    held = ((low < 0) & (high > 0)).mean()
    assert 0.88 < held < 0.945  # the docs say: less than 95 %, about nine in ten


def test_the_last_common_moment():
    def curve(*steps):
        return SeedCurve.of("Pong", "pqn", [(np.array(steps), np.array(steps, dtype=float))])

    assert common_moment(curve(10, 20), curve(5, 15)) == common_moment(curve(5, 15), curve(10, 20)) == 15
    assert common_moment(curve(10, 20), curve(20, 30)) == 20
    assert common_moment(curve(10, 20), curve(25, 30)) is None
    assert curve(10, 20).at(15).tolist() == [15.0]


@pytest.mark.parametrize("runs", [[1.0, 2.0, 9.0], [4.0, 4.5, 5.0, 20.0], [0.0, 10.0]])
def test_the_draws_come_near_all_possible_ones(runs):
    """With few runs every draw can be written down."""
    possible = [float(interquartile_mean(np.array(draw)[:, None])) for draw in product(runs, repeat=len(runs))]
    figures = resampled(interquartile_mean, np.array(runs)[:, None])
    low, high = np.percentile(figures, [2.5, 97.5])
    spread = max(runs) - min(runs)
    assert [low, high] == pytest.approx(np.percentile(possible, [2.5, 97.5], method="inverted_cdf"), abs=0.05 * spread)
    assert figures.mean() == pytest.approx(np.mean(possible), abs=0.05 * spread)
    assert figures.tolist() == resampled(interquartile_mean, np.array(runs)[:, None]).tolist()  # the same each time
    assert np.isnan(bootstrap(interquartile_mean, np.array(runs)[:, None])).all()  # too few for an interval


def test_draws_of_two_agents_are_independent():
    """The difference of two agents with the same runs is 0 in each draw if they were drawn alike."""
    x = np.arange(5.0)[:, None]
    differences = resampled(lambda a, b: a.mean() - b.mean(), x, x)
    assert differences.std() == pytest.approx(np.sqrt(2 * x.var() / 5), rel=0.1)


def test_tasks_are_drawn_by_themselves():
    """All runs of a task alike: then the draws differ in nothing, unless runs of one task stood in for another's."""
    scores = np.repeat(np.array([[1.0, 7.0, 100.0]]), 5, axis=0)
    assert bootstrap(lambda drawn: drawn.mean(0), scores).tolist() == [[1.0, 7.0, 100.0]] * 2


def test_runs_that_never_overlap_have_no_interval_and_alike_ones_have():
    """Drawing from five runs that all beat the others gives 1 each time: that is not an interval."""
    x, y = np.arange(5.0) + 10, np.arange(5.0)
    sure = probability_of_improvement(x, y)
    assert (float(sure.value), sure.low, sure.high) == (1.0, None, None)
    alike = probability_of_improvement(x, x)
    assert alike.low < alike.value == 0.5 < alike.high


def test_intervals_are_those_of_rliable():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of its own future
        rliable = pytest.importorskip("rliable.library")
        from rliable import metrics

        random = np.random.default_rng(0)
        x, y = random.normal(5, 1, (6, 2)), random.normal(4, 1, (5, 2))

        def theirs(scores: object, figure: object) -> np.ndarray:
            return rliable.get_interval_estimates({"": scores}, figure, reps=2000)[1][""].ravel()

        of_mean = theirs(x, lambda s: np.array([metrics.aggregate_iqm(s)]))
        of_chance = theirs((x, y), lambda s, t: np.array([metrics.probability_of_improvement(s, t)]))
    assert float(interquartile_mean(x)) == pytest.approx(metrics.aggregate_iqm(x))
    assert float(improvement(x, y)) == pytest.approx(metrics.probability_of_improvement(x, y))
    assert np.percentile(resampled(interquartile_mean, x), [2.5, 97.5]) == pytest.approx(of_mean, abs=0.05)
    assert np.percentile(resampled(improvement, x, y), [2.5, 97.5]) == pytest.approx(of_chance, abs=0.04)
