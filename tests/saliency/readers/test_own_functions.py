"""Policies that override SB3's functions: heads are those functions, exactly."""

import numpy as np
import pytest
import torch as th
from gymnasium import spaces
from sb3_contrib.common.recurrent.policies import RecurrentActorCriticPolicy
from sb3_contrib.qrdqn.policies import QRDQNPolicy
from small_policies import observed, rate, small_policy
from stable_baselines3.common.policies import ActorCriticPolicy
from stable_baselines3.dqn.policies import DQNPolicy, QNetwork
from torch import nn

from saccade.policies import DuelingMlpPolicy, DuelingQNetwork
from saccade.saliency import head_jacobians, heads, sequential_jacobian
from saccade.saliency.readers.head import head_values
from saccade.saliency.readers.head_reader import head_reader

SIGHT, ACTIONS = spaces.Box(-1, 1, (6,), np.float32), spaces.Discrete(3)
OBS = th.from_numpy(np.random.default_rng(0).uniform(-1, 1, (8, 6)).astype(np.float32))


def made(policy_class, actions=ACTIONS, **arguments):
    th.manual_seed(0)
    policy = policy_class(SIGHT, actions, rate, net_arch=[8], activation_fn=nn.Tanh, **arguments)
    with th.no_grad():
        for x in policy.parameters():
            if x.ndim > 1:
                x.normal_()
    return policy


class Units(ActorCriticPolicy):
    """Values in other units, and logits of another temperature."""

    def predict_values(self, obs):
        return 100 * super().predict_values(obs)

    def get_distribution(self, obs):
        whole = super().get_distribution(obs)
        return whole.proba_distribution(whole.distribution.logits / 3 + obs[:, :3])


class OneFunction(ActorCriticPolicy):
    """The value comes from the pass that also acts, as in policies with one function for everything."""

    def predict_values(self, obs):
        _, value, _ = self.forward(obs, deterministic=True)
        return value + obs.sum(1, keepdim=True)


class SecondBest(ActorCriticPolicy):
    """Acts by something else than the mode of its distribution."""

    def _predict(self, observation, deterministic=False):
        return self.get_distribution(observation).distribution.logits.topk(2).indices[:, 1]


class Picky(ActorCriticPolicy):
    """Overrides what SB3's users call."""

    def predict(self, observation, state=None, episode_start=None, deterministic=False):
        actions, state = super().predict(observation, state, episode_start, deterministic)
        return np.where(observation[:, 0] > 0, 0, actions), state


class Rotated(ActorCriticPolicy):
    """SB3's get_distribution and predict_values do not call an overridden extract_features; ``forward`` does."""

    def extract_features(self, obs, features_extractor=None):
        return super().extract_features(obs.flip(1), features_extractor)


class Flat(ActorCriticPolicy):
    """Values without the last axis."""

    def predict_values(self, obs):
        return super().predict_values(obs)[:, 0]


class Evaluates(ActorCriticPolicy):
    """Overrides what training uses; what the model does stays SB3's."""

    def evaluate_actions(self, obs, actions):
        values, log_prob, entropy = super().evaluate_actions(obs, actions)
        return 2 * values, log_prob, entropy

    def forward(self, obs, deterministic=False):
        actions, values, log_prob = super().forward(obs, deterministic)
        return actions, 2 * values, log_prob


@pytest.mark.parametrize("policy_class", [Units, OneFunction, SecondBest, Picky, Rotated, Flat, Evaluates])
@pytest.mark.parametrize("shared", [True, False])
def test_heads_are_the_policys_own_functions(policy_class, shared):
    policy = made(policy_class, share_features_extractor=shared)
    values = head_values(policy, OBS)
    with th.no_grad():
        chosen = th.from_numpy(policy.predict(OBS.numpy(), deterministic=True)[0])
        value = policy.predict_values(OBS).flatten()
        distribution = policy.get_distribution(OBS)
        assert th.equal(values["value"], value)
        assert th.equal(values["action"], distribution.log_prob(chosen))
        assert th.equal(values["entropy"], distribution.entropy())
        for a in range(3):
            assert th.equal(values[f"action_{a}"], distribution.log_prob(th.full((8,), a)))
        assert th.equal(heads(policy)["action"].at(OBS).choice, chosen)
        preferred = head_reader(policy).preferences(OBS, None)
        assert th.allclose(preferred, distribution.distribution.logits, atol=1e-6)
    assert len(chosen.unique()) > 1


