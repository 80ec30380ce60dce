import numpy as np
import pytest

from saccade.saliency import MapKey
from saccade.saliency.pictures.colours import NEGATIVE, POSITIVE
from saccade.saliency.pictures.layout import CAPTION
from saccade.saliency.pictures.map_picture import LEGEND
from saccade.saliency.pictures.vector_picture import BARS, MOST_ROWS, Rows, small_bars, vector_parts

VALUE, ACTION = MapKey("value"), MapKey("action")


def row_of(part: np.ndarray, rows: Rows, row: int) -> np.ndarray:
    """The colours along the middle of a row's bar."""
    return part[CAPTION + rows.height * row + rows.height // 2 - 2]


def length(colours: np.ndarray, colour: tuple[int, int, int]) -> int:
    return int((colours == colour).all(axis=1).sum())


def test_bars_go_right_for_positive_and_left_for_negative_with_their_strength():
    signed = np.array([2.0, -1.0, 0.0, 0.5])
    rows = Rows.of({VALUE: signed})
    _, part = vector_parts(np.zeros(4), {VALUE: signed})
    right, left, none, short = (row_of(part, rows, row) for row in range(4))
    longest = length(right, POSITIVE)
    assert longest > 50
    assert length(left, NEGATIVE) == pytest.approx(longest / 2, abs=1)
    assert length(short, POSITIVE) == pytest.approx(longest / 4, abs=1)
    assert length(none, POSITIVE) == length(none, NEGATIVE) == length(right, NEGATIVE) == length(left, POSITIVE) == 0
    assert np.flatnonzero((right == POSITIVE).all(axis=1)).min() >= BARS // 2
    assert np.flatnonzero((left == NEGATIVE).all(axis=1)).max() <= BARS // 2


def test_all_parts_are_of_one_height_and_say_something():
    parts = vector_parts(np.array([0.1, -3]), {VALUE: np.ones(2), ACTION: -np.ones(2)}, ["speed", "angle"])
    assert len({part.shape[0] for part in parts}) == 1
    assert all((part[:CAPTION] < 100).any() for part in parts)
    named, numbered = parts[0], vector_parts(np.array([0.1, -3]), {VALUE: np.ones(2)})[0]
    assert named.shape != numbered.shape or (named != numbered).any()


def test_of_a_long_vector_the_strongest_are_named_and_the_rest_are_counted():
    signed = np.full(100, 0.01)
    signed[[7, 50]] = [-3.0, 2.0]
    other = np.zeros(100)
    other[93] = 1e-9  # strong for a head of small numbers
    rows = Rows.of({VALUE: signed, ACTION: other}, [f"ray {i}" for i in range(100)])
    assert {7, 50, 93} <= set(rows.shown)
    assert len(rows.shown) == MOST_ROWS
    assert list(rows.shown) == sorted(rows.shown)
    assert rows.names[rows.shown.index(50)] == "ray 50"
    assert rows.others == 100 - MOST_ROWS
    parts = vector_parts(np.zeros(100), {VALUE: signed, ACTION: other})
    assert len({part.shape[0] for part in parts}) == 1


def test_names_that_do_not_fit_give_way_to_numbers():
    assert Rows.of({VALUE: np.ones(3)}, ["only one"]).names == ("x0", "x1", "x2")


def test_a_single_feature_a_map_of_zeros_and_one_that_is_not_finite():
    for signed in ([0.0], [np.nan, 1.0], [np.inf, -1.0]):
        rows = Rows.of({VALUE: np.array(signed)})
        part = vector_parts(np.zeros(len(signed)), {VALUE: np.array(signed)})[1]
        assert part.shape == (CAPTION + rows.height * len(signed) + LEGEND, BARS, 3)


def test_bars_of_a_video_share_a_scale():
    whole, half = (vector_parts(np.zeros(1), {VALUE: np.array([x])}, scales={VALUE: 2.0})[1] for x in (2.0, 1.0))
    rows = Rows((0,), ("x0",), 0)
    assert length(row_of(whole, rows, 0), POSITIVE) == pytest.approx(2 * length(row_of(half, rows, 0), POSITIVE), abs=1)


def test_small_bars():
    picture = small_bars(np.array([1.0, -0.5]), 1.0, 100, ("angle",))
    assert length(picture[25], POSITIVE) == pytest.approx(2 * length(picture[75], NEGATIVE), abs=1)
    assert small_bars(np.zeros(300), 0.0, 50).shape == (50, 50, 3)
