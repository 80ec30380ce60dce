"""Whether a car is ahead, on screens by hand."""

import numpy as np
import pytest
from enduro_screens import GREEN, screen

from saccade.saliency.objects.enduro import BOTTOM, HORIZON, enduro
from saccade.saliency.objects.enduro_traffic import NEAR, car_ahead, cars_aside, own_way, road_free


@pytest.mark.parametrize(
    ("frame", "ahead", "free"),
    [
        (screen(), False, True),
        (screen(others=((100, 77),)), True, False),  # in the middle, as the own car is
        (screen(others=((100, 58),)), False, False),  # at the left edge of the road
        (screen(own=40, others=((100, 60),)), True, False),  # both at the left
        (screen(own=40, others=((100, 92),)), False, False),  # the own car at the left, the other one at the right
        (screen(others=((66, 77),)), False, False),  # too far away
        (screen(others=((146, 100),)), False, False),  # beside the own car
        (screen(others=((100, 103),), bend=47), True, False),  # the road bends, and the car with it
        (screen(others=((100, 77),), bend=47), False, False),  # the road bends away from under the car
    ],
)
def test_by_hand(frame, ahead, free):
    found = enduro(frame[None])
    assert car_ahead(found).tolist() == [ahead]
    assert road_free(found).tolist() == [free]


def test_each_state_by_itself():
    found = enduro(np.stack([screen(), screen(others=((100, 77),)), screen()]))
    assert car_ahead(found).tolist() == [False, True, False]


def test_a_screen_without_a_car_of_ones_own():
    found = enduro(np.zeros((1, 210, 160, 3), np.uint8))
    assert car_ahead(found).tolist() == [False]


def test_a_road_that_is_not_visible():
    frame = screen(others=((100, 77),))
    frame[(frame == 170).all(axis=2)] = GREEN
    assert car_ahead(enduro(frame[None])).tolist() == [False]
    assert cars_aside(enduro(frame[None])).tolist() == [False]
    assert not own_way(enduro(frame[None])).any()


@pytest.mark.parametrize(("own", "bend"), [(74, 0.0), (58, 0.0), (74, 47.0)], ids=["middle", "left", "bend"])
def test_the_own_way_is_before_the_own_car_whether_a_car_is_there_or_not(own, bend):
    free, taken = (own_way(enduro(screen(own, others, bend)[None]))[0] for others in ((), ((100, 77 + round(bend / 2)),)))
    rows, columns = np.nonzero(free)
    assert (rows.min(), rows.max()) == (NEAR, 143)  # the own car begins in the next row
    assert (columns[rows == 143].min() + columns[rows == 143].max()) / 2 == pytest.approx(own + 5.5, abs=1)
    widths = free.sum(axis=1)
    assert widths[143] == pytest.approx(0.4 * (143 - HORIZON), abs=2)
    assert widths[100] == pytest.approx(0.4 * (100 - HORIZON), abs=2)
    assert (free != taken).sum() <= 4  # where the car hides a pixel of the edge
    here, there = (80 + round(bend * (BOTTOM - row) / 100) for row in (144, 100))  # the road's middle
    aside = (own + 5.5 - here) / (144 - HORIZON)  # in widths of the road
    ahead = np.flatnonzero(free[100])
    assert (ahead.min() + ahead.max()) / 2 == pytest.approx(there + aside * (100 - HORIZON), abs=1.5)


def test_the_own_way_ends_at_the_edge_of_the_road():
    found = enduro(screen(own=38)[None])
    assert not (own_way(found) & found["verges"]).any()


def test_cars_are_aside_if_none_is_in_the_way():
    screens = [screen(), screen(others=((100, 77),)), screen(others=((100, 58),)), screen(others=((100, 58), (110, 77)))]
    assert cars_aside(enduro(np.stack(screens))).tolist() == [False, False, True, False]
