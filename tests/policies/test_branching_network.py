"""Dueling networks for several branches of actions."""

import math

import numpy as np
import pytest
import torch as th
from gymnasium import spaces

from saccade.policies import DuelingCnnPolicy, DuelingMlpPolicy, q_of_actions

VECTOR = spaces.Box(-1, 1, (2,), np.float32)
BRANCHES = spaces.MultiDiscrete([3, 4, 2])


def made(actions: spaces.Space, policy: type = DuelingMlpPolicy, space: spaces.Space = VECTOR) -> DuelingMlpPolicy:
    th.manual_seed(0)
    return policy(space, actions, lambda _: 1e-3)


@pytest.mark.parametrize("policy", [DuelingMlpPolicy, DuelingCnnPolicy])
def test_one_branch_is_the_dueling_network_bit_for_bit(policy):
    space = VECTOR if policy is DuelingMlpPolicy else spaces.Box(0, 255, (1, 36, 36), np.uint8)
    single, branched = made(spaces.Discrete(5), policy, space), made(spaces.MultiDiscrete([5]), policy, space)
    assert list(single.state_dict()) == list(branched.state_dict())
    obs = th.as_tensor(np.stack([space.sample() for _ in range(4)]))
    outputs = [each.q_net(obs) for each in (single, branched)]
    assert th.equal(*outputs)
    for q, each in zip(outputs, (single, branched), strict=True):
        q.square().sum().backward()
        assert all(parameter.grad is not None for parameter in each.q_net.parameters())
    for one, other in zip(single.q_net.parameters(), branched.q_net.parameters(), strict=True):
        assert th.equal(one.grad, other.grad)


def test_each_branch_is_centred_for_each_sample():
    value, advantage = made(BRANCHES).q_net.value_advantage(th.randn(6, 2))
    assert value.shape == (6, 1)
    assert advantage.shape == (6, 9)
    for branch in advantage.split((3, 4, 2), dim=1):
        assert th.allclose(branch.mean(dim=1), th.zeros(6), atol=1e-6)


def test_value_and_advantages_add_up_to_q():
    q_net = made(BRANCHES).q_net
    obs, actions = th.randn(6, 2), th.as_tensor(np.stack([BRANCHES.sample() for _ in range(6)]))
    value, advantage = q_net.value_advantage(obs)
    parts = [branch.gather(1, actions[:, d : d + 1]) for d, branch in enumerate(advantage.split((3, 4, 2), dim=1))]
    assert th.allclose(q_of_actions(q_net(obs), actions, q_net.sizes), value + sum(parts), atol=1e-6)


def test_the_network_predicts_its_best_joint_action():
    policy = made(BRANCHES)
    obs = np.random.default_rng(0).normal(size=(7, 2)).astype(np.float32)
    chosen, _ = policy.predict(obs)
    assert chosen.shape == (7, 3)
    branches = policy.q_net(th.as_tensor(obs)).split((3, 4, 2), dim=1)
    assert np.array_equal(chosen, np.stack([branch.argmax(dim=1).numpy() for branch in branches], axis=1))
    assert policy.predict(obs[0])[0].shape == (3,)
    assert BRANCHES.contains(policy.predict(obs[0])[0])


def test_the_gradient_of_all_streams_into_the_trunk_is_scaled():
    q_net = made(BRANCHES).q_net
    obs, trunk = th.randn(6, 2), q_net.shared[0].weight

    def gradient(training: bool) -> th.Tensor:
        q_net.train(training)
        return th.autograd.grad(q_net(obs).square().sum(), trunk)[0]

    assert th.allclose(gradient(True), gradient(False) / math.sqrt(4), atol=1e-6)


def test_weights_are_saved_and_loaded(tmp_path):
    policy = made(BRANCHES)
    policy.save(tmp_path / "policy")
    loaded = DuelingMlpPolicy.load(tmp_path / "policy")
    obs = th.randn(3, 2)
    assert th.equal(policy.q_net(obs), loaded.q_net(obs))