def test_derivatives_are_those_of_the_functions():
    policy = made(Units)
    maps = head_jacobians(policy, OBS, ("value", "action"))
    direction, step = th.randn(6), 1e-2
    with th.no_grad():
        chosen = policy._predict(OBS, deterministic=True)
        ends = [OBS + sign * step * direction for sign in (1, -1)]
        value = [policy.predict_values(x)[:, 0].double() for x in ends]
        action = [policy.get_distribution(x).log_prob(chosen).double() for x in ends]
    for name, (ahead, behind) in {"value": value, "action": action}.items():
        slopes = (ahead - behind) / (2 * step)
        assert th.allclose((maps[name] * direction).sum(1).double(), slopes, rtol=0.01, atol=0.01 * slopes.abs().max()), name


def test_a_function_put_on_the_object_counts_as_well():
    policy = made(ActorCriticPolicy)
    policy._predict = lambda observation, deterministic=False: th.full((len(observation),), 2)
    assert th.equal(heads(policy)["action"](OBS), policy.get_distribution(OBS).log_prob(th.full((8,), 2)))


class Clipped(ActorCriticPolicy):
    """A continuous action of its own."""

    def _predict(self, observation, deterministic=False):
        return super()._predict(observation, deterministic).clamp(-0.5, 0.5)


def test_continuous_actions_are_those_of_predict():
    policy = made(Clipped, spaces.Box(-1, 1, (2,)))
    acts, _ = policy.predict(OBS.numpy(), deterministic=True)
    for i in range(2):
        assert np.array_equal(heads(policy)[f"action_{i}"](OBS).detach().numpy(), acts[:, i])
    assert (np.abs(acts) == 0.5).any()
    jacobians = head_jacobians(policy, OBS, ("action_0",))["action_0"]
    assert th.equal(jacobians.any(1), th.from_numpy(np.abs(acts[:, 0]) < 0.5))  # a clipped action has no slope


@pytest.mark.parametrize("actions", [spaces.MultiDiscrete([2, 3]), spaces.MultiBinary(3)])
def test_several_discrete_actions_are_one(actions):
    policy = made(ActorCriticPolicy, actions)
    assert tuple(heads(policy)) == ("value", "action", "entropy")
    chosen = th.from_numpy(policy.predict(OBS.numpy(), deterministic=True)[0])
    distribution = policy.get_distribution(OBS)
    if isinstance(actions, spaces.MultiDiscrete):
        parts = [one.log_softmax(1) for one in policy.action_net(policy.mlp_extractor.policy_net(OBS)).split([2, 3], 1)]
        by_hand = sum(part.gather(1, chosen[:, i : i + 1])[:, 0] for i, part in enumerate(parts))
    else:
        signs = policy.action_net(policy.mlp_extractor.policy_net(OBS)) * (2 * chosen.float() - 1)
        by_hand = nn.functional.logsigmoid(signs).sum(1)
    assert th.allclose(heads(policy)["action"](OBS), by_hand, atol=1e-5)
    assert th.equal(heads(policy)["entropy"](OBS), distribution.entropy())
    assert head_jacobians(policy, OBS, ("action",))["action"].any()


class TwiceAsHigh(QNetwork):
    def forward(self, obs):
        return 2 * super().forward(obs) + obs[:, :3]


class WithItsOwnNetwork(DQNPolicy):
    def make_q_net(self):
        return TwiceAsHigh(**self._update_features_extractor(self.net_args, features_extractor=None))


class NeverZero(DQNPolicy):
    """The first action is forbidden."""

    def _predict(self, obs, deterministic=True):
        return self.q_net(obs)[:, 1:].argmax(1) + 1


class NeverOne(DQNPolicy):
    def predict(self, observation, state=None, episode_start=None, deterministic=False):
        actions, state = super().predict(observation, state, episode_start, deterministic)
        return np.where(actions == 1, 2, actions), state


