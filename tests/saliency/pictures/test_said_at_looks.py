"""What was read when: texts and words on the path of the gaze."""

import numpy as np

from saccade.saliency.pictures.gaze_picture import SIDE, path_picture, path_sheet
from saccade.saliency.pictures.layout import CAPTION
from saccade.saliency.pictures.said_at_looks import RIGHT, WRONG, right_answers, said_at, write_word
from saccade.saliency.pictures.text import FAINT, INK
from saccade.saliency.states.gaze_record import GazeRecord

NAMES = (*map(str, range(3)), "end", "not yet")


def record() -> GazeRecord:
    """
    Two episodes of five looks. The first waits, says 2 (right), says 0 (wrong: 1), says the end (right); nothing is asked at the
    fifth look. The second never says anything.
    """
    said = np.array([[4, 4], [2, 4], [0, 4], [3, 4], [1, 4]])
    asked = np.array([[2, 0], [2, 0], [1, 0], [3, 0], [-1, 0]])
    beliefs = np.full((5, 2, 5), 0.1)
    beliefs[np.arange(5), 0, [4, 2, 0, 3, 1]] = 0.6
    beliefs[0, 0] = [0.1, 0.1, 0.2, 0.0, 0.6]
    shapes = {"images": (5, 2, 1, 20, 40), "glimpses": (5, 2, 2, 4, 4)}
    images, glimpses = (np.zeros(shape, dtype=kind) for shape, kind in zip(shapes.values(), (np.uint8, np.float32), strict=True))
    gazes = np.zeros((5, 2, 2), dtype=np.float32)
    return GazeRecord(images, gazes, glimpses, beliefs, action_names=NAMES, said=said, asked=asked)


def test_texts_by_hand():
    told = [said_at(record(), t, 0) for t in range(5)]
    assert [one.text for one in told] == [
        "1: not yet (2 0.50)", "2: says 2 (0.67)", "3: says 0 (0.67)", "4: says end (0.67)", "5: all is named"
    ]  # fmt: skip
    assert [one.colour for one in told] == [FAINT, INK, WRONG, INK, FAINT]
    assert [one.word for one in told] == ["", "2", "0", "end", ""]
    assert [one.right for one in told] == [True, True, False, True, True]
    assert right_answers(record(), 0) == "2 1 end"
    assert right_answers(record(), 1) == "0"


def test_looks_and_curves_by_hand():
    found = record()
    assert found.looks.tolist() == [4, 5]
    curves = found.curves()
    assert curves["looks"] == 4.5
    assert curves["right"] == 2 / 3
    assert not [name for name in curves if name.startswith("belief")]


def test_the_picture_ends_with_the_last_answer_and_has_its_words():
    drawn = path_picture(record(), 0, 2)
    image = 2 * SIDE  # twice as wide as high
    assert drawn.shape == (CAPTION + SIDE, image + 4 * (6 + SIDE), 3)
    for colour in (RIGHT, WRONG):
        assert (drawn[CAPTION:, :image] == colour).all(2).any()
    silent = path_picture(record(), 1, 2)
    assert not any((silent[CAPTION:, :image] == colour).all(2).any() for colour in (RIGHT, WRONG))
    sheet = path_sheet(record(), 2, 2)
    assert sheet.shape[1] == silent.shape[1]


def test_words_stay_on_the_image():
    for point in ((0, 0), (99, 99), (50, 0), (0, 99)):
        image = np.zeros((100, 100, 3), dtype=np.uint8)
        write_word(image, "end", True, point)
        drawn = (image == RIGHT).all(2)
        assert drawn.sum() > 100
