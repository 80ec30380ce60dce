import copy

import numpy as np
import pytest
import torch as th
from gymnasium import spaces
from sb3_contrib.ars.policies import ARSPolicy
from small_policies import IMAGE, POLICIES, SEES, observed, rate, small_policy
from stable_baselines3 import DQN
from stable_baselines3.common.policies import ActorCriticPolicy
from stable_baselines3.common.type_aliases import PyTorchObs
from stable_baselines3.dqn.policies import DQNPolicy

from saccade.saliency import Head, head_jacobians, heads
from saccade.saliency.readers.entries import Entries
from saccade.saliency.readers.head import head_values, shown_heads
from saccade.saliency.readers.head_reader import head_reader

STEP = 0.05  # grey levels
EXPECTED = {
    "dqn": ("q", "gap", "q_0", "q_1", "q_2"),
    "qrdqn": ("q", "gap", "q_0", "q_1", "q_2"),
    "dueling": ("value", "advantage", "q", "gap", "q_0", "q_1", "q_2", "advantage_0", "advantage_1", "advantage_2"),
    **dict.fromkeys(
        ("ppo", "separate", "maskable", "mixed", "entries", "recurrent", "shared", "memoryless"),
        ("value", "action", "entropy", "action_0", "action_1", "action_2"),
    ),
    "many": ("value", "action", "entropy"),
    "continuous": ("value", "action_0", "action_1"),
    "sac": ("q", "action_0", "action_1"),
    "glimpse": ("class", "gaze_x", "gaze_y", "value", "class_0", "class_1", "class_2"),
    "branching": (
        *("value", "advantage", "advantage_gaze", "q", "gap"),
        *(f"advantage_action_{a}" for a in range(3)),
        *(f"advantage_gaze_{g}" for g in range(4)),
    ),
    "tiles": ("class", "gaze", "value", "class_0", "class_1", "class_2"),
}


def close(a: th.Tensor, b: th.Tensor, rtol: float = 1e-4, atol: float = 1e-5) -> bool:
    return th.allclose(a, b, rtol=rtol, atol=atol)


def packed(policy, count: int) -> PyTorchObs:
    return Entries.of(policy, observed(policy, count)).packed()


@pytest.mark.parametrize("family", POLICIES)
def test_names(family):
    policy = small_policy(family)
    assert tuple(heads(policy)) == EXPECTED[family]
    assert set(shown_heads(policy)) <= set(EXPECTED[family])
    assert all(head(packed(policy, 1)).shape == (1,) for head in heads(policy).values())


@pytest.mark.parametrize("family", POLICIES)
def test_every_head_differentiates_to_its_finite_differences(family):
    policy = small_policy(family)
    obs = observed(policy, 3)
    entries = Entries.of(policy, obs)
    maps = head_jacobians(policy, obs, EXPECTED[family])
    # Where one looks is not a quantity to differentiate; a vector's unit is 255 grey levels.
    units = {"gaze": 0.0, "gazes": 0.0, "vector": 1 / 255, "kind": 0.0, "parts": 0.0}
    directions = {key: units.get(key, 1.0) * th.randn_like(x) for key, x in entries.tensors.items()}
    for name, head in heads(policy).items():
        slopes = []
        for sign in (1, -1):
            moved = entries.with_({key: x + sign * STEP * directions[key] for key, x in entries.tensors.items()})
            with th.no_grad():
                slopes.append(sign * head.at(entries.packed())(moved.packed()).double() / (2 * STEP))
        along = Entries.of(policy, maps[name]).tensors
        expected = sum((along[key] * directions[key]).reshape(3, -1).sum(1) for key in directions)
        assert close(sum(slopes), expected.double(), rtol=0.02, atol=0.02 * expected.abs().max().item() + 5e-6), name
        assert expected.abs().max() > 1e-5, name


