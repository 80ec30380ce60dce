"""Enduro's things through a whole day, with snow, dusk, night and fog, beside the game's own numbers in RAM."""

from typing import NamedTuple

import numpy as np
import pytest
from enduro_screens import landscape, screen
from played_screens import Played, play, tops

from saccade.saliency.objects.enduro import BOTTOM, HORIZON, LEFT, REACH, enduro

OWN_X, OWN_Y, SPEED_OF_ROWS = 46, 52, 25  # addresses
FIRST_SLOT = 27  # of seven bytes, one for each stretch of road from near to far: 0, or a car; odd for the right half of the road
# First and last row of a car, in a straight line of the byte at SPEED_OF_ROWS, for each stretch. Fitted to other screens.
FIRST_ROW = (
    (154.3, -0.0725),
    (135.1, -0.0832),
    (113.9, -0.0682),
    (96.8, -0.0475),
    (85.0, -0.0411),
    (74.2, -0.0245),
    (68.0, -0.0197),
)
LAST_ROW = (
    (164.3, -0.0725),
    (142.5, -0.0862),
    (119.1, -0.0700),
    (100.1, -0.0494),
    (87.2, -0.0430),
    (75.3, -0.0260),
    (68.2, -0.0204),
)
SNOW = (45, 50, 184), (236, 236, 236)  # sky and ground
TOLERANCE = 4  # rows
STEPS, EVERY = 3300, 8  # a day


class Day(NamedTuple):
    """Screens, RAM and the things found; and of which time of the day each screen is."""

    frames: np.ndarray
    ram: np.ndarray
    objects: dict[str, np.ndarray]
    times: dict[str, np.ndarray]


@pytest.fixture(scope="module")
def day() -> Day:
    """Accelerates all day, straight on or to a side for eight steps at a time."""

    class Wheel:
        held = 1

        def __call__(self, step, actions, random):
            self.held = self.held if step % 8 else random.choice([1, 1, 7, 8])
            return actions[self.held]

    played: Played = play("enduro", Wheel(), STEPS, seed=1, every=EVERY)
    sky, ground = played.frames[:, 10, 80].astype(int), played.frames[:, 150, LEFT].astype(int)
    fog, dark = (sky == ground).all(axis=1), ~ground.any(axis=1)
    dusk = (sky[:, 0] > 45) & (sky[:, 2] < 165) & (ground[:, 0] > 0) & ~fog
    times = {"fog": fog, "night": dark & (sky[:, 0] == 74), "dawn": dark & (sky[:, 0] == 111), "snow": ground[:, 0] == 236}
    return Day(*played, enduro(played.frames), {**times, "dusk": dusk, "day": ~fog & ~dark & ~dusk & (ground[:, 0] < 236)})


def test_the_day_has_all_its_times(day):
    assert {name: bool(x.sum() >= 5) for name, x in day.times.items()} == dict.fromkeys(day.times, True)
    assert sum(x.astype(int) for x in day.times.values()).max() == 1


def test_the_own_car_is_where_ram_says(day):
    own = day.objects["own_car"]
    address = day.ram[:, OWN_X]
    signed = np.where(address > 127, address - 256, address)
    columns = own.any(axis=1)
    middle = (columns * np.arange(160)).sum(axis=1) / columns.sum(axis=1)
    for name, of_time in day.times.items():
        right = np.abs(85 - 0.567 * signed - middle) <= 4
        right &= tops(own) == day.ram[:, OWN_Y] + 89
        right &= (columns.sum(axis=1) >= 12) & (columns.sum(axis=1) <= 17)
        assert right[of_time].mean() >= 0.95, name
    assert np.ptp(middle) > 20  # it steered


def rows_in_ram(ram: np.ndarray) -> np.ndarray:
    """(7, 2) first and last row of each car that RAM knows, NaN where there is none."""
    phase = ram[SPEED_OF_ROWS]
    rows = np.array([[a + b * phase, c + d * phase] for (a, b), (c, d) in zip(FIRST_ROW, LAST_ROW, strict=True)])
    rows[ram[FIRST_SLOT : FIRST_SLOT + 7] == 0] = np.nan
    return rows


@pytest.mark.parametrize("time", ["dawn", "day", "dusk", "fog", "night", "snow"])
def test_the_other_cars_are_in_the_rows_that_ram_says(day, time):
    """Each car of RAM is seen, and all that is seen is a car of RAM. In fog only the rows that it leaves free count."""
    right = []
    for i in np.flatnonzero(day.times[time]):
        cars, fog = day.objects["other_cars"][i], day.objects["fog"][i]
        seen_from = np.flatnonzero(fog.any(axis=1)).max(initial=HORIZON) + TOLERANCE
        shown, expected = cars.any(axis=1), np.zeros(len(cars), dtype=bool)
        missing = 0
        for first, last in rows_in_ram(day.ram[i]):
            if np.isnan(first):
                continue
            place = slice(max(int(first) - TOLERANCE, 0), int(last) + TOLERANCE + 1)
            expected[place] = True
            # A car about to leave the screen, or in the fog, may be out of sight.
            missing += bool(not shown[place].any() and last < BOTTOM - TOLERANCE and first > seen_from)
        right.append(missing == 0 and not (shown & ~expected).any())
    assert np.mean(right) >= 0.95


