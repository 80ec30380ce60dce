"""Heads of SAC, TD3, DDPG, TQC and CrossQ against the algorithms' own formulas."""

from collections.abc import Callable

import numpy as np
import pytest
import torch as th
from gymnasium import spaces
from sb3_contrib.crossq.policies import CrossQPolicy
from sb3_contrib.tqc.policies import TQCPolicy
from small_policies import IMAGE, MIXED, SmoothCnn, SmoothMixed, observed, rate
from stable_baselines3 import DDPG, SAC, TD3
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.torch_layers import FlattenExtractor
from stable_baselines3.sac.policies import SACPolicy
from stable_baselines3.td3.policies import TD3Policy
from torch import nn

from saccade.saliency import Head, States, explain, head_jacobians, heads, load_policy
from saccade.saliency.checks.random_weights.random_layers import layers_from_head, with_random_layers
from saccade.saliency.readers.entries import Entries
from saccade.saliency.readers.head_reader import head_reader

ACTIONS = spaces.Box(np.array([-2, 0], np.float32), np.array([2, 5], np.float32))
VECTOR = spaces.Box(-1, 1, (18,), np.float32)
EYES = {"vector": (VECTOR, FlattenExtractor), "image": (IMAGE, SmoothCnn), "dict": (MIXED, SmoothMixed)}
CLASSES: dict[str, Callable[..., BasePolicy]] = {
    "sac": SACPolicy,
    "gsde": lambda *args, **kwargs: SACPolicy(*args, use_sde=True, **kwargs),
    "td3": TD3Policy,
    "ddpg": lambda *args, **kwargs: TD3Policy(*args, n_critics=1, **kwargs),
    "tqc": lambda *args, **kwargs: TQCPolicy(*args, n_quantiles=3, **kwargs),
    "crossq": CrossQPolicy,
}


def made(family: str, sees: str = "vector", **kwargs) -> BasePolicy:
    th.manual_seed(0)
    space, extractor = EYES[sees]
    policy = CLASSES[family](
        space, ACTIONS, rate, net_arch=[16], activation_fn=nn.Tanh, features_extractor_class=extractor, **kwargs
    )
    with th.no_grad():
        for name, x in [*policy.named_parameters(), *policy.named_buffers()]:
            if name.endswith("var"):
                x.uniform_(0.5, 2)
            elif x.is_floating_point():
                x.normal_(std=1.5 / max(x[0].numel(), 1) ** 0.5 if x.ndim > 1 else 0.3)
    policy.set_training_mode(False)
    return policy


def seen(policy: BasePolicy, batch: int = 4) -> np.ndarray | dict[str, np.ndarray]:
    if policy.observation_space == VECTOR:
        return np.random.default_rng(0).uniform(-1, 1, (batch, 18)).astype(np.float32)
    return observed(policy, batch)


@pytest.mark.parametrize("sees", EYES)
@pytest.mark.parametrize("family", CLASSES)
def test_heads_are_the_critics_and_the_actors(family, sees):
    policy = made(family, sees)
    obs = Entries.of(policy, seen(policy)).packed()
    assert tuple(heads(policy)) == ("q", "action_0", "action_1")
    with th.no_grad():
        action = policy.actor(obs) if family in ("td3", "ddpg") else policy.actor(obs, deterministic=True)
        estimates = policy.critic(obs, action)
        if family == "tqc":  # as its actor's loss has it
            q = estimates.mean(dim=2).mean(dim=1, keepdim=True)
        else:
            q, _ = th.min(th.cat(estimates, dim=1), dim=1, keepdim=True)
    assert th.equal(heads(policy)["q"](obs), q[:, 0])
    assert q.std() > 1e-3
    for i in range(2):
        assert th.equal(heads(policy)[f"action_{i}"](obs), action[:, i])
    acts, _ = policy.predict(seen(policy), deterministic=True)
    stretched = ACTIONS.low + 0.5 * (action.numpy() + 1) * (ACTIONS.high - ACTIONS.low)
    assert np.allclose(acts, stretched, atol=1e-6)


