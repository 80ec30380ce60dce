"""Canvases: against a slow drawing, statistics of labels, places and distractors, no mixing of splits."""

import numpy as np
import pytest
import torch as th

from saccade.envs.counter_random import uniforms
from saccade.envs.tasks.digit_canvas import DigitCanvas
from saccade.envs.tasks.digits import Digits, load_digits


def numbers(count: int, draws: int, seed: int = 0) -> th.Tensor:
    return uniforms(th.full((count,), seed), th.arange(count), draws)


def slow_canvas(digits: Digits, u: np.ndarray, size: int, distractors: int, piece: int) -> np.ndarray:
    """First the distractors, clipped after each, then the digit, as in deepmind/mnist-cluttered."""
    canvas = np.zeros((size, size), dtype=np.float64)
    images = digits.images.numpy() / 255
    for which, row, column, top, left in u[3:].reshape(distractors, 5):
        y, x = int(row * (28 - piece + 1)), int(column * (28 - piece + 1))
        cut = images[int(which * len(images))][y : y + piece, x : x + piece]
        top, left = int(top * (size - piece + 1)), int(left * (size - piece + 1))
        canvas[top : top + piece, left : left + piece] = np.minimum(canvas[top : top + piece, left : left + piece] + cut, 1)
    top, left = int(u[1] * (size - 27)), int(u[2] * (size - 27))
    part = canvas[top : top + 28, left : left + 28]
    canvas[top : top + 28, left : left + 28] = np.minimum(part + images[int(u[0] * len(images))], 1)
    return np.round(canvas * 255).astype(np.uint8)


@pytest.mark.parametrize(("size", "distractors", "piece"), [(60, 4, 8), (100, 8, 8), (28, 0, 8), (33, 3, 28), (41, 20, 1)])
def test_canvas_equals_a_slow_drawing(size, distractors, piece):
    digits = load_digits("digits")
    canvas = DigitCanvas(digits, size, distractors, piece)
    u = numbers(20, canvas.draws)
    images, labels, places = canvas.draw(u)
    assert images.dtype == th.uint8
    for i in range(20):
        assert (images[i].numpy() == slow_canvas(digits, u[i].numpy(), size, distractors, piece)).all()
        assert labels[i] == digits.labels[int(u[i, 0] * len(digits.labels))]
        assert places[i, 0].tolist() == [int(u[i, 1] * (size - 27)), int(u[i, 2] * (size - 27))]


def test_with_spill_the_canvas_is_the_middle_of_a_larger_one():
    digits = load_digits("digits")
    spilling, larger = DigitCanvas(digits, 28, 3, 8, spill=4), DigitCanvas(digits, 36, 3, 8)
    u = numbers(200, larger.draws)
    (images, labels, places), (whole, same, where) = spilling.draw(u), larger.draw(u)
    assert th.equal(images, whole[:, 4:32, 4:32])
    assert images.is_contiguous()
    assert th.equal(labels, same)
    assert th.equal(places, where - 4)
    assert set(places.flatten().tolist()) == set(range(-4, 5))
    assert DigitCanvas(digits, 28, 0).draw(u)[2].eq(0).all()  # without spill a digit fills such a canvas
    with pytest.raises(ValueError, match="spill is -1"):
        DigitCanvas(digits, spill=-1)


def test_labels_and_places_are_uniform():
    canvas = DigitCanvas(load_digits("digits"), 60, 4)
    _, labels, places = canvas.draw(numbers(6000, canvas.draws))
    share = th.bincount(canvas.labels, minlength=10) / len(canvas.labels)
    assert (th.bincount(labels, minlength=10) / 6000 - share).abs().max() < 0.02
    for axis in range(2):
        counts = th.bincount(places[:, 0, axis], minlength=33).float()
        assert len(counts) == 33  # 0 to 32, both ends included
        assert ((counts - 6000 / 33) ** 2 / (6000 / 33)).sum() < 64.0  # chi-squared, 32 degrees of freedom, 0.1 %


