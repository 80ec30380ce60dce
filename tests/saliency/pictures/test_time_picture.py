import numpy as np
import pytest

from saccade.saliency.pictures.colours import NEGATIVE, POSITIVE
from saccade.saliency.pictures.layout import CAPTION, HEIGHT
from saccade.saliency.pictures.text import LINE
from saccade.saliency.pictures.time_picture import SMALL, time_film, time_square

RED, WHITE = (200, 20, 20), (255, 255, 255)


def test_the_square_is_red_where_the_norms_are():
    """A copy of one step back: red just below the diagonal, white elsewhere; the bar of lag 1 reaches the top."""
    steps = 8
    picture = time_square(np.eye(steps, k=-1), "action", np.arange(steps) == 4)
    cell = 640 // steps
    for t in range(steps):
        for s in range(steps):
            place = picture[CAPTION + t * cell + cell // 2, 44 + s * cell + cell // 2]
            assert tuple(place) == (RED if s == t - 1 else WHITE)
    assert tuple(picture[CAPTION + 4 * cell, 44 + 6 * cell + 5]) == (90, 120, 255)  # the episode's start
    bars = picture[CAPTION : CAPTION + 640, 44 + 640 + 6 + 44 :]
    width = bars.shape[1] // 4  # lags 0 to 3 in episodes of 4 steps
    assert tuple(bars[2, width + width // 2]) == RED
    assert tuple(bars[2, width // 2]) == (250, 250, 250)


def test_nothing_to_show():
    assert time_square(np.eye(1), "value").shape[2] == 3
    assert not (time_square(np.zeros((3, 3)), "value") == RED).all(axis=2).any()


def test_the_film_shows_the_past_frames_with_their_part():
    """What is decided at step 2 rests on frame 1 alone, what is decided at step 1 on the present: there it is yellow."""
    observations = np.zeros((3, 1, 10, 10), np.uint8)
    jacobian = np.zeros((3, 3, 1, 10, 10), np.float32)
    jacobian[1, 1] = 1e-3
    jacobian[2, 1] = -5
    pictures = list(time_film(observations, jacobian))
    assert len({picture.shape for picture in pictures}) == 1
    yellow = [(picture == [255, 240, 80]).all(axis=2) for picture in pictures]
    now = slice(-HEIGHT, None)  # the columns of the present frame, the last before it to the left
    above = pictures[0].shape[0] - HEIGHT  # rows of text
    assert not yellow[0].any()
    assert yellow[1][above:, now].all()
    assert not yellow[1][:, :-HEIGHT].any()
    assert not yellow[2][:, now].any()
    assert yellow[2][-SMALL:, -HEIGHT - 6 - SMALL : -HEIGHT - 6].all()
    assert yellow[2].sum() == pytest.approx(SMALL**2)
    assert above == LINE + CAPTION


def test_vectors_and_the_games_own_pictures():
    observations = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
    jacobian = np.random.default_rng(1).normal(size=(4, 4, 3)).astype(np.float32)
    frames = np.zeros((4, 30, 20, 3), np.uint8)
    plain, beside = (list(time_film(observations, jacobian, x)) for x in (None, frames))
    assert len(plain) == len(beside) == 4
    assert beside[0].shape[1] == plain[0].shape[1] + 6 + HEIGHT * 20 // 30
    assert ((plain[3] == POSITIVE) | (plain[3] == NEGATIVE)).all(axis=2).any()
