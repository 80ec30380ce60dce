import math

import numpy as np
import pytest
import torch as th
from gymnasium import spaces
from torch import nn

from saccade.policies import DuelingMlpPolicy

VECTOR = spaces.Box(-1, 1, (2,), np.float32)


def hand_made_policy() -> DuelingMlpPolicy:
    """V = 2 x0 - x1 + 1 and raw advantages (x0, 3 x0, 2 x1): every layer linear and set by hand."""
    policy = DuelingMlpPolicy(VECTOR, spaces.Discrete(3), lambda _: 1e-3, net_arch=[], hidden_width=2, activation_fn=nn.Identity)
    q_net = policy.q_net
    with th.no_grad():
        for stream in (q_net.value_stream, q_net.advantage_stream):
            stream[0].weight.copy_(th.eye(2))
            stream[0].bias.zero_()
        q_net.value_stream[2].weight.copy_(th.tensor([[2.0, -1.0]]))
        q_net.value_stream[2].bias.fill_(1.0)
        q_net.advantage_stream[2].weight.copy_(th.tensor([[1.0, 0.0], [3.0, 0.0], [0.0, 2.0]]))
        q_net.advantage_stream[2].bias.zero_()
    return policy


def test_value_and_advantage_by_hand():
    value, advantage = hand_made_policy().q_net.value_advantage(th.tensor([[1.0, 2.0], [0.5, -1.0]]))
    # x = (1, 2): V = 2 - 2 + 1 = 1, raw A = (1, 3, 4), mean 8/3.  x = (0.5, -1): V = 1 + 1 + 1 = 3, raw A = (0.5, 1.5, -2), mean 0.
    assert th.allclose(value, th.tensor([[1.0], [3.0]]))
    assert th.allclose(advantage, th.tensor([[1 - 8 / 3, 3 - 8 / 3, 4 - 8 / 3], [0.5, 1.5, -2.0]]))


def test_q_is_value_plus_advantage_and_the_mean_is_per_sample():
    q_net = DuelingMlpPolicy(VECTOR, spaces.Discrete(3), lambda _: 1e-3).q_net
    obs = th.randn(5, 2)
    value, advantage = q_net.value_advantage(obs)
    assert value.shape == (5, 1)
    assert advantage.shape == (5, 3)
    assert th.allclose(advantage.mean(dim=1), th.zeros(5), atol=1e-6)
    assert th.equal(q_net(obs), value + advantage)
    # Q of a sample does not depend on the rest of the batch. It would if the mean also ran over the batch.
    assert th.allclose(q_net(obs[2:3]), q_net(obs)[2:3], atol=1e-6)


def test_single_action_has_no_advantage():
    _, advantage = DuelingMlpPolicy(VECTOR, spaces.Discrete(1), lambda _: 1e-3).q_net.value_advantage(th.randn(4, 2))
    assert th.equal(advantage, th.zeros(4, 1))


def test_gradient_into_the_trunk_is_scaled_once_and_only_in_training():
    q_net = DuelingMlpPolicy(VECTOR, spaces.Discrete(3), lambda _: 1e-3).q_net
    obs = th.randn(6, 2)
    trunk, head = q_net.shared[0].weight, q_net.value_stream[2].weight

    def gradients(training: bool) -> tuple[th.Tensor, th.Tensor]:
        q_net.train(training)
        return th.autograd.grad(q_net(obs).square().sum(), [trunk, head])

    (trunk_scaled, head_scaled), (trunk_plain, head_plain) = gradients(True), gradients(False)
    assert th.allclose(trunk_scaled, trunk_plain / math.sqrt(2))
    assert th.equal(head_scaled, head_plain)
    assert th.equal(q_net.train()(obs), q_net.eval()(obs))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_float32_and_float64_vectors_enter_a_float32_network(dtype):
    q_net = DuelingMlpPolicy(spaces.Box(-1, 1, (2,), dtype), spaces.Discrete(3), lambda _: 1e-3).q_net
    obs = np.array([[0.3, -0.2]], dtype=dtype)
    assert q_net(th.as_tensor(obs)).dtype == th.float32
