"""Pong's ball and paddles, beside the game's own numbers in RAM."""

import numpy as np
import pytest
from played_screens import Seen, at_random, lefts, play, tops

from saccade.saliency.objects.pong import FIELD, pong

BALL_X, BALL_Y, OTHER_Y, OWN_Y = 49, 54, 50, 51  # addresses
OTHER_COLUMN, OWN_COLUMN, HEIGHT, WIDTH = 16, 140, 16, 4  # of the paddles, in pixels
TOLERANCE = 1  # pixel; RAM is a frame ahead of the screen


@pytest.fixture(scope="module")
def seen() -> Seen:
    return Seen.of(pong, play("pong", at_random, 400, seed=3))


def expected_paddle(y: int, column: int) -> np.ndarray:
    """The part of a paddle between the walls."""
    mask = np.zeros((210, 160), dtype=bool)
    mask[max(y, FIELD.start) : min(max(y + HEIGHT, 0), FIELD.stop), column : column + WIDTH] = True
    return mask


def test_the_ball_is_where_ram_says(seen):
    ball, ram = seen.objects["ball"], seen.ram
    there = ram[:, BALL_Y] != 0
    assert 100 < there.sum() < len(there)
    right = np.abs(lefts(ball) - (ram[:, BALL_X] - 49)) <= TOLERANCE
    right &= np.abs(tops(ball) - (ram[:, BALL_Y] - 15)) <= TOLERANCE
    right &= ball.sum(axis=(1, 2)) <= 8  # 2 x 4 pixels, fewer behind a wall
    right = np.where(there, right, ~ball.any(axis=(1, 2)))
    assert right.mean() >= 0.95


def test_the_paddles_are_where_ram_says(seen):
    found, ram = seen.objects, seen.ram
    for name, address, column, offset in (("own_paddle", OWN_Y, OWN_COLUMN, 14), ("other_paddle", OTHER_Y, OTHER_COLUMN, 15)):
        known = ram[:, address] > offset
        right = []
        for mask, y in zip(found[name][known], ram[known, address] - offset, strict=True):
            # RAM may be one frame, that is some pixels, ahead: the nearest of three places counts.
            off = min(np.sum(mask != expected_paddle(int(y) + shift, column)) for shift in (-1, 0, 1))
            right.append(off == 0)
        assert known.mean() > 0.5
        assert np.mean(right) >= 0.95, name


def test_nothing_is_two_things_and_the_bars_are_walls(seen):
    found = seen.objects
    assert (sum(x.astype(int) for x in found.values()) <= 1).all()
    assert found["walls"][:, 24:34].all()
    assert found["walls"][:, 194:].all()
    assert not found["walls"][:, :24].any()
    assert found["score"][:, :24].any(axis=(1, 2)).all()


def test_an_empty_screen_has_nothing():
    assert not any(x.any() for x in pong(np.zeros((2, 210, 160, 3), np.uint8)).values())
