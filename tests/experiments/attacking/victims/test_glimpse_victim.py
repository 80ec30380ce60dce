"""An agent as a victim looks and answers as it does in its env, and its gradients are those that they are said to be."""

import numpy as np
import pytest
import torch as th
from small_agents import SMALL, canvases, small_env, small_victim
from torch.distributions import Normal

from saccade.experiments import ConfigError
from saccade.experiments.attacking.victims.glimpse_victim import GlimpseVictim
from saccade.policies import GlimpsePolicy


def seeded(seed: int = 0) -> th.Generator:
    return th.Generator().manual_seed(seed)


@pytest.mark.parametrize(
    "gaze",
    [
        {},
        {"relative": True},
        {"first": (0.5, -0.2)},
        {"forced": "center"},
        {"within": 0.05},
        {"within": 0.35, "relative": True, "first": (-0.3, 0.35)},
    ],
)
def test_at_its_mean_it_plays_as_in_its_env(gaze):
    victim, env = small_victim(**gaze), small_env(**gaze)
    obs, state, starts = env.reset(), None, np.ones(6, dtype=bool)
    images, gazes = th.from_numpy(obs["image"]).float() / 255, []
    for _ in range(victim.looks):
        gazes.append(obs["gaze"])
        actions, state = victim.policy.predict(obs, state, starts, deterministic=True)
        obs, _, starts, _ = env.step(actions)
    answer = victim.answer(images, victim.noise(6, seeded()))
    if "within" in gaze:
        assert (np.abs(np.stack(gazes, 1)[:, 1:]) == np.float32(gaze["within"])).any()  # so it binds
    assert not victim.is_random
    assert answer.gazes.numpy() == pytest.approx(np.stack(gazes, 1), abs=1e-5)
    assert answer.logits.argmax(1).tolist() == actions[:, 0].tolist()
    assert th.allclose(answer.beliefs[:, -1], answer.logits.softmax(1))
    assert not any(weight.requires_grad for weight in victim.policy.parameters())


def test_drawn_gazes_have_the_policys_distribution():
    victim, count = small_victim(samples=True), 4_000
    image = canvases(1)[0].expand(count, -1, -1, -1)
    drawn = victim.answer(image, victim.noise(count, seeded())).gazes
    mean = victim.answer(image[:1], th.full((1, 4, 2), 0.5)).gazes
    assert (drawn[:, 0] == 0).all()  # the first is the env's
    inside = mean[0, 1].abs() < 0.6  # where the edge cuts nothing off
    assert inside.any()
    assert (drawn[:, 1].mean(0) - mean[0, 1])[inside].abs().max() < 4 * 0.1 / count**0.5
    assert (drawn[:, 1].std(0) - 0.1)[inside].abs().max() < 0.005
    assert victim.is_random
    assert victim.chooses_gaze
    assert th.equal(victim.noise(3, seeded()), victim.noise(3, seeded()))


def test_log_probabilities_are_those_of_the_gazes():
    victim = small_victim(samples=True)
    images = canvases()[0].requires_grad_()
    noise = victim.noise(6, seeded())
    answer = victim.answer(images, noise)
    expected = 0
    memory, starts = victim.eye.start(6), th.ones(6)
    for t in range(3):
        distribution, memory = victim.eye.decide(images, answer.gazes[:, t], memory, starts)
        starts = th.zeros(6)
        own = Normal(distribution.gaze.mean, 0.1)
        expected = expected + own.log_prob(own.icdf(noise[:, t + 1]).detach()).sum(1)
    assert th.allclose(answer.log_probs, expected, atol=1e-4)
    assert th.allclose(victim.answer(images, gazes=answer.gazes).logits, answer.logits, atol=1e-6)
    ours, theirs = (th.autograd.grad(x.sum(), images, retain_graph=True)[0] for x in (answer.log_probs, expected))
    assert th.allclose(ours, theirs, atol=1e-3 * float(theirs.abs().max()))
    assert theirs.abs().max() > 0


