"""Episodes with many looks: a heat map with the path faint, and a few moments, whatever their length."""

from dataclasses import replace

import numpy as np
import pytest

from saccade.saliency.pictures import gaze_overview, gaze_picture
from saccade.saliency.pictures.gaze_overview import LONGEST_PATH, MOMENTS, heated, moments, overview_picture
from saccade.saliency.pictures.gaze_picture import SIDE, legends, path_picture, path_sheet
from saccade.saliency.pictures.layout import CAPTION, GAP, captioned
from saccade.saliency.pictures.said_at_looks import RIGHT, WRONG, look_text
from saccade.saliency.pictures.text import INK
from saccade.saliency.states.gaze_record import GazeRecord


def record(steps: int, count: int = 2) -> GazeRecord:
    """A gaze that stays at the upper left and looks to the lower right once, at the last look."""
    gazes = np.full((steps, count, 2), -0.5, dtype=np.float32)
    gazes[-1] = 0.5
    beliefs = np.zeros((steps, count, 3))
    beliefs[:, :, 1] = 0.75
    images = np.zeros((steps, count, 1, 20, 20), np.uint8)
    labels = np.array([1] + [0] * (count - 1))
    return GazeRecord(images, gazes, np.zeros((steps, count, 2, 4, 4), np.float32), beliefs, labels)


def has(picture: np.ndarray, colour: tuple[int, int, int]) -> bool:
    return bool((picture == colour).all(axis=2).any())


@pytest.mark.parametrize("steps", [LONGEST_PATH + 1, 300])
def test_a_long_episode_is_as_wide_as_its_moments(steps):
    picture = path_picture(record(steps), 0, 2)
    assert picture.shape == (CAPTION + SIDE, (1 + MOMENTS) * SIDE + MOMENTS * GAP, 3)
    assert (picture == overview_picture(record(steps), 0, SIDE)).all()


def test_a_short_episode_has_every_look():
    picture = path_picture(record(LONGEST_PATH), 0, 2)
    assert picture.shape[1] == (1 + LONGEST_PATH) * SIDE + LONGEST_PATH * GAP


def test_moments_are_at_equal_distances_with_the_first_and_the_last():
    assert moments(50, 8) == [0, 7, 14, 21, 28, 35, 42, 49]
    assert moments(3, 8) == [0, 1, 2]
    assert moments(1, 8) == [0]


def test_the_heat_is_where_the_gaze_was_the_more_the_oftener():
    gazes = record(300).gazes[:, 0]
    linear, rooted = (heated(np.zeros((80, 80, 3), np.uint8), gazes, power)[:, :, 0].astype(int) for power in (1.0, 0.5))
    often, once, never = (20, 20), (60, 60), (20, 60)
    assert linear[often] > 100 > linear[once]
    assert linear[never] == rooted[never] == 0
    assert rooted[once] > linear[once]  # where the gaze was once can be seen


def test_the_path_is_faint_and_each_moment_has_one_outline_at_its_gaze():
    picture = overview_picture(record(100), 0, SIDE)[CAPTION:]
    left, first, last = picture[:, :SIDE], picture[:, SIDE + GAP : 2 * SIDE + GAP], picture[:, -SIDE:]
    middle = left[SIDE // 2, SIDE // 2].astype(int)  # between the two places: path, and no heat
    assert 0 < middle.max() < 100
    for view, (place, other) in ((first, (60, 180)), (last, (180, 60))):
        near, far = (view[at - 30 : at + 30, at - 30 : at + 30] for at in (place, other))
        assert near.any()
        assert not far.any()


def test_the_games_own_pictures_are_those_of_the_first_env():
    frames = np.zeros((40, 20, 20, 3), np.uint8)
    frames[:, :, :, 1] = 99
    drawn = replace(record(40), frames=frames)
    own, other = (overview_picture(drawn, episode, SIDE)[-1, -1] for episode in (0, 1))
    assert (own.tolist(), other.tolist()) == ([0, 99, 0], [0, 0, 0])


def test_text_of_a_look_by_hand():
    assert [look_text(record(40), 39, episode).text for episode in (0, 1)] == ["40: 1 (0.75)"] * 2
    assert [look_text(record(40), 39, episode).colour for episode in (0, 1)] == [INK, WRONG]


def test_what_was_said_stands_on_the_heat_map():
    said = np.full((40, 1), 2)  # the last action is "not yet"
    said[[10, 39], 0] = 1, 0
    naming = replace(record(40, 1), labels=None, said=said, asked=np.array([[1]] * 11 + [[1]] * 29), action_names=("a", "b", "-"))
    left = overview_picture(naming, 0, SIDE)[CAPTION:, :SIDE]
    assert has(left[:120, :120], RIGHT)
    assert has(left[120:, 120:], WRONG)


def test_a_sheet_says_how_to_read_what_it_has():
    long, short = path_sheet(record(40), 2, 2), path_sheet(record(20), 2, 2)
    assert long.shape[1] == path_picture(record(40), 0, 2).shape[1]
    assert short.shape[1] == path_picture(record(20), 0, 2).shape[1]
    asked = np.zeros((40, 2), np.int64)
    asked[20:, 1] = -1  # the second episode is over after 20 looks
    mixed = replace(record(40), labels=None, said=np.ones((40, 2), np.int64), asked=asked)
    rows = [path_picture(mixed, episode, 2) for episode in (0, 1)]
    assert rows[0].shape != rows[1].shape
    assert path_sheet(mixed, 2, 2).shape[0] > sum(row.shape[0] for row in rows) + 2 * GAP


def test_legends_name_what_is_drawn():
    for steps in (20, 40):
        (told,) = legends(record(steps), 2)
        assert "best answer, its probability" in told
        naming = replace(record(steps), labels=None, said=np.ones((steps, 2), np.int64), asked=np.zeros((steps, 2), np.int64))
        (told,) = legends(naming, 2)
        for words in ("green is right, red is wrong", "what was said", "put off"):
            assert words in told
        assert "best answer, its" not in told
    assert "most where red" in told
    assert "{" not in told


def test_short_paths_and_overviews_have_the_same_texts(monkeypatch):
    names = ("no", "yes", "-")
    written = {LONGEST_PATH: [], LONGEST_PATH + 1: []}
    for steps, texts in written.items():
        for module in (gaze_overview, gaze_picture):
            monkeypatch.setattr(module, "captioned", lambda image, *told, into=texts: into.append(told) or captioned(image, *told))
        path_picture(replace(record(steps), action_names=names), 1, 2)
    (of_short, *short), (of_long, *long) = written.values()
    assert (of_short, of_long) == (("label no",), (f"all {LONGEST_PATH + 1} looks, label no",))
    assert short[0] == long[0] == ("1: yes (0.75)", WRONG)