class Cautious(QRDQNPolicy):
    """Acts by its lowest quantile."""

    def _predict(self, obs, deterministic=True):
        return self.quantile_net(obs).min(1).values.argmax(1)


class Scaled(DuelingQNetwork):
    def forward(self, obs):
        return super().forward(obs) * 3


class WithScaledDueling(DuelingMlpPolicy):
    def make_q_net(self):
        arguments = self._update_features_extractor(self.net_args, features_extractor=None)
        return Scaled(**arguments, hidden_width=8)


@pytest.mark.parametrize("policy_class", [WithItsOwnNetwork, NeverZero, NeverOne, Cautious, WithScaledDueling])
def test_q_heads_are_the_networks_own(policy_class):
    policy = made(policy_class)
    values = head_values(policy, OBS)
    with th.no_grad():
        q = policy.quantile_net(OBS).mean(1) if policy_class is Cautious else policy.q_net(OBS)
        chosen = th.from_numpy(policy.predict(OBS.numpy(), deterministic=True)[0])
    assert th.equal(values["q"], q.gather(1, chosen[:, None])[:, 0])
    assert th.equal(values["q_1"], q[:, 1])
    others = q.scatter(1, chosen[:, None], -th.inf).max(1).values
    assert th.equal(values["gap"], values["q"] - others)
    assert len(chosen.unique()) > 1
    if policy_class in (NeverZero, NeverOne, Cautious):
        assert not th.equal(chosen, q.argmax(1))


class Remembers(RecurrentActorCriticPolicy):
    """Values in other units, and the second best action."""

    def predict_values(self, obs, lstm_states, episode_starts):
        return 100 * super().predict_values(obs, lstm_states, episode_starts)

    def _predict(self, observation, lstm_states, episode_starts, deterministic=False):
        distribution, states = self.get_distribution(observation, lstm_states, episode_starts)
        return distribution.distribution.logits.topk(2).indices[:, 1], states


@pytest.mark.parametrize("critic", [{}, {"enable_critic_lstm": False}, {"enable_critic_lstm": False, "shared_lstm": True}])
def test_a_recurrent_policy_is_asked_with_its_memory(critic):
    policy = made(Remembers, lstm_hidden_size=4, **critic)
    reader = head_reader(policy)
    memory = reader.remember(OBS, reader.remember(OBS.flip(0), reader.no_memory(8)))
    states, starts = reader.core.states(memory), th.zeros(8)
    values = head_values(policy, OBS, memory=memory)
    with th.no_grad():
        acts, _ = policy._predict(OBS, states.pi, starts, deterministic=True)
        value = policy.predict_values(OBS, states.vf, starts)[:, 0]
        distribution, _ = policy.get_distribution(OBS, states.pi, starts)
        assert th.allclose(values["value"], value)  # not bit for bit: a machine may add in another order with a gradient
        assert th.allclose(values["action"], distribution.log_prob(acts))
    assert not th.allclose(values["value"], head_values(policy, OBS)["value"]) or "enable_critic_lstm" in critic
    plain = made(RecurrentActorCriticPolicy, lstm_hidden_size=4, **critic)  # the same weights, through the core
    assert th.allclose(head_reader(plain).remember(OBS, memory), reader.remember(OBS, memory), atol=1e-6)
    assert th.allclose(100 * head_values(plain, OBS, memory=memory)["value"], values["value"], rtol=1e-5, atol=1e-4)
    with pytest.raises(TypeError, match=r"Remembers has functions of its own .* through time"):
        sequential_jacobian(policy, OBS, "action")


def test_a_glimpse_policy_of_ones_own_is_asked_as_well():
    policy = small_policy("glimpse")
    obs = {key: th.as_tensor(x) for key, x in observed(policy, 3).items()}
    before = heads(policy)["value"](obs)
    theirs = policy.predict_values
    policy.predict_values = lambda *arguments: 10 * theirs(*arguments)
    assert th.allclose(heads(policy)["value"](obs), 10 * before, rtol=1e-5)
