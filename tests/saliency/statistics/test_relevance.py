"""Shares of maps on things, by hand and by slow ways."""

import numpy as np
import pytest

from saccade.saliency.statistics.relevance import pointing, pointing_by_chance, relevance_mass


def test_mass_by_hand():
    """Half of the strength on a quarter of the area is twice what an even map has."""
    strength = np.array([[[3.0, 1.0], [1.0, 1.0]]])
    corner = np.array([[[1.0, 0.0], [0.0, 0.0]]])
    assert relevance_mass(strength, corner).tolist() == [2.0]
    assert relevance_mass(strength, corner / 2).tolist() == [2.0]  # a thing of half the size in the same place
    assert relevance_mass(strength, 1 - corner).tolist() == pytest.approx([0.5 / 0.75])


def test_mass_at_the_edges():
    strength = np.random.default_rng(0).random((3, 4, 5))
    assert relevance_mass(strength, np.ones((3, 4, 5))).tolist() == pytest.approx([1, 1, 1])  # covers everything
    assert relevance_mass(np.ones((3, 4, 5)), strength).tolist() == pytest.approx([1, 1, 1])  # an even map
    assert np.isnan(relevance_mass(strength, np.zeros((3, 4, 5)))).all()  # the thing is not there
    assert np.isnan(relevance_mass(np.zeros((3, 4, 5)), strength)).all()  # a map of zeros
    assert relevance_mass(7.5 * strength, strength > 0.5) == pytest.approx(relevance_mass(strength, strength > 0.5))


def test_masses_of_a_division_add_up_to_one():
    random = np.random.default_rng(1)
    strength, labels = random.random((6, 9, 8)), random.integers(4, size=(6, 9, 8))
    areas = [(labels == k).mean(axis=(1, 2)) for k in range(4)]
    whole = sum(area * relevance_mass(strength, (labels == k).astype(float)) for k, area in enumerate(areas))
    assert whole == pytest.approx(np.ones(6))


def test_mass_beside_a_loop():
    random = np.random.default_rng(2)
    strength, covered = random.random((4, 5, 6)), random.random((4, 5, 6))
    for one, share, found in zip(strength, covered, relevance_mass(strength, covered), strict=True):
        on, total, area = 0.0, 0.0, 0.0
        for place in np.ndindex(5, 6):
            on, total, area = on + one[place] * share[place], total + one[place], area + share[place] / 30
        assert found == pytest.approx(on / total / area)


def test_pointing_by_hand():
    strength = np.array([[[1.0, 5.0], [2.0, 3.0]]] * 3 + [[[5.0, 5.0], [0.0, 1.0]]])
    covered = np.zeros((4, 2, 2))
    covered[0, 0, 1] = 0.1
    covered[1, 1, 0] = 1.0
    covered[3, 0, 0] = 1.0
    assert pointing(strength, covered)[[0, 1]].tolist() == [1.0, 0.0]
    assert np.isnan(pointing(strength, covered)[2])  # the thing is not there
    assert pointing(strength, covered)[3] == 0.5  # one of two equally large places
    assert np.isnan(pointing(np.ones((1, 2, 2)), np.ones((1, 2, 2)))).all()
    assert pointing_by_chance(covered)[:2].tolist() == [0.25, 0.25]
    assert np.isnan(pointing_by_chance(covered)[2])


def test_pointing_of_random_maps_is_chance():
    random = np.random.default_rng(3)
    covered = np.zeros((4000, 4, 5))
    covered[:, 1:3, 2:4] = 0.5
    assert pointing(random.random((4000, 4, 5)), covered).mean() == pytest.approx(4 / 20, abs=0.03)
    assert pointing_by_chance(covered) == pytest.approx(np.full(4000, 0.2))
