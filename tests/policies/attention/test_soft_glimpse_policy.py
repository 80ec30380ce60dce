"""One network with a gaze and with soft attention."""

import numpy as np
import pytest
import torch as th
from gymnasium import spaces
from stable_baselines3.common.torch_layers import CombinedExtractor

from saccade.agents import PQN, DoubleDQN
from saccade.envs import make_atari
from saccade.envs.gaze_wrappers import VectorGazeWrapper
from saccade.policies import GlimpseDuelingPolicy, SoftAttentionDuelingPolicy, SoftGlimpseDuelingPolicy
from saccade.saliency import heads
from saccade.saliency.errors import NoMapError
from saccade.saliency.methods import METHODS

SPACE = spaces.Dict(
    {"image": spaces.Box(0, 255, (2, 52, 52), np.uint8), "gaze": spaces.Box(-1, 1, (2,)), "gazes": spaces.Box(-1, 1, (2, 2))}
)
ACTIONS = spaces.MultiDiscrete([3, 9])
EYE = {"size": 8, "scales": 2, "padded": True}


def made(**arguments) -> SoftGlimpseDuelingPolicy:
    th.manual_seed(0)
    given = {"hidden_width": 16, "values": 8, "queries": 2, "features_extractor_kwargs": EYE, **arguments}
    return SoftGlimpseDuelingPolicy(SPACE, ACTIONS, lambda _: 1e-3, **given)


def observed(count: int = 4) -> dict[str, th.Tensor]:
    SPACE.seed(0)
    samples = [SPACE.sample() for _ in range(count)]
    return {key: th.as_tensor(np.stack([sample[key] for sample in samples])) for key in SPACE.spaces}


def test_the_policy_has_a_gaze_and_soft_attention():
    policy, obs = made(), observed()
    assert isinstance(policy, GlimpseDuelingPolicy)
    assert isinstance(policy, SoftAttentionDuelingPolicy)
    assert (policy.retina.size, policy.retina.scales) == (8, 2)
    attention = policy.attention(obs)
    assert list(attention) == ["value", "advantage", "advantage_1"]
    assert all(weights.shape == (4, 2, 6, 6) for weights in attention.values())
    assert all(th.allclose(weights.sum((2, 3)), th.ones(4, 2)) for weights in attention.values())
    assert not th.allclose(attention["advantage"], attention["advantage_1"])
    value, advantage = policy.q_net.value_advantage(obs)
    assert th.equal(policy.q_net(obs), value / 2 + advantage)
    assert policy.predict({key: part.numpy() for key, part in obs.items()})[0].shape == (4, 2)


@pytest.mark.parametrize("masked", [False, True])
def test_what_was_not_seen_changes_neither_q_nor_the_attention_nor_has_a_derivative(masked):
    policy, obs = made(masked=masked).to("cpu"), observed(1)
    obs["gazes"], obs["gaze"] = th.tensor([[[-0.4, -0.4], [0.4, 0.4]]]), th.tensor([[0.4, 0.4]])
    reach = th.zeros(2, 52, 52, dtype=th.bool)
    reach[0, 8:24, 8:24] = reach[1, 28:44, 28:44] = True  # 16 pixels round (15.6, 15.6) and (36.4, 36.4)
    other = {**obs, "image": th.where(reach, obs["image"], 255 - obs["image"])}
    assert th.equal(policy.q_net(other), policy.q_net(obs))
    assert all(
        th.equal(new, old) for new, old in zip(policy.attention(other).values(), policy.attention(obs).values(), strict=True)
    )
    image = obs["image"].double().requires_grad_()
    doubled = policy.q_net.double()
    (slope,) = th.autograd.grad(doubled({**{k: x.double() for k, x in obs.items()}, "image": image})[0, 0], image)
    assert (slope[0][~reach] == 0).all()
    assert (slope[0][reach] != 0).any()


def test_a_forced_and_a_taught_gaze(tmp_path):
    forced, taught, obs = made(forced_gaze=True), made(taught_gaze=True), observed()
    assert th.equal(forced.q_net.value_advantage(obs)[1][:, 3:], th.zeros(4, 9))
    assert "advantage_gaze" not in heads(forced)
    assert th.equal(taught.q_net(obs)[:, 3:], taught.q_net.value_advantage(obs)[1][:, 3:])
    taught.save(tmp_path / "policy")
    loaded = SoftGlimpseDuelingPolicy.load(tmp_path / "policy")
    assert loaded.taught_gaze
    assert th.equal(loaded.q_net(obs), taught.q_net(obs))


