import numpy as np
import pytest

from saccade.saliency import MapKey, States
from saccade.saliency.checks.object_relevance import masses
from saccade.saliency.pictures.colours import POSITIVE
from saccade.saliency.pictures.layout import CAPTION, HEIGHT
from saccade.saliency.pictures.map_picture import FOVEA
from saccade.saliency.pictures.object_bars import BARS, GREY, longest, object_bars, object_sheet
from saccade.saliency.states.notes import Notes


def lengths(picture: np.ndarray) -> list[int]:
    """Of the bars, from above."""
    inside = (picture == POSITIVE).all(axis=2)
    rows = inside.sum(axis=1)
    return [int(rows[i]) for i in range(1, len(rows)) if rows[i] and not rows[i - 1]]


def test_bars_are_as_long_as_masses_and_the_line_is_at_one():
    picture = object_bars({"own_car": 4.0, "road": 1.0, "sky": 0.5, "fog": np.nan, "panel": 0.0}, 300)
    longest, road, sky = lengths(picture)
    assert longest == BARS
    assert road == pytest.approx(BARS / 4, abs=1)
    assert sky == pytest.approx(BARS / 8, abs=1)
    line = np.flatnonzero((picture[CAPTION + 1] == GREY).all(axis=1))
    start = np.flatnonzero((picture == POSITIVE).all(axis=2).any(axis=0))[0]
    assert line.tolist() == [start + round(BARS / 4)]


def test_small_masses_do_not_fill_the_picture():
    assert lengths(object_bars({"road": 1.0}, 100)) == [BARS // 2]


def test_bars_of_one_frame_have_one_scale():
    value, advantage = {"road": 8.0, "sky": 1.0}, {"road": 4.0, "sky": np.nan}
    most = longest([value, advantage])
    assert most == 8
    assert lengths(object_bars(advantage, 100, most)) == [BARS // 2]
    places = [np.flatnonzero((object_bars(one, 100, most)[CAPTION] == GREY).all(axis=1)).tolist() for one in (value, advantage)]
    assert places[0] == places[1]


def test_the_sheet_says_how_to_read_the_maps_of_its_methods(monkeypatch):
    said: list[str] = []
    monkeypatch.setattr("saccade.saliency.pictures.object_bars.paragraph", lambda text, width: said.append(text) or blank(width))
    one = np.zeros((1, 12, 12), dtype=bool)
    one[:, 3, 3] = True
    states = States(np.zeros((1, 4, 12, 12), np.uint8), objects={"ball": one})
    for method, words in (("jacobian", "A head alone is the Jacobian"), ("jacobian_x_contrast", "is blurred away")):
        maps = {MapKey("value", method): np.ones((1, 4, 12, 12))}
        object_sheet("one", states, maps, masses(maps, states))
        assert words in said[-2]
        assert said[-1].startswith("Bars: ")


@pytest.mark.parametrize("gazes", [1, 3])
def test_the_patches_of_a_retina_are_on_the_frame_and_on_each_map(gazes):
    ball = np.zeros((1, 12, 12), dtype=bool)
    ball[:, 3, 3] = True
    states = States(np.zeros((1, 4, 12, 12), np.uint8), objects={"ball": ball})
    maps = {MapKey("value"): np.zeros((1, 4, 12, 12))}
    boxes = np.array([[[[1 + 2 * m, 2, 5 + 2 * m, 6]] for m in range(gazes)]])
    sheet = object_sheet("seen", states, maps, masses(maps, states), Notes(boxes=boxes))
    bare = object_sheet("seen", states, maps, masses(maps, states))
    bright = (sheet == FOVEA).all(axis=2).any(axis=0)
    assert (np.diff(np.flatnonzero(bright)) > HEIGHT // 2).sum() == 1  # two places with the newest gaze
    assert not (bare == FOVEA).all(axis=2).any()
    older = (sheet[..., 0] < sheet[..., 2]) & (sheet[..., 1] == sheet[..., 2]) & (sheet[..., 2] > 40) & (sheet[..., 2] < 255)
    assert older.any() == (gazes > 1)


def blank(width: int) -> np.ndarray:
    return np.zeros((1, width, 3), np.uint8)


@pytest.mark.parametrize("frames", [True, False], ids=["with the game's frames", "without"])
def test_a_sheet_has_bars_beside_each_map(frames):
    ball = np.zeros((2, 12, 12), dtype=bool)
    ball[:, 3, 3] = True
    random = np.random.default_rng(0)
    states = States(
        random.integers(0, 256, (2, 4, 12, 12), dtype=np.uint8),
        frames=random.integers(0, 256, (2, 210, 160, 3), dtype=np.uint8) if frames else None,
        objects={"ball": ball, "rest": ~ball},
    )
    maps = {MapKey("value"): random.normal(size=(2, 4, 12, 12)), MapKey("advantage"): random.normal(size=(2, 4, 12, 12))}
    both = object_sheet("of two", states, maps, masses(maps, states))
    one = object_sheet("of one", states, {MapKey("value"): maps[MapKey("value")]}, masses(maps, states))
    assert both.dtype == np.uint8
    assert both.shape[1] > one.shape[1] + BARS
    inside = (both == POSITIVE).all(axis=2).any(axis=0)
    assert (np.diff(np.flatnonzero(inside)) > BARS // 2).sum() == 1  # two places with bars, and a map between them
