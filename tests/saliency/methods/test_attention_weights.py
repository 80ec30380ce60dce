"""The weights of soft attention as maps."""

import numpy as np
import pytest
import torch as th
from gymnasium import spaces
from sb3_contrib.common.maskable.policies import MaskableActorCriticCnnPolicy
from sb3_contrib.common.recurrent.policies import RecurrentActorCriticCnnPolicy
from sb3_contrib.qrdqn.policies import QRDQNPolicy
from stable_baselines3.common.policies import ActorCriticCnnPolicy
from stable_baselines3.dqn.policies import DQNPolicy
from stable_baselines3.sac.policies import SACPolicy

from saccade.policies import (
    DuelingCnnPolicy,
    NatureConvolutions,
    SoftAttentionDuelingPolicy,
    SoftAttentionExtractor,
    SoftAttentionLstmPolicy,
)
from saccade.saliency import METHODS, NoMapError, explain, heads
from saccade.saliency.methods.attention_weights import tents

SPACE = spaces.Box(0, 255, (2, 52, 52), np.uint8)
OBS = np.random.default_rng(0).integers(0, 256, (3, *SPACE.shape), np.uint8)


def policy(actions: spaces.Space | None = None, kind: type = SoftAttentionDuelingPolicy, **arguments):
    th.manual_seed(0)
    return kind(SPACE, actions or spaces.Discrete(3), lambda _: 1e-3, **arguments)


def test_tents_by_hand():
    # Two places of 8 pixels, centred at 2 and 6: tents of 1/4 of 1/8, 3/8 ... that sum to 1; each is 0 from the other's centre on.
    first = np.array([0.5, 1.5, 2.5, 3.5])  # centres of the first pixels
    heights = np.append(1 - np.abs(first - 2) / 4, [1 - 2.5 / 4, 1 - 3.5 / 4, 0, 0])
    found = tents(8, 2, (2.0, 4.0)).numpy()
    assert np.allclose(found[:, 0], heights / heights.sum(), atol=1e-6)
    assert np.allclose(found[:, 1], found[::-1, 0], atol=1e-6)
    assert np.allclose(tents(8, 2, None), found)
    assert np.allclose(tents(7, 3, (1.0, 2.0)).sum(0), 1)


