"""Heads that autocast leaves alone."""

import numpy as np
import pytest
import torch as th
from gymnasium import spaces
from torch import nn

from saccade.policies import DuelingCnnPolicy, SoftAttentionDuelingPolicy
from saccade.policies.layers.full_precision import FullPrecisionLinear


@pytest.fixture
def layer() -> FullPrecisionLinear:
    """Two outputs near 20 that differ by 0.03: bfloat16 takes them for the same number."""
    layer = FullPrecisionLinear(1, 2)
    with th.no_grad():
        layer.weight.copy_(th.tensor([[0.01], [0.04]]))
        layer.bias.fill_(20.0)
    return layer


def test_by_hand(layer):
    features = th.ones(1, 1)
    with th.autocast("cpu", dtype=th.bfloat16):
        plain = nn.functional.linear(features, layer.weight, layer.bias)
        found = layer(features)
    assert plain[0, 0] == plain[0, 1] == 20
    assert found.dtype == th.float32
    np.testing.assert_allclose(found.detach().numpy(), [[20.01, 20.04]], rtol=1e-6)


def test_it_is_a_linear_layer_where_nothing_is_rounded():
    th.manual_seed(0)
    plain = nn.Linear(5, 3)
    layer = FullPrecisionLinear(5, 3)
    layer.load_state_dict(plain.state_dict())
    features = th.randn(4, 5)
    assert th.equal(layer(features), plain(features))
    rounded = plain(features.bfloat16().float())
    with th.autocast("cpu", dtype=th.bfloat16):
        assert not th.equal(layer(features), plain(features))
        assert th.equal(layer(features.bfloat16()), rounded)


def test_it_computes_in_the_precision_of_its_weights():
    layer = FullPrecisionLinear(2, 1).double()
    assert layer(th.ones(1, 2)).dtype == th.float64


def test_gradients_reach_what_lies_before_it(layer):
    features = th.ones(1, 1, requires_grad=True)
    with th.autocast("cpu", dtype=th.bfloat16):
        found = layer(features * 1).sum()
    found.backward()
    np.testing.assert_allclose(features.grad.numpy(), [[0.05]], rtol=1e-6)
    np.testing.assert_allclose(layer.weight.grad.numpy(), [[1.0], [1.0]])


@pytest.mark.parametrize("policy_class", [DuelingCnnPolicy, SoftAttentionDuelingPolicy])
def test_near_actions_are_told_apart_under_autocast(policy_class):
    """V is 20, and the best action is worth 0.03 more than the next: not one of two states is tied."""
    th.manual_seed(0)
    policy = policy_class(spaces.Box(0, 255, (4, 84, 84), np.uint8), spaces.Discrete(3), lambda _: 1e-4)
    net = policy.q_net
    with th.no_grad():
        for stream, bias in ((net.value_stream, [20.0]), (net.advantage_stream, [0.0, 0.03, 0.06])):
            stream[-1].weight.zero_()
            stream[-1].bias.copy_(th.tensor(bias))
        states = th.randint(0, 256, (2, 4, 84, 84), dtype=th.uint8)
        with th.autocast("cpu", dtype=th.bfloat16):
            q = net(states)
    np.testing.assert_allclose(q.numpy(), [[19.97, 20.0, 20.03]] * 2, rtol=1e-5)
