"""Soft looks at one image: the same as the top-down LSTM on a map that stands still, and they learn."""

import pytest
import torch as th
from torch import nn
from torch.nn import functional as F

from saccade.policies.looks.soft_looks import SoftLooks


def soft(**arguments) -> SoftLooks:
    th.manual_seed(0)
    trunk = nn.Sequential(nn.Conv2d(1, 6, 3, stride=2, padding=1), nn.ReLU())
    return SoftLooks(trunk, 6, (5, 4), 3, **{"looks": 3, "units": 8, "queries": 2, "keys": 2, "values": 4, "waves": 2, **arguments})


def test_soft_looks_are_the_top_down_lstm_on_one_map_at_each_step():
    network, image = soft(), th.rand(4, 1, 10, 8)
    logits, seen = network.unrolled(image)
    assert (logits.shape, seen.shape) == ((3, 4, 3), (3, 4, 2, 5, 4))
    assert th.allclose(seen.sum((3, 4)), th.ones(3, 4, 2), atol=1e-6)
    features = network.trunk(image).flatten(1).expand(3, -1, -1)
    zeros = th.zeros(1, 4, 8)
    outputs, _ = network.core(features, (zeros, zeros))
    assert th.allclose(network.answer(outputs), logits, atol=1e-6)
    assert th.allclose(network.core.attention(features, th.ones(3, 4), (zeros, zeros)), seen, atol=1e-6)
    with pytest.raises(ValueError, match="at least 1"):
        soft(looks=0)


def test_soft_looks_learn_which_of_two_corners_is_bright():
    side = th.arange(16) % 2
    image = th.rand(16, 1, 10, 8, generator=th.Generator().manual_seed(0)) / 4
    image[side == 0, :, :3, :3] = 1.0
    image[side == 1, :, 7:, 5:] = 1.0
    network = soft(units=16)
    optimizer = th.optim.Adam(network.parameters(), lr=0.02)
    for _ in range(80):
        loss = F.cross_entropy(network(image)[-1], side)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert (network(image)[-1].argmax(1) == side).all()