@pytest.mark.parametrize("padded", [False, True])
def test_the_weight_of_a_place_lies_on_what_it_sees(padded):
    """The centre of a place's tent is that of the pixels on which its feature depends, exactly where no border cuts them."""
    space = spaces.Box(0, 255, (1, 84, 84), np.uint8)
    convolutions = NatureConvolutions(space, padded=padded)
    for layer in convolutions.convolutions:
        if isinstance(layer, th.nn.Conv2d):
            th.nn.init.ones_(layer.weight)
    (_, height, width), places = convolutions.map_shape, convolutions.map_places
    image = th.ones(1, 1, 84, 84, requires_grad=True)
    features = convolutions(image).view(64, height, width)
    at = tents(84, height, places)
    for row in range(2, height - 2):
        (seen,) = th.autograd.grad(features[0, row, height // 2], image, retain_graph=True)
        spread = seen[0, 0].abs().sum(1)
        centre = float((spread * (th.arange(84) + 0.5)).sum() / spread.sum())
        assert float((at[:, row] * (th.arange(84) + 0.5)).sum()) == pytest.approx(centre, abs=0.01)


@pytest.mark.parametrize("head", ["value", "advantage", "advantage_2"])
def test_a_map_is_the_mean_of_the_queries_at_their_places(head):
    soft = policy()
    found = METHODS["attention"](heads(soft)[head], OBS)
    weights = soft.attention(th.as_tensor(OBS))[head.partition("_")[0]].mean(1)
    assert found.shape == OBS.shape
    assert th.allclose(found.sum((1, 2, 3)), th.ones(3))
    assert th.equal(found[:, 0], found[:, 1])
    (start, stride), tent = soft.q_net.map_places, tents(52, 3, soft.q_net.map_places)
    assert (start, stride) == (18.0, 8.0)
    slow = sum(
        weights[:, i, j, None, None] * tent[:, i, None] * tent[None, :, j] for i in range(3) for j in range(3)
    )  # place by place
    assert th.allclose(found.sum(1), slow, atol=1e-6)


def test_value_and_branches_have_maps_of_their_own():
    soft = policy(spaces.MultiDiscrete([2, 3]))
    maps = {name: METHODS["attention"](heads(soft)[name], OBS) for name in ("value", "advantage", "advantage_1", "advantage_1_2")}
    assert th.equal(maps["advantage_1"], maps["advantage_1_2"])
    assert th.equal(maps["advantage"], METHODS["attention"](heads(soft)["advantage_0_1"], OBS))
    for one, other in (("value", "advantage"), ("advantage", "advantage_1")):
        assert not th.allclose(maps[one], maps[other])


def test_branches_with_names_of_their_own():
    class Named(SoftAttentionDuelingPolicy):
        branch_names = ("do", "look")

    soft = policy(spaces.MultiDiscrete([2, 3]), Named)
    look, choice = (METHODS["attention"](heads(soft)[name], OBS) for name in ("advantage_look", "advantage_look_2"))
    assert th.equal(look, choice)
    assert not th.allclose(look, METHODS["attention"](heads(soft)["advantage_do_1"], OBS))


def test_of_a_recurrent_policy_with_its_memory():
    soft = policy(kind=SoftAttentionLstmPolicy, lstm_hidden_size=4)
    head = heads(soft)["action"]
    started = METHODS["attention"](head, OBS)
    later = METHODS["attention"](type(head)(soft, "action", memory=th.randn(3, 4, 4)), OBS)
    assert not th.allclose(started, later)
    assert th.equal(started, METHODS["attention"](heads(soft)["action_1"], OBS))
    assert not th.allclose(started, METHODS["attention"](heads(soft)["value"], OBS))


@pytest.mark.parametrize(("kind", "head"), [(DuelingCnnPolicy, "value"), (SoftAttentionDuelingPolicy, "q")])
def test_heads_without_soft_attention(kind, head):
    with pytest.raises(NoMapError, match=f"the head '{head}' of {kind.__name__} has no soft attention"):
        METHODS["attention"](heads(policy(kind=kind))[head], OBS)


def test_explain_shows_it_beside_the_jacobian():
    explained = explain(policy(), OBS, methods=("attention", "jacobian"))
    assert {str(key) for key in explained.maps} >= {"value/attention", "advantage/attention", "value", "advantage"}
    assert "attention" in explained.text()


EXTRACTOR = {
    "features_extractor_class": SoftAttentionExtractor,
    "features_extractor_kwargs": {"features_dim": 8, "queries": 2, "values": 4, "waves": 2},
}


def weights_of(extractor: SoftAttentionExtractor) -> th.Tensor:
    return extractor.attention(th.as_tensor(OBS) / 255).mean(1)


def drawn(weights: th.Tensor) -> th.Tensor:
    tent = tents(52, 3, (18.0, 8.0))
    return (tent @ weights @ tent.T / 2)[:, None].expand(OBS.shape)


@pytest.mark.parametrize(
    ("kind", "actions", "extractor_of"),
    [
        (DQNPolicy, spaces.Discrete(3), lambda policy, head: policy.q_net.features_extractor),
        (QRDQNPolicy, spaces.Discrete(3), lambda policy, head: policy.quantile_net.features_extractor),
        (DuelingCnnPolicy, spaces.Discrete(3), lambda policy, head: policy.q_net.features_extractor),
        (DuelingCnnPolicy, spaces.MultiDiscrete([2, 3]), lambda policy, head: policy.q_net.features_extractor),
        (ActorCriticCnnPolicy, spaces.Discrete(3), lambda policy, head: policy.features_extractor),
        (MaskableActorCriticCnnPolicy, spaces.Discrete(3), lambda policy, head: policy.features_extractor),
        (RecurrentActorCriticCnnPolicy, spaces.Discrete(3), lambda policy, head: policy.features_extractor),
        (
            SACPolicy,
            spaces.Box(-1, 1, (2,)),
            lambda policy, head: (policy.critic if head == "q" else policy.actor).features_extractor,
        ),
    ],
)
def test_all_heads_behind_a_soft_features_extractor(kind, actions, extractor_of):
    soft = policy(actions, kind, **EXTRACTOR)
    for name, head in heads(soft).items():
        found = METHODS["attention"](head, OBS)
        assert found.shape == OBS.shape
        assert th.allclose(found, drawn(weights_of(extractor_of(soft, name))), atol=1e-6), name


@pytest.mark.parametrize("kind", [ActorCriticCnnPolicy, RecurrentActorCriticCnnPolicy])
def test_a_critic_with_a_features_extractor_of_its_own(kind):
    soft = policy(spaces.Discrete(3), kind, share_features_extractor=False, **EXTRACTOR)
    value, action = (METHODS["attention"](heads(soft)[name], OBS) for name in ("value", "action"))
    assert th.allclose(value, drawn(weights_of(soft.vf_features_extractor)), atol=1e-6)
    assert th.allclose(action, drawn(weights_of(soft.pi_features_extractor)), atol=1e-6)
    assert not th.allclose(value, action)


def test_a_head_that_does_not_ask_the_features_extractor_has_no_attention():
    class Blind(ActorCriticCnnPolicy):
        def predict_values(self, obs):
            return th.zeros(len(obs), 1)

    soft = policy(spaces.Discrete(3), Blind, **EXTRACTOR)
    assert METHODS["attention"](heads(soft)["action"], OBS).any()
    with pytest.raises(NoMapError, match="the head 'value' of Blind has no soft attention"):
        METHODS["attention"](heads(soft)["value"], OBS)


def test_explain_shows_the_attention_of_a_soft_features_extractor_unasked():
    explained = explain(policy(spaces.Discrete(3), DQNPolicy, **EXTRACTOR), OBS, trust=False)
    assert {str(key) for key in explained.maps} == {"q/jacobian_x_contrast", "q/attention", "q"}
