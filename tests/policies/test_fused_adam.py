import copy

import numpy as np
import pytest
import torch as th
from gymnasium import spaces
from stable_baselines3 import DQN
from stable_baselines3.common.envs import FakeImageEnv
from torch import nn

from saccade.agents import DoubleDQN
from saccade.policies import DuelingCnnPolicy
from saccade.policies.fused_adam import FusedAdam


def test_same_steps_as_torchs_adam():
    th.manual_seed(0)
    ours = nn.Linear(6, 3)
    theirs = copy.deepcopy(ours)
    optimizers = FusedAdam(ours.parameters(), lr=0.01), th.optim.Adam(theirs.parameters(), lr=0.01)
    for _ in range(20):
        x = th.randn(8, 6)
        for net, optimizer in zip((ours, theirs), optimizers, strict=True):
            optimizer.zero_grad()
            net(x).square().mean().backward()
            optimizer.step()
    assert th.allclose(ours.weight, theirs.weight, atol=1e-6)


def test_loaded_moments_of_another_memory_format_reach_the_right_weights():
    th.manual_seed(0)
    saved = nn.Conv2d(4, 8, 3)
    optimizer = FusedAdam(saved.parameters(), lr=0.1)
    saved(th.randn(2, 4, 9, 9)).square().mean().backward()
    optimizer.step()
    loaded = nn.Conv2d(4, 8, 3).to(memory_format=th.channels_last)
    loaded.load_state_dict(saved.state_dict())
    other = FusedAdam(loaded.parameters(), lr=0.1)
    other.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    for net, stepping in ((saved, optimizer), (loaded, other)):
        for p in net.parameters():
            p.grad = th.zeros_like(p)
        stepping.step()
    assert th.allclose(saved.weight, loaded.weight, atol=1e-7)


@pytest.mark.parametrize(("first", "second"), [(DQN, DoubleDQN), (DoubleDQN, DQN)])
def test_dqn_and_double_dqn_continue_each_others_checkpoints(first, second, tmp_path):
    env = FakeImageEnv(screen_height=40, screen_width=40, n_channels=3, discrete=True)
    model = first(DuelingCnnPolicy, env, buffer_size=100, learning_starts=10, batch_size=4, seed=0)
    model.learn(40)
    model.save(tmp_path / "model.zip")
    same, other = first.load(tmp_path / "model.zip"), second.load(tmp_path / "model.zip")
    for loaded in (same, other):
        for p in loaded.q_net.parameters():
            p.grad = th.zeros_like(p)
        loaded.policy.optimizer.step()
    for a, b in zip(same.q_net.parameters(), other.q_net.parameters(), strict=True):
        assert th.allclose(a, b, atol=1e-7)


def test_dueling_policies_use_fused_adam_by_default():
    policy = DuelingCnnPolicy(spaces.Box(0, 255, (1, 36, 36), np.uint8), spaces.Discrete(2), lambda _: 1e-4)
    assert isinstance(policy.optimizer, FusedAdam)
