"""The rungs: whom they fit, that they keep the budget, and that each raises the loss that it is meant to raise."""

import pytest
import torch as th
from attacked_toys import Linear, TwoTiles
from small_agents import canvases, small_victim

from saccade.experiments.attacking.methods import ladder
from saccade.experiments.attacking.methods.ladder import RUNGS, Effort, Target, canvases_at_once, examples, fitting_rungs
from saccade.experiments.attacking.methods.losses import cross_entropy

EFFORT = Effort(steps=6, draws=4, queries=12)


def seeded(seed: int = 0) -> th.Generator:
    return th.Generator().manual_seed(seed)


def pixels_of(images: th.Tensor) -> Linear:
    return Linear(th.randn(10, images[0].numel(), generator=seeded(4)))


def test_whom_each_rung_fits():
    cnn = Linear(th.ones(2, 4))
    gazes = ["frozen", "eot", "score", "bpda"]
    assert fitting_rungs(cnn, None) == ["gradient", "square"]
    assert fitting_rungs(cnn, cnn) == ["gradient", "square"]  # its own examples are not a transfer
    assert fitting_rungs(cnn, Linear(th.ones(2, 4))) == ["gradient", "transfer", "square"]
    assert fitting_rungs(small_victim(), None) == [*gazes, "square"]
    assert fitting_rungs(small_victim(samples=True), cnn) == [*gazes, "transfer", "square"]
    assert fitting_rungs(small_victim(forced="random"), cnn) == ["frozen", "eot", "transfer", "square"]
    assert fitting_rungs(small_victim(forced="center"), None) == ["frozen", "square"]


@pytest.mark.parametrize("samples", [False, True], ids=["mean", "drawn"])
@pytest.mark.parametrize("name", ["frozen", "eot", "score", "bpda", "square"])
def test_against_an_agent(name, samples):
    victim, images = small_victim(samples), canvases(5)[0]
    labels = victim.answer(images, th.full((5, 4, 2), 0.5)).logits.argmax(1)  # so it is right before the attack
    target = Target(victim, images, labels, 0.2, cross_entropy, EFFORT)
    found = examples(RUNGS[name], target, seeded())
    away = (found.double() - images.double()).abs()
    assert (away <= 0.2).all()
    assert ((found >= 0) & (found <= 1)).all()
    assert away.amax((1, 2, 3)).min() > 0.1
    assert th.equal(found, examples(RUNGS[name], target, seeded()))

    if name == "square":  # it may stop at once, where the stripes that it begins with are enough
        return

    def expected(at: th.Tensor) -> th.Tensor:
        """Mean loss over gazes that the attack has not seen."""
        noise = victim.noise(5 * 40, seeded(9))
        losses = cross_entropy(victim.answer(at.repeat_interleave(40, 0), noise).logits, labels.repeat_interleave(40))
        return losses.detach().mean()

    assert expected(found) > expected(images) + (0.02 if name == "frozen" else 0.1)


def test_the_score_function_term_moves_the_eye():
    """
    Both tiles speak for the right answer, the left one more. What is seen speaks less where it is darker, so the second rung
    darkens both. But a bright right tile attracts the eye, which then does not see the left one: the third rung leaves it some
    light.
    """
    victim = TwoTiles(gain=10.0, slopes=th.tensor([[0.0, 8.0], [0.0, 1.0]]))
    image, label = th.tensor([0.5, 0.5]).view(1, 1, 1, 2).expand(8, -1, -1, -1), th.ones(8, dtype=th.long)
    losses = {}
    for name in ("eot", "score"):
        target = Target(victim, image, label, 0.3, cross_entropy, Effort(steps=20, draws=200))
        losses[name] = victim.expected_loss(examples(RUNGS[name], target, seeded()), label, cross_entropy).mean()
    best = max(
        victim.expected_loss(th.tensor([[0.2 + 0.6 * i / 20, 0.2 + 0.6 * j / 20]]), label[:1], cross_entropy).item()
        for i in range(21)
        for j in range(21)
    )
    assert losses["score"] > losses["eot"] + 0.04
    assert losses["score"].item() == pytest.approx(best, abs=0.02)


def test_transfer_hands_over_the_examples_against_the_source():
    images, labels = canvases(4)
    source, victim = pixels_of(images), small_victim()
    target = Target(victim, images, labels, 0.1, cross_entropy, EFFORT, source)
    found = examples(RUNGS["transfer"], target, seeded())
    own = examples(RUNGS["gradient"], Target(source, images, labels, 0.1, cross_entropy, EFFORT), seeded())
    assert th.equal(found, own)
    assert (source.answer(found).logits.argmax(1) != labels).all()


def test_parts_leave_the_budget_and_the_order_alone(monkeypatch):
    monkeypatch.setattr(ladder, "AT_ONCE", 8)
    images, labels = canvases(5)
    target = Target(pixels_of(images), images, labels, 0.1, cross_entropy, EFFORT)
    found = examples(RUNGS["gradient"], target, seeded())
    assert (found - images).abs().max() <= 0.1 + 1e-7
    monkeypatch.setattr(ladder, "AT_ONCE", 2)
    assert th.allclose(found, examples(RUNGS["gradient"], target, seeded()), atol=1e-6)


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        (True, {"frozen": 500, "eot": 25, "score": 25, "bpda": 25, "transfer": 500, "square": 125}),
        (False, {"bpda": 500, "square": 500}),
    ],
    ids=["drawn", "mean"],
)
def test_a_part_has_as_many_canvases_as_the_draws_of_its_rung_leave_room_for(samples, expected):
    images, labels = canvases(1)
    target = Target(small_victim(samples), images, labels, 0.1, cross_entropy, Effort(draws=20))
    assert {name: canvases_at_once(RUNGS[name], target) for name in expected} == expected


@pytest.mark.parametrize("name", ["frozen", "eot", "score", "bpda", "square"])
@pytest.mark.parametrize("samples", [False, True], ids=["mean", "drawn"])
def test_the_draws_that_count_are_those_that_the_victim_is_asked_with(name, samples, monkeypatch):
    """So that a part fills a pass and no more."""
    victim, (images, labels) = small_victim(samples), canvases(3)
    asked, answer = [], victim.answer
    monkeypatch.setattr(victim, "answer", lambda images, *given, **how: asked.append(len(images)) or answer(images, *given, **how))
    target = Target(victim, images, labels, 0.1, cross_entropy, EFFORT)
    RUNGS[name].attack(target, seeded())
    assert max(asked) == 3 * RUNGS[name].draws(target)


@pytest.mark.gpu
def test_parts_on_a_gpu_are_larger():
    images, labels = (each.cuda() for each in canvases(1))
    assert canvases_at_once(RUNGS["gradient"], Target(pixels_of(images), images, labels, 0.1, cross_entropy, EFFORT)) == 4_000
