"""Freeway's chickens and cars, beside the game's own numbers in RAM."""

import numpy as np
import pytest
from played_screens import Seen, lefts, play, tops

from saccade.saliency.objects.freeway import freeway

OWN_Y, OTHER_Y, LAST_CAR = 14, 15, 117  # addresses; the cars stand backwards, the top lane last
FIRST_LANE, LANE, CAR_ROWS = 27, 16, 10  # rows
PIXELS = 54  # of a whole car


@pytest.fixture(scope="module")
def seen() -> Seen:
    return Seen.of(freeway, play("freeway", lambda t, actions, random: actions[random.choice([1, 1, 1, 2])], 600, seed=2, every=2))


def test_the_chickens_are_where_ram_says(seen):
    found, ram = seen.objects, seen.ram
    for name, address, column in (("own_chicken", OWN_Y, 44), ("other_chicken", OTHER_Y, 108)):
        right = np.abs(tops(found[name]) - (193 - ram[:, address])) <= 2
        right &= np.abs(lefts(found[name]) - column) <= 2
        right &= found[name].sum(axis=(1, 2)) <= 28
        assert right.mean() >= 0.95, name
    assert np.ptp(ram[:, OWN_Y]) > 100  # it crossed the road


def test_the_cars_are_where_ram_says(seen):
    cars, ram = seen.objects["cars"], seen.ram
    for lane in range(10):
        top = FIRST_LANE + LANE * lane
        mask = cars[:, top : top + CAR_ROWS]
        whole = mask.sum(axis=(1, 2)) == PIXELS
        inside = lefts(mask) > 8  # at the edges a car leaves on one side and comes in on the other
        counted = whole & inside & (lefts(mask) < 150)
        assert counted.mean() > 0.5
        assert (np.abs(lefts(mask) - (ram[:, LAST_CAR - lane] - 3)) <= 1)[counted].mean() >= 0.95, lane
        rest = cars[:, top + CAR_ROWS : top + LANE]
        assert not rest.any(), lane


def test_the_screen_is_divided(seen):
    found = seen.objects
    assert (sum(x.astype(int) for x in found.values()) <= 1).all()
    assert sum(x[:, 24:185, 8:] for x in found.values()).all()
    assert found["stripes"][0, 39].sum() == found["stripes"][0, 102].sum() == 76
    assert (found["verges"] | found["own_chicken"])[:, 16, 8:].all()


def test_a_chicken_on_the_yellow_line_is_whole():
    """The double line has the colour of the chickens, which are seven rows high."""
    frame = np.full((210, 160, 3), 142, np.uint8)
    for row in (102, 104):
        frame[row, 8::16] = frame[row, 12::16] = (252, 252, 84)
    frame[99:107, 45:49] = (252, 252, 84)
    found = freeway(frame[None])
    assert found["own_chicken"].sum() == 32
    assert found["own_chicken"][0, 99:107, 45:49].all()
    assert found["stripes"].sum() == 2 * sum(1 for c in [*range(8, 160, 16), *range(12, 160, 16)] if not 45 <= c < 49)
