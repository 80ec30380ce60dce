"""Gradient ascent in a box: its budget, its optimum on a linear network, its random start."""

import pytest
import torch as th
from attacked_toys import Linear

from saccade.experiments.attacking.methods.gradients import plain_gradient
from saccade.experiments.attacking.methods.losses import LOSSES
from saccade.experiments.attacking.methods.projected_gradient import STEP, box, projected_gradient, uniform_in


def seeded(seed: int = 0) -> th.Generator:
    return th.Generator().manual_seed(seed)


def images(count: int = 6, side: int = 5) -> th.Tensor:
    found = th.rand(count, 1, side, side, generator=seeded(7))
    found[0], found[1] = 0.0, 1.0  # as most of a canvas is
    return found


@pytest.mark.parametrize("eps", [0.1, 1 / 3, 8 / 255, 1.0])
def test_no_canvas_of_the_box_is_further_than_eps(eps):
    """In exact arithmetic: the difference of two float32 numbers is one of float64."""
    at = images()
    low, high = box(at, eps)
    for bound in (low, high):
        assert bound.dtype == th.float32
        assert ((bound.double() - at.double()).abs() <= eps).all()
        assert ((bound >= 0) & (bound <= 1)).all()
    assert (high - low >= min(eps, 1) - 1e-6).all()  # and little is given away
    assert (low[0] == 0).all()
    assert (high[1] == 1).all()


@pytest.mark.parametrize("name", ["cross-entropy", "margin", "dlr"])
@pytest.mark.parametrize("eps", [0.05, 0.3, 0.7])
def test_a_linear_network_is_attacked_as_well_as_it_can_be(name, eps):
    """
    The logits differ by (w_wrong - w_right) x, which is largest at x + eps * sign(w_wrong - w_right) within 0 and 1. With two
    answers beside a third that never counts, all losses rise with that difference.
    """
    weights, bias = th.randn(3, 25, generator=seeded(1)), th.tensor([0.0, 0.0, -1e5])
    weights[2] = 0.0
    at, labels = images(), th.tensor([0, 1, 0, 1, 0, 1])
    towards = th.where((labels == 0)[:, None], weights[1] - weights[0], weights[0] - weights[1]).view(6, 1, 5, 5)
    best = (at + eps * towards.sign()).clamp(0, 1)
    found = projected_gradient(at, eps, plain_gradient(Linear(weights, bias), labels, LOSSES[name]), 10, seeded())
    assert th.allclose(found, best, atol=1e-6)
    assert ((found.double() - at.double()).abs() <= eps).all()


def test_the_best_canvas_on_the_way_is_kept():
    """The loss falls again beyond 0.52: steps of 0.1 from 0.5 pass it, and the one nearest to it is returned."""

    def gradient(at: th.Tensor) -> tuple[th.Tensor, th.Tensor]:
        away = at - 0.52
        return -(away**2).flatten(1).sum(1), th.ones_like(at)

    start = th.full((2, 1, 1, 1), 0.5)
    assert th.allclose(projected_gradient(start, 0.4, gradient, 3, seeded(), step_size=0.1, random_start=False), start)
    reached = projected_gradient(start - 0.1, 0.4, gradient, 3, seeded(), step_size=0.1, random_start=False)
    assert th.allclose(reached, start)


def test_steps_reach_from_one_corner_to_the_other():
    assert STEP * 0.3 / 40 * 40 >= 2 * 0.3


def test_random_starts_fill_the_box_and_follow_the_seed():
    low, high = box(th.full((500, 1, 2, 2), 0.9), 0.3)
    first, again, other = (uniform_in(low, high, seeded(seed)) for seed in (0, 0, 1))
    assert th.equal(first, again)
    assert not th.equal(first, other)
    assert ((first >= low) & (first <= high)).all()
    assert first.mean().item() == pytest.approx(0.8, abs=0.01)  # from 0.6 to 1
    assert first.min() < 0.61
    assert first.max() > 0.99


def test_an_attack_without_budget_or_gradient_changes_nothing():
    at = images()
    flat = lambda x: (th.zeros(len(x)), th.zeros_like(x))  # noqa: E731
    assert th.equal(projected_gradient(at, 0.2, flat, 3, seeded(), random_start=False), at)
    assert th.equal(projected_gradient(at, 0.0, flat, 3, seeded()), at)


def test_momentum_averages_noise_and_counts_directions_alone():
    """The gradient is 1 with noise of standard deviation 20 on it. The loss rises with the pixel."""
    generator = seeded()

    def noisy(at: th.Tensor) -> tuple[th.Tensor, th.Tensor]:
        return at.flatten(1).mean(1), 1 + 20 * th.randn(at.shape, generator=generator)

    start = th.full((200, 1, 4, 4), 0.5)
    ends = [projected_gradient(start, 0.4, noisy, 60, seeded(1), momentum=share).mean().item() for share in (0.0, 0.95)]
    assert ends[1] > ends[0] + 0.02
    at, rising = (
        images(),
        plain_gradient(Linear(th.randn(2, 25, generator=seeded(1))), th.zeros(6, dtype=th.long), LOSSES["margin"]),
    )
    without, with_it = (projected_gradient(at, 0.2, rising, 10, seeded(), momentum=share) for share in (0.0, 0.9))
    assert th.allclose(without, with_it)  # a gradient that stays the same has the same direction
