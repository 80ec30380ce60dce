"""Random search by squares."""

import pytest
import torch as th
from attacked_toys import Linear

from saccade.experiments.attacking.methods.ladder import Effort, Target, square
from saccade.experiments.attacking.methods.losses import margin
from saccade.experiments.attacking.methods.square_attack import share_of_canvas, square_attack


def seeded(seed: int = 0) -> th.Generator:
    return th.Generator().manual_seed(seed)


def test_the_schedule_is_that_of_the_paper():
    """0.8 of the canvas, halved after 10, 50, 200, 500, 1000, 2000, 4000, 6000 and 8000 of 10,000 queries."""
    assert [share_of_canvas(i, 10_000) for i in (0, 10, 11, 51, 201, 9_999)] == [0.8, 0.8, 0.4, 0.2, 0.1, 0.8 / 512]
    assert share_of_canvas(6, 1_000) == 0.2  # stretched: 60 of 10,000


def test_squares_find_what_the_gradient_would():
    """One bright block decides. Of all changes by 0.2 the best makes it 0.2 brighter everywhere, and the search comes close."""
    weights = th.zeros(2, 64)
    weights[1].view(8, 8)[2:5, 3:6] = 1.0
    images, labels = th.full((3, 1, 8, 8), 0.5), th.zeros(3, dtype=th.long)

    def query(at: th.Tensor, which: th.Tensor) -> tuple[th.Tensor, th.Tensor]:
        return margin(Linear(weights).answer(at).logits, labels[which]), th.zeros(len(at), dtype=th.bool)

    found = square_attack(images, 0.2, query, 300, seeded())
    gained = query(found, th.arange(3))[0] - query(images, th.arange(3))[0]
    assert (gained > 0.9 * 9 * 0.2).all()
    assert ((found.double() - 0.5).abs() <= 0.2).all()
    assert (found.flatten(1).std(0) > 0).any()  # each canvas has squares of its own


@pytest.mark.parametrize("eps", [0.05, 0.3])
def test_the_loss_never_falls_and_the_seed_decides(eps):
    weights, images = th.randn(4, 36, generator=seeded(1)), th.rand(5, 1, 6, 6, generator=seeded(2))
    labels, seen = th.tensor([0, 1, 2, 3, 0]), []

    def query(at: th.Tensor, which: th.Tensor) -> tuple[th.Tensor, th.Tensor]:
        seen.append(len(at))
        return margin(Linear(weights).answer(at).logits, labels[which]), th.zeros(len(at), dtype=th.bool)

    few, again, more, other = (square_attack(images, eps, query, n, seeded(s)) for n, s in ((20, 0), (20, 0), (60, 0), (20, 1)))
    assert seen[:20] == [5] * 20
    assert th.equal(few, again)
    assert not th.equal(few, other)
    stripes = square_attack(images, eps, query, 1, seeded())
    assert (stripes[0, 0].std(0) < images[0, 0].std(0) + 1e-6).all()  # a column moves as a whole
    losses = [query(at, th.arange(5))[0] for at in (stripes, more)]
    assert (losses[1] >= losses[0]).all()


def test_a_canvas_that_is_fooled_is_left_alone():
    """Its logits are wrong from the start, so the first query is the last."""
    asked = []

    class Counting(Linear):
        def answer(self, images, noise=None, gazes=None, through_gaze=False):
            asked.append(len(images))
            return super().answer(images)

    victim = Counting(th.zeros(2, 16), th.tensor([0.0, 1.0]))
    target = Target(victim, th.rand(3, 1, 4, 4), th.tensor([0, 0, 1]), 0.1, margin, Effort(queries=5))
    square(target, seeded())
    assert asked == [3, 1, 1, 1, 1]
