"""Gradients of the expected loss of a network with a random gaze, beside enumeration."""

import pytest
import torch as th
from attacked_toys import Linear, TwoTiles

from saccade.experiments.attacking.methods.gradients import (
    bpda_gradient,
    expected_gradient,
    frozen_gradient,
    plain_gradient,
    scored_gradient,
)
from saccade.experiments.attacking.methods.losses import cross_entropy, margin


class Grid(TwoTiles):
    """Two tiles whose noise is a fine grid, so that each tile comes as often as its probability says."""

    def noise(self, count, generator, drawn=False):
        places = (th.arange(count, dtype=th.float64) + 0.5) / count
        return places.float().view(-1, 1, 1).expand(-1, 1, 2)


IMAGE = th.tensor([0.6, 0.4]).view(1, 1, 1, 2)
LABEL = th.tensor([1])
FEW = 2_000


def enumerated(image: th.Tensor, loss) -> tuple[th.Tensor, th.Tensor]:
    at = image.clone().requires_grad_()
    expected = TwoTiles().expected_loss(at, LABEL, loss)
    (slope,) = th.autograd.grad(expected.sum(), at)
    return expected.detach(), slope


@pytest.mark.parametrize("loss", [cross_entropy, margin])
@pytest.mark.parametrize("pixels", [(0.6, 0.4), (0.1, 0.9), (0.5, 0.5)])
def test_with_the_score_function_term_it_is_the_gradient_of_the_expected_loss(loss, pixels):
    image = th.tensor(pixels).view(1, 1, 1, 2)
    found, slope = scored_gradient(Grid(), LABEL, loss, FEW, th.Generator())(image)
    expected, exact = enumerated(image, loss)
    assert th.allclose(found, expected, atol=2e-3)
    assert th.allclose(slope, exact, atol=5e-3)


def test_without_it_the_choice_of_the_tile_is_left_out():
    """Each tile's own slope, weighted by its probability: the first part of the sum alone."""
    _, slope = expected_gradient(Grid(), LABEL, cross_entropy, FEW, th.Generator())(IMAGE)
    right = (3 * (IMAGE[..., 1] - IMAGE[..., 0])).sigmoid().item()
    parts = []
    for tile, chance in ((0, 1 - right), (1, right)):
        pixel = IMAGE.flatten()[tile].clone().requires_grad_()
        loss = cross_entropy(pixel * TwoTiles().slopes[tile][None], LABEL).sum()
        parts.append(chance * th.autograd.grad(loss, pixel)[0].item())
    assert slope.flatten().tolist() == pytest.approx(parts, abs=2e-3)
    _, exact = enumerated(IMAGE, cross_entropy)
    assert (slope - exact).abs().max() > 0.05  # so the two differ here


def test_few_draws_leave_it_unbiased():
    """With two draws the baseline of each is the other's loss, the case in which a baseline that is not independent would show."""
    count = 20_000
    images, labels = IMAGE.expand(count, -1, -1, -1), LABEL.expand(count)
    _, slopes = scored_gradient(TwoTiles(), labels, cross_entropy, 2, th.Generator().manual_seed(0))(images)
    _, exact = enumerated(IMAGE, cross_entropy)
    error = slopes.std(0) / count**0.5
    assert ((slopes.mean(0) - exact[0]).abs() < 4 * error).all()
    assert (error < 0.02).all()


def test_one_draw_has_no_baseline_and_is_unbiased_too():
    count = 20_000
    images, labels = IMAGE.expand(count, -1, -1, -1), LABEL.expand(count)
    _, slopes = scored_gradient(TwoTiles(), labels, cross_entropy, 1, th.Generator().manual_seed(0))(images)
    _, exact = enumerated(IMAGE, cross_entropy)
    assert ((slopes.mean(0) - exact[0]).abs() < 4 * slopes.std(0) / count**0.5).all()


def test_frozen_gazes_are_those_of_the_clean_canvas():
    victim, count = TwoTiles(), 200
    images, labels = IMAGE.expand(count, -1, -1, -1), LABEL.expand(count)
    seen = victim.answer(images, victim.noise(count, th.Generator().manual_seed(3))).gazes[:, 0, 0] > 0
    gradient = frozen_gradient(victim, labels, cross_entropy, images, th.Generator().manual_seed(3))
    for changed in (images, th.tensor([0.0, 1.0]).view(1, 1, 1, 2).expand(count, -1, -1, -1)):
        _, slopes = gradient(changed)
        assert th.equal(slopes[:, 0, 0, 1] != 0, seen)  # only the pixel that is seen has a slope
        assert th.equal(slopes[:, 0, 0, 0] != 0, ~seen)


def test_where_nothing_is_random_all_are_the_plain_one():
    linear, labels = Linear(th.randn(3, 4, generator=th.Generator().manual_seed(0))), th.tensor([0, 2])
    images = th.rand(2, 1, 2, 2, generator=th.Generator().manual_seed(1))
    losses, slope = plain_gradient(linear, labels, cross_entropy)(images)
    assert th.allclose(losses, cross_entropy(linear.answer(images).logits, labels))
    for estimate in (expected_gradient, scored_gradient, bpda_gradient):
        found, other = estimate(linear, labels, cross_entropy, 3, th.Generator())(images)
        assert th.allclose(found, losses)
        assert th.allclose(other, slope, atol=1e-6)
