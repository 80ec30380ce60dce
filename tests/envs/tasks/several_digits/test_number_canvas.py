"""House numbers: what is drawn how often, and where."""

import numpy as np
import pytest
import torch as th
from torch.nn import functional as F

from saccade.envs.counter_random import uniforms
from saccade.envs.tasks.digits import SIDE, load_digits
from saccade.envs.tasks.several_digits.number_canvas import LARGEST, LOWEST_SIZE, NARROWEST, SMALLEST, NumberCanvas

COUNT = 600


def canvas(**arguments) -> NumberCanvas:
    return NumberCanvas(load_digits("digits", "train"), **arguments)


def numbers(drawing: NumberCanvas, count: int = COUNT) -> th.Tensor:
    return uniforms(th.arange(count), th.zeros(count, dtype=th.int64), drawing.draws)


def test_lengths_and_digits_come_equally_often():
    drawing = canvas(height=30, width=60, distractors=0)
    drawn = numbers(drawing, 4000)
    lengths = (drawing.chosen(drawn) >= 0).sum(1).bincount(minlength=6)[1:]
    assert (lengths - 800).abs().max() < 4 * np.sqrt(4000 * 0.2 * 0.8)
    assert (drawing.counts(drawn) == (drawing.chosen(drawn) >= 0).sum(1)).all()
    first = drawing.labels[drawing.chosen(drawn)[:, 0]].bincount(minlength=10)
    expected = 4000 * drawing.labels.bincount(minlength=10) / len(drawing.labels)
    assert ((first - expected).abs() < 4 * expected.sqrt()).all()


@pytest.mark.parametrize(("height", "width", "most"), [(110, 110, 5), (60, 110, 5), (20, 59, 5), (40, 40, 1), (256, 200, 4)])
def test_all_digits_are_whole_on_the_canvas_from_left_to_right(height, width, most):
    drawing = canvas(height=height, width=width, most=most)
    drawn = numbers(drawing)
    there = drawing.chosen(drawn) >= 0
    centres, sides = drawing.places(drawn)
    for axis, end in ((0, height), (1, width)):
        before, after = (centres[..., axis] + sign * sides / 2 for sign in (-1, 1))
        assert before[there].min() >= -1e-9
        assert after[there].max() <= end + 1e-9
    both = there[:, 1:]
    apart = (centres[:, 1:, 1] - centres[:, :-1, 1])[both]
    if most > 1:
        whole = sides.max(1).values[:, None].expand_as(both)[both]
        assert (apart >= NARROWEST * whole * 0.99).all()
    assert sides[there].min() >= SMALLEST * LOWEST_SIZE * SIDE - 1e-9
    assert sides[there].max() <= LARGEST * SIDE + 1e-9


def test_a_digit_by_torchs_interpolation():
    """One digit at its own size, at a whole place, without ground and clutter, and one at another size."""
    drawing = canvas(height=40, width=40, most=1, distractors=0)
    drawn = numbers(drawing, 40)
    drawn[:, 5:7] = th.tensor([1.0, 0.0])  # full contrast, black ground
    images, digits = drawing.draw(drawn)
    (centres, sides), chosen = drawing.places(drawn), drawing.chosen(drawn)[:, 0]
    assert digits[:, 0].tolist() == drawing.labels[chosen].tolist()
    y, x = (th.arange(40) + 0.5 for _ in range(2))
    for i in range(40):
        (row, column), side = centres[i, 0], sides[i, 0]
        grid = th.stack(th.broadcast_tensors((x - column)[None] / side * 2, (y - row)[:, None] / side * 2), dim=2)
        source = drawing.images[chosen[i]][None, None].double()
        expected = F.grid_sample(source, grid[None].double(), padding_mode="zeros", align_corners=False)[0, 0]
        assert (images[i].double() - expected).abs().max() < 3  # in steps of 1/256 of a pixel


def test_contrast_and_ground():
    drawing = canvas(distractors=0, height=60, width=80)
    drawn = numbers(drawing, 300)
    images, _ = drawing.draw(drawn)
    flat = images.flatten(1).float()
    ground, brightest = flat.quantile(0.05, dim=1), flat.max(1).values
    assert ground.min() < 5
    assert 60 < ground.max() <= 77
    assert (brightest - ground).min() > 0.4 * 255 * 0.6
    assert brightest.std() > 15


def test_clutter_is_added_and_things_are_named():
    with_, without = canvas(distractors=6), canvas(distractors=0)
    drawn = numbers(with_, 20)
    plain = drawn[:, : without.draws]
    cluttered, alone = with_.draw(drawn)[0].int(), without.draw(plain)[0].int()
    assert (cluttered >= alone).all()
    masks = with_.objects(drawn)
    assert (((cluttered != alone) & ~masks["distractors"]).sum()) == 0
    assert (masks["digit"] == without.objects(plain)["digit"]).all()
    assert "distractors" not in without.objects(plain)
    assert masks["distractors"].flatten(1).any(1).all()


def test_a_canvas_does_not_depend_on_the_batch():
    drawing = canvas()
    drawn = numbers(drawing, 12)
    together, digits = drawing.draw(drawn)
    for i in (0, 5, 11):
        one, its = drawing.draw(drawn[i : i + 1])
        assert (one[0] == together[i]).all()
        assert (its[0] == digits[i]).all()


def test_the_first_digit_can_be_given():
    drawing = canvas()
    drawn = numbers(drawing, 5)
    given = th.tensor([3, 4, 1079 + 5, 0, 7])
    assert drawing.chosen(drawn, given)[:, 0].tolist() == [3, 4, 5, 0, 7]
    assert drawing.draw(drawn, given)[1][:, 0].tolist() == drawing.labels[[3, 4, 5, 0, 7]].tolist()
