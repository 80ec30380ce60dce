"""Looks trained end to end: what they read, their derivatives, and that the gaze learns to find something."""

import pytest
import torch as th

from saccade.policies import Retina
from saccade.policies.looks.differentiable_looks import BilinearRead, DifferentiableLooks, GaussianRead
from saccade.policies.looks.gaussian_window import GaussianWindow

READS = [GaussianRead(4, 2), BilinearRead(4, 2)]


def looks(read, **arguments) -> DifferentiableLooks:
    th.manual_seed(0)
    return DifferentiableLooks(read, 3, **{"looks": 3, "what_dim": 6, "where_dim": 4, "units": 8, "gaze_hidden": 5, **arguments})


def test_the_numbers_of_draws_read():
    image = th.rand(2, 1, 20, 20)
    asked = th.tensor([[0.1, -0.2, 0.5, -0.3, 0.2]] * 2)
    seen, gaze = GaussianRead(4, 2)(image, asked)
    assert th.equal(gaze, asked[:, :2])
    stride = 19 / (3 * 2) * th.tensor(-0.3).exp()  # (20 - 1) / (N - 1), and half of it for the first of two scales
    expected = GaussianWindow(4, 2)(image, gaze, *(x.expand(2) for x in (stride, th.tensor(0.25).exp(), th.tensor(0.2).exp())))
    assert th.allclose(seen, expected, atol=1e-6)
    wild, _ = GaussianRead(4, 2)(image, th.full((2, 5), 1e4))
    assert wild.isfinite().all()
    _, bounded = GaussianRead(4, 2, reach=0.6)(image, asked)
    assert th.allclose(bounded, 0.6 * asked[:, :2].tanh())


def test_the_bilinear_read_is_the_retina_at_a_place_on_the_image():
    image, asked = th.rand(2, 1, 20, 20), th.tensor([[0.3, -0.7], [50.0, 0.0]])
    seen, gaze = BilinearRead(4, 2)(image, asked)
    assert th.allclose(gaze, asked.tanh())
    assert th.equal(seen, Retina(4, 2, bilinear=True)(image, gaze))
    _, bounded = BilinearRead(4, 2, reach=0.6)(image, asked)
    assert th.allclose(bounded, 0.6 * asked.tanh())


@pytest.mark.parametrize("kind", [GaussianRead, BilinearRead])
@pytest.mark.parametrize("reach", [0, -1, 1.5])
def test_a_reach_beyond_the_image_is_refused(kind, reach):
    with pytest.raises(ValueError, match=f"reach is {reach}; it must be above 0 and at most 1"):
        kind(4, 2, reach=reach)


@pytest.mark.parametrize("read", READS)
def test_looks_are_those_of_a_plain_loop(read):
    network, image = looks(read), th.rand(5, 1, 12, 12)
    logits, gazes = network.unrolled(image)
    assert (logits.shape, gazes.shape) == ((3, 5, 3), (3, 5, 2))
    assert not gazes[0].any()
    states, asked = None, th.zeros(5, read.numbers)
    for t in range(3):
        seen, gaze = read(image, asked)
        assert th.equal(gaze, gazes[t])
        features = network.glimpse_network(seen, gaze)
        output, states = network.core(features[None], states)
        assert th.allclose(network.answer(output[0]), logits[t], atol=1e-6)
        asked = network.ask(output[0])
    assert th.equal(network(image), logits)


@pytest.mark.parametrize("read", READS)
def test_answers_train_every_weight(read):
    network = looks(read)
    network(th.rand(5, 1, 12, 12))[-1].logsumexp(1).sum().backward()
    assert all(weights.grad is not None and weights.grad.abs().sum() > 0 for weights in network.parameters())


def test_one_look_asks_for_nothing():
    assert looks(READS[1], looks=1)(th.rand(2, 1, 12, 12)).shape == (1, 2, 3)
    with pytest.raises(ValueError, match="at least 1"):
        looks(READS[1], looks=0)


def test_the_gaussian_gaze_learns_to_find_a_spot():
    """A bright spot lies left or right of the centre; the gaze after one look must go to its side."""
    sides = th.arange(8) % 2
    image = th.zeros(8, 1, 16, 16)
    image[sides == 0, :, 6:10, 1:5] = 1.0
    image[sides == 1, :, 6:10, 11:15] = 1.0
    network = looks(GaussianRead(4, 1), looks=2, network="fc", what_dim=16, units=16, gaze_hidden=16)
    th.nn.init.normal_(network.ask[-1].weight, std=0.1)
    optimizer = th.optim.Adam(network.parameters(), lr=0.02)
    for _ in range(40):
        _, gazes = network.unrolled(image)
        loss = -GaussianWindow(2)(image, gazes[1], th.ones(8), th.full((8,), 5.0)).mean()  # how bright it is there
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    x = network.unrolled(image)[1][1, :, 0]
    assert (x[sides == 0] < -0.15).all()
    assert (x[sides == 1] > 0.15).all()
