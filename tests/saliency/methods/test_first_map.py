import numpy as np
import pytest
from gymnasium import spaces
from small_policies import linear_policy, observed, small_policy

from saccade.policies import SoftAttentionDuelingPolicy
from saccade.saliency import METHODS, MapKey, SaliencyCallback, States, explain
from saccade.saliency.map_key import ATTENTION, JACOBIAN
from saccade.saliency.methods import first_map
from saccade.saliency.methods.first_map import first_methods
from saccade.saliency.methods.map_making import film_maps
from saccade.saliency.readers.head import shown_heads

HERE = "saccade.saliency.methods.first_map.FIRST_OF_IMAGES"


def test_the_jacobian_is_always_beside_it():
    for family in ("dqn", "mixed", "recurrent", "glimpse", "tiles"):
        policy = small_policy(family)
        assert first_methods(policy, shown_heads(policy)) == (first_map.FIRST_OF_IMAGES, JACOBIAN)
    assert first_methods(linear_policy(), ("q",)) == (JACOBIAN,)
    assert {first_map.FIRST_OF_IMAGES, ATTENTION} <= METHODS.keys()


@pytest.mark.parametrize(
    ("heads", "attends"), [(("value",), True), (("advantage_1",), True), (("q", "value"), True), (("q", "gap"), False)]
)
@pytest.mark.parametrize("actions", [spaces.Discrete(2), spaces.MultiDiscrete([2, 3])], ids=["one branch", "two branches"])
def test_attention_is_beside_it_if_a_head_has_one(actions, heads, attends):
    policy = SoftAttentionDuelingPolicy(
        spaces.Box(0, 255, (1, 36, 36), np.uint8), actions, lambda _: 1e-3, queries=1, hidden_width=4
    )
    expected = [first_map.FIRST_OF_IMAGES, *([ATTENTION] if attends else []), JACOBIAN]
    assert list(first_methods(policy, heads)) == expected
    states = States(np.random.default_rng(0).integers(0, 256, (2, 1, 36, 36), np.uint8))
    found, without = film_maps(policy, states, heads)
    assert {key.method for key in found} == set(expected)
    assert not without
    assert {key.head for key in found if key.method == ATTENTION} == set(heads) - {"q", "gap"}


@pytest.mark.parametrize(("chosen", "methods"), [("occlusion", ["occlusion", "jacobian"]), ("jacobian", ["jacobian"])])
def test_one_line_decides_for_explain_and_for_videos(monkeypatch, chosen, methods):
    monkeypatch.setattr(HERE, chosen)
    policy = small_policy("ppo")
    states = States(observed(policy, 2))
    shown = [key.method for key in explain(policy, states, ("value",), trust=False).maps]
    filmed = [key.method for key in film_maps(policy, states, ("value",))[0]]
    assert (shown, filmed) == (methods, methods)


def test_images_and_vectors():
    policy = small_policy("mixed")
    keys = explain(policy, States(observed(policy, 2)), ("value",), trust=False).maps
    assert [str(key) for key in keys] == ["value/jacobian_x_contrast@image", "value@image", "value@vector"]
    keys = explain(linear_policy(), np.ones((2, 2), np.float32), trust=False).maps
    assert list(keys) == [MapKey("q")]


def test_the_callback_refuses_no_methods():
    with pytest.raises(ValueError, match="methods is empty"):
        SaliencyCallback(methods=())
