"""How often a victim is right."""

import math

import numpy as np
import pytest
import torch as th
from attacked_toys import Linear, TwoTiles
from scipy.stats import binomtest

from saccade.experiments.attacking.judging import Judged, judged, wilson_interval
from saccade.experiments.scoring.clusters import clustered_standard_error


@pytest.mark.parametrize(("right", "count"), [(0, 7), (7, 7), (3, 10), (997, 1000)])
def test_the_interval_is_that_of_scipy(right, count):
    expected = binomtest(right, count).proportion_ci(0.95, "wilson")
    assert wilson_interval(right, count) == pytest.approx((expected.low, expected.high), abs=1e-6)


def test_a_random_victim_is_judged_over_fresh_gazes():
    """The left tile is right and the right one wrong for label 1: (0.8 * -2 < 0.8 is wrong; 0.2 * 4 > 0.2 * 0.5 is right)."""
    victim, count = TwoTiles(), 50
    images, labels = th.tensor([0.8, 0.2]).view(1, 1, 1, 2).expand(count, -1, -1, -1), th.ones(count, dtype=th.long)
    chance = 1 / (1 + math.exp(3 * 0.6))  # of the right tile
    found = judged(victim, images, labels, 400, th.Generator().manual_seed(0))
    assert found.shares.mean() == pytest.approx(chance, abs=4 * (chance * (1 - chance) / (400 * count)) ** 0.5)
    assert found.shares.std() > 0
    assert not found.majority.any()
    again = judged(victim, images, labels, 400, th.Generator().manual_seed(0))
    assert (again.shares == found.shares).all()


def test_a_deterministic_victim_is_asked_once():
    asked = []

    class Counting(Linear):
        def answer(self, images, noise=None, gazes=None, through_gaze=False):
            asked.append(len(images))
            return super().answer(images)

    found = judged(Counting(th.eye(3)), th.eye(3).view(3, 1, 1, 3), th.tensor([0, 1, 0]), 10, th.Generator())
    assert asked == [3]
    assert found.shares.tolist() == [1, 1, 0]
    assert found.majority.tolist() == [True, True, False]


def test_figures_by_hand():
    found = Judged(np.array([1.0, 0.5, 0.0, 0.5]), np.array([True, True, False, False])).figures(np.array([4, 4, 5, 6]))
    assert (found["accuracy"], found["majority"], found["canvases"]) == (0.5, 0.5, 4)
    assert found["standard_error"] == clustered_standard_error(np.array([1.0, 0.5, 0.0, 0.5]), np.array([4, 4, 5, 6]))
    assert found["interval"] == list(wilson_interval(2, 4))
    assert Judged(np.array([1.0]), np.array([True])).figures()["standard_error"] is None