def test_q_heads_are_those_of_the_networks():
    for family in ("dqn", "qrdqn", "dueling"):
        policy = small_policy(family, seed=10)
        obs = packed(policy, 4)
        values = head_values(policy, obs)
        q = policy.quantile_net(obs).mean(1) if family == "qrdqn" else policy.q_net(obs)
        ranked = q.sort(dim=1, descending=True).values
        assert close(values["q"], ranked[:, 0])
        assert close(values["gap"], ranked[:, 0] - ranked[:, 1])
        assert all(close(values[f"q_{a}"], q[:, a]) for a in range(3))
        assert len(set(q.argmax(1).tolist())) > 1  # else the test would not tell the greedy action from a fixed one
    value, advantage = policy.q_net.value_advantage(obs)
    assert close(values["value"], value[:, 0])
    assert close(values["advantage"], advantage.max(1).values)
    assert close(values["advantage_2"], advantage[:, 2])


@pytest.mark.parametrize("family", ["ppo", "separate", "many", "continuous", "mixed", "maskable"])
def test_actor_critic_heads_are_those_of_sb3(family):
    policy = small_policy(family)
    obs = packed(policy, 4)
    values = head_values(policy, obs)
    assert close(values["value"], policy.predict_values(obs)[:, 0])
    distribution = policy.get_distribution(obs)
    if family == "continuous":
        assert close(values["action_1"], distribution.mode()[:, 1])
        return
    assert close(values["action"], distribution.log_prob(distribution.mode()))
    assert close(values["entropy"], distribution.entropy())
    if family != "many":
        assert close(values["action_2"], distribution.log_prob(th.full((4,), 2)))


@pytest.mark.parametrize("family", ["recurrent", "shared", "memoryless", "glimpse"])
def test_a_memory_is_what_the_policy_would_have(family):
    """Step by step with a memory as in one go, and as sb3-contrib has it."""
    policy = small_policy(family)
    obs = packed(policy, 5)
    reader = head_reader(policy)
    names = EXPECTED[family]
    in_order = {name: reader.values_in_order(reader.features(obs), name) for name in names}
    memory = reader.no_memory(1)
    for t in range(5):
        now = {key: x[t : t + 1] for key, x in obs.items()} if isinstance(obs, dict) else obs[t : t + 1]
        step = head_values(policy, now, memory=memory)
        assert all(close(step[name], in_order[name][t : t + 1]) for name in names)
        memory = reader.remember(now, memory)
    layers = policy.lstm_actor.num_layers
    states = (th.zeros(layers, 1, 8), th.zeros(layers, 1, 8))
    starts = th.tensor([1.0, 0, 0, 0, 0])
    distribution, (hidden, cell) = policy.get_distribution(obs, states, starts)
    assert close(memory[0, : 2 * layers], th.cat([hidden, cell])[:, 0])
    assert close(policy.predict_values(obs, states, starts)[:, 0], in_order["value"])
    if family != "glimpse":
        assert close(distribution.log_prob(distribution.mode()), in_order["action"])
    alone, together = head_values(policy, obs)["value"], in_order["value"]
    if family != "memoryless":
        assert close(alone[0], together[0])
        assert not close(alone[1:], together[1:])


def test_a_memory_from_a_file_goes_to_where_the_policy_is(monkeypatch):
    """The device ``meta`` computes shapes only, and refuses tensors of another device as a GPU does."""
    monkeypatch.setattr(th.distributions.Distribution, "_validate_args", False)  # it asks for numbers
    policy = small_policy("recurrent").to("meta")
    reader = head_reader(policy)
    obs = th.zeros(2, *policy.observation_space.shape, device="meta")
    memory = th.zeros(reader.no_memory(2).shape)
    assert memory.device.type == "cpu"
    head = Head(policy, "value", memory=memory)
    assert head(obs).device.type == "meta"
    assert head.at(obs).choice.shape == (2,)
    assert reader.remember(obs, memory).device.type == "meta"
    features = reader.features(obs)
    assert reader.memory_after(features, memory).shape == memory.shape
    assert reader.values_in_order(features, "value", memory=memory).shape == (2,)