def test_the_side_of_a_single_car_is_that_of_ram(day):
    slots = day.ram[:, FIRST_SLOT : FIRST_SLOT + 7]
    clear = ~day.times["fog"] & ((slots > 0).sum(axis=1) == 1)
    right = []
    for i in np.flatnonzero(clear):
        cars, edges = day.objects["other_cars"][i], day.objects["road_edges"][i]
        row = int(np.flatnonzero(cars.any(axis=1)).mean()) if cars.any() else 0
        ends = np.flatnonzero(edges[row])
        if row < 70 or row > 140 or len(ends) < 2:  # far away both halves are a few pixels wide
            continue
        aside = (np.flatnonzero(cars.any(axis=0)).mean() - ends[0]) / (ends[-1] - ends[0])
        right.append(aside > 0.35 if slots[i].max() % 2 else aside < 0.5)
    assert len(right) > 30
    assert np.mean(right) >= 0.95


def test_the_screen_is_divided_at_all_times(day):
    found = day.objects
    together = sum(x.astype(np.int8) for x in found.values())
    assert together.max() == 1
    assert (together[:, :BOTTOM, LEFT:] == 1).all()  # every pixel of the picture is some thing


def test_what_is_not_visible_does_not_count(day):
    found, fog = day.objects, day.times["fog"]
    for name in ("sky", "mountains"):
        assert not found[name][fog].any()
        assert found[name][~fog].any(axis=(1, 2)).all()
    assert not found["fog"][~fog].any()
    assert found["fog"][fog].sum(axis=(1, 2)).min() > 5000
    assert found["sky"][~fog].sum(axis=(1, 2)).min() > 0.9 * HORIZON * 152
    nearest = {name: found["other_cars"][day.times[name]].sum(axis=(1, 2)).max() for name in ("day", "night")}
    assert nearest["night"] < nearest["day"] / 2  # two lights in place of a body


def test_the_road_lies_between_its_edges_and_grows_by_a_pixel_a_row(day):
    clear = ~day.times["fog"]
    whole = (day.objects["road"] | day.objects["own_car"] | day.objects["other_cars"])[clear].sum(axis=2)
    width = np.median(whole, axis=0)
    steps = np.diff(width[60:130])
    assert width[60] < 12
    assert steps.mean() == pytest.approx(1, abs=0.1)


def test_without_edges_nobody_can_tell_road_from_verge():
    frame = landscape(*SNOW)
    frame[144:154, 70:82] = 192
    found = enduro(frame[None])
    assert found["own_car"].sum() == 120
    assert not any(found[name].any() for name in ("road", "road_edges", "verges", "fog"))


def test_the_road_is_known_near_its_visible_edges_only():
    """In snow, two screens over each other leave little of the edges."""
    frame = landscape(*SNOW)
    for row in range(HORIZON + 1, 90):
        frame[row, [80 - (row - HORIZON) // 2, 80 + (row - HORIZON) // 2]] = 130
    frame[100:104, 76:82] = (162, 162, 42)
    found = enduro(frame[None])
    for name in ("road", "verges"):
        rows = np.flatnonzero(found[name][0].any(axis=1))
        assert rows.max() == 89 + REACH
    assert found["other_cars"].sum() == 24
    frame[95:BOTTOM, 80 - 22 : 80 - 20] = 130  # the left edge alone does not tell where the road ends
    assert np.flatnonzero(enduro(frame[None])["road"][0].any(axis=1)).max() == 89 + REACH


def test_an_edge_that_has_left_the_screen_leaves_the_road_known():
    frame = landscape()
    for row in range(HORIZON + 1, BOTTOM):
        frame[row, 100 - (row - HORIZON) // 2] = 170
        right = 100 + 3 * (row - HORIZON) // 2
        if right < 160:
            frame[row, right] = 170
    found = enduro(frame[None])
    assert found["road"][0, BOTTOM - 1, 100:158].all()
    assert found["verges"][0, BOTTOM - 1].any()


def test_two_screens_over_each_other():
    """ALE's vector env keeps the brighter pixel of the last two screens; so a car that moved is drawn twice."""
    first, second = (screen(70 + shift, ((100, 76 + shift),)) for shift in (0, 3))
    found = enduro(np.maximum(first, second)[None])
    assert found["other_cars"].sum() == 4 * 9
    assert found["own_car"].sum() == 10 * 15
    assert found["road_edges"].any()
    assert found["road"][0, 120].sum() == 2 * ((120 - HORIZON) // 2) - 1
