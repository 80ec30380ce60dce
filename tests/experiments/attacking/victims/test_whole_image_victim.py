"""Soft attention and other networks on the whole canvas as victims: their answers, and gradients for the attack."""

import pytest
import torch as th
from torch import nn

from saccade.experiments.attacking.methods.gradients import plain_gradient
from saccade.experiments.attacking.methods.losses import cross_entropy
from saccade.experiments.attacking.victims.victim import WholeImageVictim
from saccade.experiments.whole_image.networks import make_network

RECURRENT = {"soft": True, "window": True, "bilinear": True, "cnn": False}


def network_of(kind: str) -> nn.Module:
    th.manual_seed(0)
    return make_network(kind, (28, 28), 10, 3, {})


def canvases(count: int = 4) -> tuple[th.Tensor, th.Tensor]:
    generator = th.Generator().manual_seed(1)
    return th.rand(count, 1, 28, 28, generator=generator), th.arange(count)


@pytest.mark.parametrize("kind", RECURRENT)
def test_a_network_with_an_lstm_answers_without_cudnn(kind, monkeypatch):
    monkeypatch.setattr(th.backends.cudnn, "enabled", True)
    network, seen = network_of(kind), []
    victim = WholeImageVictim(kind, network)
    network.register_forward_pre_hook(lambda *_: seen.append((th.backends.cudnn.enabled, network.training)))
    victim.answer(canvases()[0])
    assert seen == [(not RECURRENT[kind], False)]
    assert th.backends.cudnn.enabled


def test_cudnn_is_on_again_after_an_error(monkeypatch):
    monkeypatch.setattr(th.backends.cudnn, "enabled", True)
    with pytest.raises(RuntimeError):
        WholeImageVictim("soft", network_of("soft")).answer(th.rand(2, 3, 28, 28))
    assert th.backends.cudnn.enabled


def test_the_last_look_of_soft_attention_counts():
    network, images = network_of("soft"), canvases()[0]
    answer = WholeImageVictim("soft", network).answer(images)
    assert th.equal(answer.logits, network(images)[-1])
    assert not th.equal(answer.logits, network(images)[0])


def test_the_gradient_of_soft_attention_is_that_of_finite_differences():
    network, (images, labels) = network_of("soft").double(), canvases()
    victim, images = WholeImageVictim("soft", network), images.double()
    _, slope = plain_gradient(victim, labels, cross_entropy)(images)
    way = th.randn(images.shape, generator=th.Generator().manual_seed(2)).double().sign()
    step = 1e-6

    def value(at: th.Tensor) -> th.Tensor:
        return cross_entropy(victim.answer(at).logits, labels)

    measured = (value(images + step * way) - value(images - step * way)) / (2 * step)
    assert th.allclose((slope * way).flatten(1).sum(1), measured, rtol=1e-3, atol=1e-9)
    assert measured.abs().min() > 1e-6


@pytest.mark.gpu
@pytest.mark.parametrize("kind", RECURRENT)
def test_on_a_gpu_the_gradient_is_that_of_the_cpu(kind):
    found = []
    for device in ("cpu", "cuda"):
        victim = WholeImageVictim(kind, network_of(kind).to(device))
        images, labels = (each.to(device) for each in canvases())
        found.append(plain_gradient(victim, labels, cross_entropy)(images)[1].cpu())
    assert found[0].abs().max() > 0
    assert th.allclose(*found, rtol=1e-2, atol=1e-2 * float(found[0].abs().max()))
