"""A policy is left as it was, whatever its own modules keep and draw."""

import copy

import numpy as np
import torch as th
from gymnasium import spaces
from stable_baselines3.common.policies import ActorCriticPolicy
from stable_baselines3.common.torch_layers import FlattenExtractor

from saccade.saliency import explain, head_jacobians

SIGHT = spaces.Box(-1, 1, (18,), np.float32)
OBS = np.random.default_rng(0).uniform(-1, 1, (8, 18)).astype(np.float32)


class Keeping(FlattenExtractor):
    """Keeps what it made last, as networks keep their attention for pictures."""

    last: th.Tensor | None = None

    def forward(self, observations):
        self.last = 2 * observations.flatten(1)
        return self.last


class Noisy(FlattenExtractor):
    """Draws whenever it is asked."""

    def forward(self, observations):
        return observations.flatten(1) + 0.01 * th.randn(observations.shape)


def policy_with(extractor) -> ActorCriticPolicy:
    return ActorCriticPolicy(SIGHT, spaces.Discrete(3), lambda _: 0.0, net_arch=[], features_extractor_class=extractor)


def test_a_policy_that_keeps_what_it_made_last_can_still_be_copied():
    policy = policy_with(Keeping)
    policy.predict(OBS)
    copy.deepcopy(policy)
    head_jacobians(policy, OBS)
    copy.deepcopy(policy)
    assert not policy.features_extractor.last.requires_grad  # as after `predict`: a graph would hold the memory of a whole batch


def test_a_graph_of_somebody_else_stays():
    policy = policy_with(Keeping)
    policy.features_extractor.other = kept = 3 * th.ones(1, requires_grad=True)
    head_jacobians(policy, OBS)
    assert policy.features_extractor.other is kept
    assert kept.requires_grad


def test_the_random_state_stays_although_the_policy_draws_from_it():
    policy, state = policy_with(Noisy), th.get_rng_state()
    explain(policy, OBS)
    assert th.equal(th.get_rng_state(), state)
