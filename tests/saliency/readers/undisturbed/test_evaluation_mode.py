"""A policy is left as it was, whatever its own modules keep and draw."""

import copy
from collections import deque
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import pytest
import torch as th
from gymnasium import spaces
from stable_baselines3.common.policies import ActorCriticPolicy
from stable_baselines3.common.torch_layers import FlattenExtractor
from stable_baselines3.dqn.policies import DQNPolicy

from saccade.saliency import UnknownPolicyError, explain, head_jacobians
from saccade.saliency.checks.random_weights.random_layers import with_random_layers

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


class Collecting(FlattenExtractor):
    """Keeps what it made in containers, as hooks for pictures do."""

    def forward(self, observations):
        made = 2 * observations.flatten(1)
        self.by_name, self.pair = {"all": [made], "deep": {"er": (made, 1)}}, Pair(made, "name")
        self.latest = deque([made], maxlen=2)
        return made


class Pair(NamedTuple):
    made: th.Tensor
    name: str


def test_a_policy_that_keeps_what_it_made_in_containers_can_still_be_copied():
    policy = policy_with(Collecting)
    explain(policy, OBS)  # which copies the policy for random weights
    extractor = policy.features_extractor
    found = [*extractor.by_name["all"], extractor.by_name["deep"]["er"][0], extractor.pair.made, extractor.latest[0]]
    assert len(found) == 4
    assert not any(x.requires_grad for x in found)
    assert (extractor.pair.name, type(extractor.pair), extractor.latest.maxlen) == ("name", Pair, 2)
    copy.deepcopy(policy)


def test_classes_of_others_stay_and_tuples_may_be_shared():
    class Odd(tuple):
        def __new__(cls, first, second):
            return super().__new__(cls, (first, second))

    class Closed(dict):
        def __setitem__(self, name, value):
            raise TypeError("read-only")

    class Sharing(FlattenExtractor):
        def forward(self, observations):
            made = 2 * observations.flatten(1)
            self.odd, self.closed = Odd(made, 1), Closed(made=made)
            self.state = (made, made)
            self.history = {"state": self.state}
            return made

    policy = policy_with(Sharing)
    policy.set_training_mode(True)
    head_jacobians(policy, OBS)
    extractor = policy.features_extractor
    assert all(module.training for module in policy.modules())
    assert (type(extractor.odd), type(extractor.closed)) == (Odd, Closed)
    assert extractor.history["state"] is extractor.state
    assert not extractor.state[0].requires_grad


def test_a_list_that_holds_itself_is_no_trap():
    policy = policy_with(Keeping)
    policy.features_extractor.ring = ring = [th.ones(1)]
    ring.append(ring)
    head_jacobians(policy, OBS)
    assert policy.features_extractor.ring is ring


def test_a_graph_in_an_object_that_cannot_be_copied_is_said():
    policy = policy_with(Keeping)
    policy.features_extractor.box = SimpleNamespace(made=2 * th.ones(1, requires_grad=True))
    with pytest.raises(UnknownPolicyError, match="cannot be copied: an object in it keeps a tensor with its graph"):
        with_random_layers(policy, [])


@pytest.mark.parametrize("way", ["in place", "wrapped", "its function"])
def test_compiled_parts_run_as_they_were_written(way):
    """Compiled code may free what it computed after one backward pass, so it has no gradients of a second head."""
    policy, runs = DQNPolicy(SIGHT, spaces.Discrete(3), lambda _: 0.0), []
    plain = head_jacobians(policy, OBS, ("q", "gap"))

    def counting(graph, _):
        return lambda *given: runs.append(1) or graph.forward(*given)

    if way == "in place":
        policy.q_net.compile(backend=counting)
    elif way == "wrapped":
        policy.q_net = th.compile(policy.q_net, backend=counting)
    else:
        policy.q_net.forward = th.compile(policy.q_net.forward, backend=counting)
    policy.q_net(th.as_tensor(OBS))
    assert len(runs) == 1
    maps = head_jacobians(policy, OBS, ("q", "gap"))
    assert len(runs) == 1
    assert all(th.equal(maps[name], plain[name]) for name in plain)
    policy.q_net(th.as_tensor(OBS))
    assert len(runs) == 2  # compiled again afterwards


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