def test_distractors_cover_the_expected_area():
    """With all digits white, the expected covered area is known."""
    images = th.full((1, 28, 28), 100, dtype=th.uint8)
    canvas = DigitCanvas(Digits(images, th.tensor([3])), 200, 4, 8)
    drawn, _, _ = canvas.draw(numbers(3000, canvas.draws))
    covered = (drawn / 100).sum((1, 2)).mean()
    assert covered.item() == pytest.approx(28 * 28 + 4 * 64, rel=0.01)


def test_only_digits_of_the_split_are_drawn():
    """Digits of one split are dark, those of the other bright. No canvas has both, in digits or distractors."""
    dark, bright = (Digits(th.full((5, 28, 28), value, dtype=th.uint8), th.arange(5)) for value in (40, 210))
    for digits, allowed in ((dark, {0, 40, 80, 120, 160, 200, 240}), (bright, {0, 210, 255})):
        canvas = DigitCanvas(digits, 60, 6)
        images, _, _ = canvas.draw(numbers(200, canvas.draws))
        assert set(images.unique().tolist()) <= allowed


def test_several_digits_stand_side_by_side_and_form_a_number():
    images = th.stack([th.full((28, 28), value, dtype=th.uint8) for value in (10, 20, 30)])
    canvas = DigitCanvas(Digits(images, th.tensor([1, 2, 3])), 100, 0, n_digits=2)
    drawn, labels, places = canvas.draw(numbers(300, canvas.draws))
    for image, label, corners in zip(drawn, labels.tolist(), places.tolist(), strict=True):
        (top, left), (other_top, right) = corners
        assert 0 <= left <= 22
        assert 50 <= right <= 72
        assert image[top, left] == 10 * (label // 10)
        assert image[other_top + 27, right + 27] == 10 * (label % 10)
        assert (image > 0).sum() == 2 * 784
    assert labels.unique().tolist() == [11, 12, 13, 21, 22, 23, 31, 32, 33]


@pytest.mark.parametrize(
    "arguments",
    [
        {"size": 27},
        {"size": 60, "n_digits": 3},
        {"distractors": -1},
        {"distractor_size": 0},
        {"distractor_size": 29},
        {"n_digits": 0},
    ],
)
def test_arguments_out_of_range_are_refused(arguments):
    with pytest.raises(ValueError, match=next(iter(arguments)).removeprefix("n_")):
        DigitCanvas(load_digits("digits"), **arguments)


@pytest.mark.parametrize(("n_digits", "distractors", "spill"), [(1, 4, 0), (2, 0, 0), (1, 3, 2)])
def test_a_smaller_canvas_lies_in_the_middle_of_black(n_digits, distractors, spill):
    """Each is the canvas that its random numbers give on their own, at the size that the last of them says."""
    digits, least, size = load_digits("digits"), 28 * n_digits, 28 * n_digits + 21
    several = DigitCanvas(digits, size, distractors, 8, n_digits, spill=spill, smallest=least)
    u = numbers(30, several.draws)
    images, labels, places = several.draw(u)
    sides = set()
    for i in range(30):
        side = least + int(u[i, -1] * (size - least + 1))
        alone = DigitCanvas(digits, side, distractors, 8, n_digits, spill=spill)
        image, label, place = alone.draw(u[i : i + 1, :-1])
        corner = (size - side) // 2
        middle = slice(corner, corner + side)
        assert th.equal(images[i, middle, middle], image[0])
        assert spill or images[i].sum() == image.sum()
        assert (labels[i], places[i].tolist()) == (label[0], (place[0] + corner).tolist())
        sides.add(side)
    assert len(sides) > 10
    named = several.objects(u)
    assert (named["digit"].flatten(1).sum(1) > 0).all()
    assert not (named["digit"] & (images == 0)).any()


def test_sizes_of_canvases_are_uniform_and_checked():
    several = DigitCanvas(load_digits("digits"), 40, 0, smallest=31)
    side, corner = several._field(numbers(4000, several.draws))
    counts = th.bincount(side[:, 0])[31:]
    assert len(counts) == 10
    assert (counts - 400).abs().max() < 80
    assert ((corner >= 0) & (corner + side <= 40)).all()
    for smallest in (27, 41):
        with pytest.raises(ValueError, match=r"smallest is .*; it must be from 28 to size, 40"):
            DigitCanvas(load_digits("digits"), 40, 0, smallest=smallest)
