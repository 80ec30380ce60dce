"""The weights of soft attention as maps."""

import numpy as np
import pytest
import torch as th
from gymnasium import spaces
from torch.nn import functional as F

from saccade.policies import DuelingCnnPolicy, SoftAttentionDuelingPolicy, SoftAttentionLstmPolicy
from saccade.saliency import METHODS, NoMapError, explain, heads

SPACE = spaces.Box(0, 255, (2, 52, 52), np.uint8)
OBS = np.random.default_rng(0).integers(0, 256, (3, *SPACE.shape), np.uint8)


def policy(actions: spaces.Space | None = None, kind: type = SoftAttentionDuelingPolicy, **arguments):
    th.manual_seed(0)
    return kind(SPACE, actions or spaces.Discrete(3), lambda _: 1e-3, **arguments)


@pytest.mark.parametrize("head", ["value", "advantage", "advantage_2"])
def test_a_map_is_the_mean_of_the_queries_enlarged(head):
    soft = policy()
    found = METHODS["attention"](heads(soft)[head], OBS)
    weights = soft.attention(th.as_tensor(OBS))[head.partition("_")[0]].mean(1)
    assert found.shape == OBS.shape
    assert th.allclose(found.sum((1, 2, 3)), th.ones(3))
    assert th.equal(found[:, 0], found[:, 1])
    # Enlarging moves no place by more than the width of one: the largest lies in the map's largest place or beside it.
    for i in range(3):
        at = np.unravel_index(int(found[i, 0].argmax()), (52, 52))
        place = np.unravel_index(int(weights[i].argmax()), (3, 3))
        assert all(abs(3 * (pixel + 0.5) / 52 - 0.5 - p) <= 1 for pixel, p in zip(at, place, strict=True))
    fine = F.interpolate(weights[:, None], (52, 52), mode="bilinear")[:, 0]
    assert th.allclose(found[:, 0], fine / fine.sum((1, 2), keepdim=True) / 2, atol=1e-7)


def test_value_and_branches_have_maps_of_their_own():
    soft = policy(spaces.MultiDiscrete([2, 3]))
    maps = {name: METHODS["attention"](heads(soft)[name], OBS) for name in ("value", "advantage", "advantage_1", "advantage_1_2")}
    assert th.equal(maps["advantage_1"], maps["advantage_1_2"])
    assert th.equal(maps["advantage"], METHODS["attention"](heads(soft)["advantage_0_1"], OBS))
    for one, other in (("value", "advantage"), ("advantage", "advantage_1")):
        assert not th.allclose(maps[one], maps[other])


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
