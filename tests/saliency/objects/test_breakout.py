"""Breakout's ball, paddle and bricks, beside the game's own numbers in RAM."""

import numpy as np
import pytest
from played_screens import Seen, lefts, play, tops

from saccade.saliency.objects.breakout import HIGH, LEFT, RIGHT, ROWS, TOP, WIDE, breakout

PADDLE_X, BALL_X, BALL_Y = 72, 99, 101  # addresses
BRICK_BYTES, EMPTY = 36, 24  # bytes from 0 on with two bits for each brick, and 24 bits that are always set
PADDLE_ROW = 189


@pytest.fixture(scope="module")
def seen() -> Seen:
    """The ball is served now and then, and the paddle moves at random, so that some balls come back."""
    return Seen.of(
        breakout,
        play(
            "breakout",
            lambda t, actions, random: actions[1] if t % 5 == 0 else actions[2 + random.integers(2)],
            900,
            seed=1,
            every=2,
        ),
    )


def test_the_ball_is_where_ram_says(seen):
    """Between the walls and above the paddle; beside the paddle the two have one colour."""
    ball, ram = seen.objects["ball"], seen.ram
    x, y = ram[:, BALL_X] - 49, ram[:, BALL_Y] + 9
    flying = (ram[:, BALL_Y] != 0) & (y < PADDLE_ROW - 4)
    assert flying.sum() > 100
    right = (np.abs(lefts(ball) - x) <= 1) & (np.abs(tops(ball) - y) <= 1) & (ball.sum(axis=(1, 2)) <= 8)
    assert right[flying].mean() >= 0.95
    nowhere = ram[:, BALL_Y] == 0
    assert nowhere.any()
    assert not ball[nowhere].any()


def test_the_paddle_is_where_ram_says(seen):
    paddle, ram = seen.objects["paddle"], seen.ram
    x = np.maximum(ram[:, PADDLE_X] - 47, LEFT)
    expected = np.zeros_like(paddle)
    for mask, left in zip(expected, x, strict=True):
        mask[PADDLE_ROW : PADDLE_ROW + 4, left : min(left + 16, RIGHT)] = True
    alike = (paddle & expected).sum(axis=(1, 2)) / (paddle | expected).sum(axis=(1, 2))
    assert (alike > 0.85).mean() >= 0.95


def test_there_are_as_many_bricks_as_ram_has_bits(seen):
    bricks = seen.objects["bricks"]
    places = bricks[:, TOP : TOP + HIGH * len(ROWS), LEFT:RIGHT].reshape(len(bricks), len(ROWS), HIGH, -1, WIDE)
    counted = (places.mean(axis=(2, 4)) > 0.5).sum(axis=(1, 2))
    bits = np.unpackbits(seen.ram[:, :BRICK_BYTES].astype(np.uint8), axis=1).sum(axis=1)
    assert counted.max() == 108
    assert counted.min() < 108
    assert (counted == (bits - EMPTY) // 2).mean() >= 0.95


def screen() -> np.ndarray:
    """A screen by hand, with walls, all bricks and a paddle."""
    frame = np.zeros((210, 160, 3), np.uint8)
    frame[17:196, :8] = frame[17:196, 152:] = frame[17:32] = 142
    for i, colour in enumerate(ROWS):
        frame[57 + 6 * i : 63 + 6 * i, 8:152] = (colour >> 16, colour >> 8 & 255, colour & 255)
    frame[189:193, 100:116] = (200, 72, 72)
    return frame


@pytest.mark.parametrize("place", [(120, 60), (66, 60), (58, 40), (92, 100), (189, 30)], ids=str)
def test_a_ball_is_told_from_bricks_and_paddle_of_its_colour(place):
    """On black, among bricks of other colours, in a gap of the red row, half behind the lowest row, beside the paddle."""
    frame = screen()
    row, column = place
    if row == 58:
        frame[57:63, 40:48] = 0
    drawn = (slice(row, row + 4), slice(column, column + 2))
    frame[drawn] = np.maximum(frame[drawn], (200, 72, 72))
    found = breakout(frame[None])
    assert np.array_equal(np.argwhere(found["ball"][0]), [(row + i, column + j) for i in range(4) for j in range(2)])
    assert found["paddle"].sum() == 64
    assert (sum(x.astype(int) for x in found.values()) <= 1).all()


def test_a_brick_that_the_ball_hides_in_part_is_a_brick():
    frame = screen()
    frame[70:74, 60:62] = (200, 72, 72)
    hidden = np.zeros((210, 160), dtype=bool)
    hidden[70:74, 60:62] = True
    assert np.array_equal(breakout(screen()[None])["bricks"][0] & ~hidden, breakout(frame[None])["bricks"][0])
