"""The reader of a policy whose gaze is drawn from a distribution."""

import numpy as np
import pytest
import torch as th
from gymnasium import spaces
from small_policies import POLICIES

from saccade.policies import GlimpsePolicy, Retina
from saccade.saliency.errors import ObservationError
from saccade.saliency.readers.head_reader import eye_of


def reader():
    th.manual_seed(0)
    policy = POLICIES["glimpse"]()
    policy.set_training_mode(False)
    return eye_of(policy)


def inputs(eye, count: int = 5):
    space = eye.policy.observation_space["image"]
    images = th.rand(count, *space.shape, generator=th.Generator().manual_seed(0))
    return images, th.rand(count, 2, generator=th.Generator().manual_seed(1)) - 0.5


def test_it_decides_as_the_policy_does():
    eye = reader()
    images, gazes = inputs(eye)
    memory, starts = eye.start(5), th.ones(5)
    for _ in range(2):
        ours, after = eye.decide(images, gazes, memory, starts)
        logits, mean = ours.action.logits, ours.gaze.mean
        theirs, expected = eye.policy.get_distribution({"image": images * 255, "gaze": gazes}, memory, starts)
        assert th.allclose(logits, theirs.action.logits, atol=1e-5)
        assert th.allclose(mean, theirs.gaze.mean, atol=1e-5)
        assert all(th.allclose(one, other, atol=1e-5) for one, other in zip(after, expected, strict=True))
        memory, starts = after, th.zeros(5)
    assert eye.draws_gaze


def test_a_gaze_with_a_gradient_does_not_change_what_is_seen():
    eye = reader()
    images, gazes = inputs(eye)
    plain = eye.decide(images, gazes, eye.start(5), th.ones(5))[0].action.logits
    moving = gazes.clone().requires_grad_()
    found = eye.decide(images, moving, eye.start(5), th.ones(5))[0].action.logits
    assert th.allclose(plain, found, atol=1e-5)
    slope = th.autograd.grad(found[:, 0].sum(), moving)[0]
    assert (slope.abs() > 0).all()


@pytest.mark.parametrize("axis", [0, 1])
def test_with_a_bilinear_retina_the_gradient_is_exact(axis):
    eye = reader()
    eye.policy.features_extractor.retina = Retina(eye.retina.size, eye.retina.scales, bilinear=True)
    images, gazes = inputs(eye)
    at = gazes.clone().requires_grad_()

    def value(where: th.Tensor) -> th.Tensor:
        return eye.decide(images, where, eye.start(5), th.ones(5))[0].action.logits[:, 0]

    slope = th.autograd.grad(value(at).sum(), at)[0][:, axis]
    step = th.zeros(2)
    step[axis] = 1e-3
    with th.no_grad():
        measured = (value(gazes + step) - value(gazes - step)) / 2e-3
    assert ((slope - measured).abs() < 2e-3 + 0.05 * measured.abs()).sum() >= 4  # a bend may lie between


@pytest.mark.parametrize(("entry", "shape"), [("move", (2,)), ("progress", (3,)), ("gazes", (1, 2))])
def test_a_policy_that_is_told_more_than_its_gaze_is_refused(entry, shape):
    beside = {entry: spaces.Box(-1, 1, shape, np.float32)}
    space = spaces.Dict({"image": spaces.Box(0, 255, (1, 16, 16), np.uint8), "gaze": spaces.Box(-1, 1, (2,), np.float32), **beside})
    action = spaces.Box(np.array([0, -1, -1], np.float32), np.array([2, 1, 1], np.float32))
    eye = eye_of(GlimpsePolicy(space, action, lambda _: 1e-3, features_extractor_kwargs={"size": 6, "network": "fc"}))
    with pytest.raises(ObservationError, match=f"is told '{entry}' by its env"):
        eye.decide(*inputs(eye), eye.start(5), th.ones(5))