def test_a_tied_head_keeps_its_action():
    policy = small_policy("dqn", seed=10)
    obs = packed(policy, 4)
    tied = heads(policy)["q"].at(obs)
    chosen = policy.q_net(obs).argmax(1)
    other = obs.flip(0) * 0.5
    assert th.equal(tied(other), policy.q_net(other).gather(1, chosen[:, None])[:, 0])
    assert (tied(other) < policy.q_net(other).max(1).values).any()
    assert th.equal(tied.rows(th.tensor([2, 2]))(other[:2]), policy.q_net(other[:2])[:, chosen[2]])
    assert tied.at(other) is tied


def test_training_mode_and_gradients_are_left_alone():
    policy = small_policy("shared").train()
    heads(policy)["value"](packed(policy, 2))
    assert policy.training


def test_one_action_has_no_second_best():
    policy = DQNPolicy(IMAGE, spaces.Discrete(1), rate, net_arch=[8], **SEES)
    assert tuple(heads(policy)) == ("q", "q_0")
    assert head_jacobians(policy, np.zeros((1, *IMAGE.shape), np.uint8))["q"].shape == (1, *IMAGE.shape)


@pytest.mark.parametrize("noise", [{}, {"use_sde": True}, {"use_sde": True, "squash_output": True}])
def test_every_component_of_a_continuous_action_has_a_head(noise):
    policy = ActorCriticPolicy(IMAGE, spaces.Box(-1, 1, (2, 3)), rate, net_arch=[8], **noise, **SEES)
    assert tuple(heads(policy)) == ("value", *(f"action_{i}" for i in range(6)))
    for name, maps in head_jacobians(policy, observed(policy, 3), tuple(heads(policy))).items():
        assert maps.any(), name


def test_asking_leaves_the_policys_own_distribution_alone():
    policy = small_policy("ppo")
    distribution = policy.action_dist
    head_jacobians(policy, observed(policy, 2), ["action"])
    assert policy.action_dist is distribution
    copy.deepcopy(policy)


@pytest.mark.parametrize("family", ["dqn", "dueling", "qrdqn"])
def test_a_compiled_network_has_the_same_heads(family):
    policy = small_policy(family)
    obs = observed(policy, 2)
    wanted = head_jacobians(policy, obs)
    name = "quantile_net" if family == "qrdqn" else "q_net"
    setattr(policy, name, th.compile(getattr(policy, name), backend="eager"))
    found = head_jacobians(policy, obs)
    assert list(found) == list(wanted)
    assert all(th.equal(found[head], wanted[head]) for head in wanted)


def test_strange_policies_heads_and_observations_are_refused():
    with pytest.raises(TypeError, match="no heads are known for ARSPolicy; saliency works with"):
        heads(ARSPolicy(spaces.Box(-1, 1, (3,)), spaces.Discrete(2)))
    with pytest.raises(TypeError, match=r"needs a policy, not a DQN; give model\.policy"):
        heads(DQN("MlpPolicy", "CartPole-v1", buffer_size=1))
    with pytest.raises(TypeError, match=r"this needs the ActorCriticPolicy itself, not a compiled one; give policy\._orig_mod"):
        heads(th.compile(small_policy("ppo"), backend="eager"))
    policy = small_policy("dqn")
    with pytest.raises(ValueError, match=r"no head 'speed'; it has: q, gap, q_0"):
        shown_heads(policy, ["q", "speed"])
    with pytest.raises(ValueError, match=r"shape \(3, 2, 8, 8\); DQNPolicy takes a batch \(B, 2, 16, 16\)"):
        head_jacobians(policy, np.zeros((3, 2, 8, 8), np.uint8))
    with pytest.raises(ValueError, match=r"takes arrays of shape \(2, 16, 16\), not a dict of image"):
        head_jacobians(policy, {"image": np.zeros((3, 2, 16, 16), np.uint8)})
    with pytest.raises(ValueError, match="there are no observations"):
        head_jacobians(policy, np.zeros((0, 2, 16, 16), np.uint8))
    with pytest.raises(ValueError, match="chunk_size is 0"):
        head_jacobians(policy, observed(policy, 1), chunk_size=0)
    with pytest.raises(ValueError, match="takes a dict of image, vector, not one array"):
        head_jacobians(small_policy("mixed"), np.zeros((3, 2, 16, 16), np.uint8))