def test_through_the_gaze_the_gradient_is_that_of_finite_differences():
    """
    For an agent whose own retina interpolates, so that nothing is approximated. The function bends where a patch passes the middle
    of a pixel and where a ReLU begins, so steps are small, and a few of them may meet a bend.
    """
    victim = small_victim(bilinear=True)
    images, labels = canvases(8)
    noise, step = victim.noise(8, seeded()), 2e-3

    def value(at: th.Tensor, **how: bool) -> th.Tensor:
        return victim.answer(at, noise, **how).logits.gather(1, labels[:, None]).squeeze(1)

    def slopes(**how: bool) -> th.Tensor:
        at = images.clone().requires_grad_()
        return th.autograd.grad(value(at, **how).sum(), at)[0]

    whole, crops = slopes(through_gaze=True), slopes()
    near = {"whole": [], "crops": []}
    for number in range(6):
        way = th.randn(images.shape, generator=seeded(number)).sign()
        with th.no_grad():
            measured = (value(images + step * way) - value(images - step * way)) / (2 * step)
        for name, found in (("whole", whole), ("crops", crops)):
            near[name].append(((found * way).flatten(1).sum(1) - measured).abs() / measured.abs().clamp(min=0.5))
    errors = {name: th.cat(found) for name, found in near.items()}
    assert errors["whole"].median() < 0.02
    assert errors["crops"].median() > max(0.05, 5 * errors["whole"].median())  # so the gaze's part is large here


def test_the_approximation_changes_the_gradient_and_nothing_else():
    victim, (images, labels) = small_victim(), canvases()
    noise = victim.noise(6, seeded())
    with th.no_grad():
        straight, through = (victim.answer(images, noise, through_gaze=way) for way in (False, True))
    assert th.allclose(straight.logits, through.logits, atol=1e-5)
    assert th.allclose(straight.gazes, through.gazes, atol=1e-6)
    found = []
    for way in (False, True):
        at = images.clone().requires_grad_()
        answer = victim.answer(at, noise, through_gaze=way)
        assert th.allclose(answer.logits, straight.logits, atol=1e-5)
        found.append(th.autograd.grad(answer.logits.gather(1, labels[:, None]).sum(), at)[0])
    assert (found[0] - found[1]).abs().max() > 0.01


def test_given_gazes_are_looked_at():
    victim, images = small_victim(samples=True), canvases()[0]
    gazes = th.rand(6, 4, 2, generator=seeded()) * 2 - 1
    answer = victim.answer(images, gazes=gazes)
    assert th.equal(answer.gazes, gazes)
    assert answer.log_probs is None
    seen = victim.glimpse(images, gazes[:, 2])
    assert th.equal(seen, victim.eye.retina(images, gazes[:, 2]))


@pytest.mark.parametrize(
    ("gaze", "samples", "is_random", "chooses"),
    [
        ({}, False, False, True),
        ({}, True, True, True),
        ({"first": "random"}, False, True, True),
        ({"forced": "random", "reach": 0.5}, False, True, False),
        ({"forced": "random", "within": 0.5}, False, True, False),
        ({"forced": "center"}, True, False, False),
    ],
)
def test_what_is_random(gaze, samples, is_random, chooses):
    victim, images = small_victim(samples, **gaze), canvases(1)[0].expand(50, -1, -1, -1)
    assert (victim.is_random, victim.chooses_gaze) == (is_random, chooses)
    gazes = victim.answer(images, victim.noise(50, seeded())).gazes
    assert (gazes.std(0) > 1e-6).any().item() == is_random
    if gaze.get("forced") == "random":
        assert gazes.abs().max() <= 0.5
        assert gazes.std().item() == pytest.approx(0.5 / 3**0.5, rel=0.1)
    drawn = victim.answer(images, victim.noise(50, seeded(), drawn=True)).gazes
    assert (drawn.std(0) > 1e-6).any().item() == (is_random or chooses)


@pytest.mark.parametrize("gaze", [{"tiles": 3}, {"memory": 1}, {"relative": True, "pixels": 4}])
def test_other_gazes_are_refused(gaze):
    env = small_env(1, **gaze)
    policy = GlimpsePolicy(env.observation_space, env.action_space, lambda _: 1e-3, **SMALL)
    with pytest.raises(ConfigError, match="attacks are for a continuous gaze alone"):
        GlimpseVictim("other", policy, env.get_attr("gaze")[0], 4, False)