def test_each_head_has_an_explicit_and_an_implicit_map_of_the_same_state():
    policy, obs = made(), observed(2)
    found = heads(policy)
    assert {"value", "advantage", "advantage_gaze", "q"} <= found.keys()
    for name in ("value", "advantage", "advantage_gaze"):
        weights = METHODS["attention"](found[name], obs)["image"]
        assert th.allclose(weights.sum((1, 2, 3)), th.ones(2), atol=1e-5)
        slope = METHODS["jacobian"](found[name], obs)["image"]
        assert slope.abs().sum() > 0
    of = {name: METHODS["attention"](found[name], obs)["image"] for name in found if name not in ("q", "gap")}
    assert not th.allclose(of["advantage_gaze"], of["advantage"])
    assert th.equal(of["advantage_gaze_3"], of["advantage_gaze"])  # of a single choice: that of its stream
    assert th.equal(of["advantage_action_2"], of["advantage"])
    for name in ("q", "gap"):  # made of all streams
        with pytest.raises(NoMapError, match=f"'{name}' of SoftGlimpseDuelingPolicy has no soft attention"):
            METHODS["attention"](found[name], obs)


@pytest.mark.parametrize("algorithm", [PQN, DoubleDQN])
def test_it_is_trained_on_atari_and_saved(algorithm, tmp_path):
    env = make_atari("Breakout", n_envs=2, seed=0, wrapper=lambda env: VectorGazeWrapper(env, tiles=3, memory=True))
    eye = {"size": 21, "scales": 3, "overview": True}
    kwargs = {"features_extractor_kwargs": eye, "hidden_width": 16, "values": 8, "masked": True}
    few = {"n_steps": 4, "batch_size": 8}
    if algorithm is DoubleDQN:
        few = {"buffer_size": 60, "learning_starts": 4, "train_freq": 2, "batch_size": 4}
    model = algorithm(SoftGlimpseDuelingPolicy, env, policy_kwargs=kwargs, device="cpu", compile=False, autocast=False, **few)
    before = [parameter.clone() for parameter in model.q_net.parameters()]
    model.learn(16)
    assert all(not th.equal(old, new) for old, new in zip(before, model.q_net.parameters(), strict=True))
    model.save(tmp_path / "model")
    loaded, observations = algorithm.load(tmp_path / "model", device="cpu"), env.reset()
    assert isinstance(loaded.policy, SoftGlimpseDuelingPolicy)
    assert (loaded.predict(observations, deterministic=True)[0] == model.predict(observations, deterministic=True)[0]).all()
    env.close()


def test_condensed_observations_give_the_same_q_bit_for_bit():
    policy, obs = made(layer_norm=True), observed()
    condensed = policy.q_net.condense(obs)
    assert {key: tuple(x.shape) for key, x in condensed.items()} == {"gazes": (4, 2, 2), "glimpse": (4, 4, 8, 8)}
    assert th.equal(policy.q_net(condensed), policy.q_net(obs))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"features_extractor_class": CombinedExtractor, "features_extractor_kwargs": {}}, "GlimpseMapExtractor.*, not Comb"),
        ({"net_arch": [32]}, "takes no net_arch"),
        ({"features_extractor_kwargs": {"size": 60}}, "a glimpse has 60x60 pixels, more than the image of 52x52"),
        ({"queries": 0}, "queries 0"),
    ],
)
def test_what_it_cannot_be(arguments, message):
    with pytest.raises(ValueError, match=message):
        made(**arguments)
    with pytest.raises(ValueError, match=r"^SoftGlimpseDuelingPolicy takes the actions of saccade\.envs\.GazeWrapper with tiles"):
        SoftGlimpseDuelingPolicy(SPACE, spaces.Discrete(3), lambda _: 1e-3)


def test_rounded_numbers_give_nearly_the_same_q():
    """As PQN learns on a processor: bfloat16 where torch thinks fit."""
    policy, obs = made(layer_norm=True, masked=True), observed()
    exact = policy.q_net(obs)
    with th.autocast("cpu", th.bfloat16):
        rounded = policy.q_net(policy.q_net.condense(obs))
    assert th.allclose(rounded.float(), exact, atol=0.05)
    rounded.float().square().sum().backward()
    assert all(parameter.grad.isfinite().all() for parameter in policy.q_net.parameters())