@pytest.mark.parametrize("family", CLASSES)
def test_the_derivative_of_q_holds_the_action_fixed(family):
    """It is the slope of the critic at the action that the actor chose, and not the slope along with the actor."""
    policy = made(family)
    obs = th.from_numpy(seen(policy))
    maps = head_jacobians(policy, obs, ("q", "action_0", "action_1"))
    assert all(x.abs().max() > 1e-4 for x in maps.values())
    with th.no_grad():
        action = policy._predict(obs, deterministic=True)

        def q(x: th.Tensor, a: th.Tensor) -> th.Tensor:
            found = policy.critic(x, a)
            return found.double().mean((1, 2)) if family == "tqc" else th.cat(found, 1).double().min(1).values

        direction, step = th.randn_like(obs), 2e-3
        ahead, behind = obs + step * direction, obs - step * direction
        fixed = (q(ahead, action) - q(behind, action)) / (2 * step)
        total = (q(ahead, policy._predict(ahead)) - q(behind, policy._predict(behind))) / (2 * step)
        acts = (policy._predict(ahead, deterministic=True) - policy._predict(behind, deterministic=True)) / (2 * step)
    assert th.allclose((maps["q"] * direction).sum(1).double(), fixed, rtol=0.02, atol=5e-3)
    assert th.allclose((maps["action_1"] * direction).sum(1), acts[:, 1], rtol=0.02, atol=5e-3)
    assert not th.allclose(total, fixed, rtol=0.02, atol=5e-3)


@pytest.mark.parametrize("family", ["sac", "td3", "tqc", "crossq"])
def test_a_shared_features_extractor_lets_the_gradient_through(family):
    """SB3 computes the critic's features without gradients then, because the actor alone trains them."""
    policy = made(family, "image", share_features_extractor=True)
    obs = seen(policy)
    assert head_jacobians(policy, obs, ("q",))["q"].abs().amax((1, 2, 3)).min() > 0
    assert policy.critic.share_features_extractor
    action = th.zeros(4, 2)
    assert th.equal(Head(policy, "q", choice=action)(th.from_numpy(obs)), head_q(policy, th.from_numpy(obs), action))


def head_q(policy: BasePolicy, obs: th.Tensor, action: th.Tensor) -> th.Tensor:
    found = policy.critic(obs, action)
    return found.mean(2).mean(1) if found.__class__ is th.Tensor else th.cat(found, 1).min(1).values


def test_an_actor_of_ones_own_is_asked_for_its_action():
    class Timid(SACPolicy):
        def _predict(self, observation, deterministic=False):
            return 0.1 * super()._predict(observation, deterministic)

    th.manual_seed(0)
    policy = Timid(VECTOR, ACTIONS, rate, net_arch=[16])
    obs = th.from_numpy(seen(policy))
    action = policy._predict(obs, deterministic=True)
    assert th.equal(heads(policy)["action_1"](obs), action[:, 1])
    assert th.equal(heads(policy)["q"](obs), th.cat(policy.critic(obs, action), 1).min(1).values)


def test_asking_leaves_no_trace_and_random_weights_are_the_critics_own():
    policy = made("gsde")
    kept = policy.actor.action_dist
    noise = kept.exploration_mat.clone()
    obs = seen(policy)
    head_jacobians(policy, obs, ("q", "action_0"))
    assert policy.actor.action_dist is kept
    assert th.equal(kept.exploration_mat, noise)
    head = heads(policy)["q"]
    tied = head.at(th.from_numpy(obs))
    layers = layers_from_head(tied, Entries.of(policy, obs))
    assert set(layers) == {f"critic.qf{k}.{i}" for k in range(2) for i in (0, 2)}
    other = with_random_layers(policy, layers)
    assert not th.equal(Head(other, "q", choice=tied.choice)(th.from_numpy(obs)), head(th.from_numpy(obs)))
    assert th.equal(heads(other)["action_0"](th.from_numpy(obs)), heads(policy)["action_0"](th.from_numpy(obs)))


def test_checks_and_perturbations_of_q():
    policy = made("td3")
    explanation = explain(policy, States(seen(policy)), ("q", "action_0"), ("jacobian", "occlusion"))
    assert {(row.head, row.method) for row in explanation.trust} == {
        (head, method) for head in ("q", "action_0") for method in ("jacobian", "occlusion")
    }
    assert all(np.isfinite([*row.ratios.values(), *row.random_all]).all() for row in explanation.trust)
    assert all(np.isnan(row.flips) for row in explanation.trust)  # continuous actions have no order
    with pytest.raises(TypeError, match=r"the actions Box.* cannot be ranked"):
        head_reader(policy).preferences(th.zeros(1, 18), None)


@pytest.mark.parametrize("algorithm", [SAC, TD3, DDPG])
def test_saved_models_are_read(algorithm, tmp_path):
    model = algorithm("MlpPolicy", "Pendulum-v1", buffer_size=10, policy_kwargs={"net_arch": [8]})
    model.save(tmp_path / "model.zip")
    policy = load_policy(tmp_path / "model.zip", "cpu")
    obs = np.random.default_rng(0).uniform(-1, 1, (3, 3)).astype(np.float32)
    assert np.array_equal(policy.predict(obs, deterministic=True)[0], model.predict(obs, deterministic=True)[0])
    ours, theirs = (head_jacobians(one, obs)["q"] for one in (policy, model.policy))
    assert th.equal(ours, theirs)
