import numpy as np
import pytest

from saccade.saliency.checks.blind.orders import centre_gaussian
from saccade.saliency.checks.causal.squares import (
    Holding,
    centre_corners,
    corners_elsewhere,
    side_of,
    square_masks,
    top_corners,
)

SHAPE = (5, 4)


def test_squares_by_hand():
    """2x2 of 5x4: the top one is where the sum is largest, and the other does not touch it."""
    strength = np.zeros((50, *SHAPE))
    strength[:, 3, 2], strength[:, 2, 1], strength[:, 0, 0] = 2, 1, 2.5
    side = side_of(SHAPE, 0.2)
    corners = top_corners(strength, side)
    assert (side, corners.tolist()) == (2, [[2, 1]] * 50)
    others = corners_elsewhere(corners, SHAPE, side, np.random.default_rng(0))
    top, elsewhere = (square_masks(x, SHAPE, side) for x in (corners, others))
    expected = np.zeros(SHAPE, dtype=bool)
    expected[2:4, 1:3] = True
    assert (top == expected).all()
    assert (elsewhere.sum(axis=(1, 2)) == 4).all()
    assert not (top & elsewhere).any()
    assert len({mask.tobytes() for mask in elsewhere}) > 1
    assert centre_corners(2, SHAPE, side).tolist() == [[1, 1]] * 2


def test_a_map_without_a_top_has_no_squares():
    for nothing in (np.zeros((1, *SHAPE)), np.full((1, *SHAPE), np.nan), np.full((1, *SHAPE), 3.0)):
        corners = top_corners(nothing, 2)
        assert corners.tolist() == [[-1, -1]]
        assert corners_elsewhere(corners, SHAPE, 2, np.random.default_rng(0)).tolist() == [[-1, -1]]
        assert not square_masks(corners, SHAPE, 2).any()


def test_places_elsewhere_are_even_over_all_that_is_free():
    """A 1x1 square at the left end of a row of five: each of the other four places is drawn a quarter of the time."""
    found = corners_elsewhere(np.zeros((4000, 2), int), (1, 5), 1, np.random.default_rng(0))
    shares = np.bincount(found[:, 1], minlength=5) / 4000
    assert shares[0] == 0
    assert np.allclose(shares[1:], 0.25, atol=0.03)


def test_a_held_square_moves_when_the_top_one_has_moved_by_its_side():
    """Tops at columns 0 to 3 with a side of 3: the first three keep the place; at 3 a new one is drawn. Then there is no map."""
    random, holding, shape = np.random.default_rng(1), Holding(), (3, 40)
    places = [holding.follow(np.array([[0, column]]), shape, 3, random)[0].tolist() for column in (0, 1, 2, 3)]
    assert places[0] == places[1] == places[2] != places[3]
    assert holding.follow(np.array([[-1, -1]]), shape, 3, random).tolist() == [[-1, -1]]
    assert holding.follow(np.array([[0, 4]]), shape, 3, random).tolist() == [places[3]]


def test_a_held_square_begins_with_the_first_map():
    random, holding, shape = np.random.default_rng(1), Holding(), (3, 40)
    assert holding.follow(np.array([[-1, -1]]), shape, 3, random).tolist() == [[-1, -1]]
    (row, column) = holding.follow(np.array([[0, 9]]), shape, 3, random)[0]
    assert (row, abs(column - 9) >= 3) == (0, True)


def test_squares_that_do_not_fit():
    with pytest.raises(ValueError, match="do not fit beside each other into 4x4"):
        side_of((4, 4), 0.5)
    side = side_of((20, 20), 0.2)
    with pytest.raises(ValueError, match="no other fits into 20x20"):
        corners_elsewhere(top_corners(centre_gaussian((20, 20))[None], side), (20, 20), side, np.random.default_rng(0))
