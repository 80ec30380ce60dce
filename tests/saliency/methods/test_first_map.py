import numpy as np
import pytest
from small_policies import linear_policy, observed, small_policy

from saccade.saliency import METHODS, MapKey, SaliencyCallback, States, explain
from saccade.saliency.map_key import JACOBIAN
from saccade.saliency.methods import first_map
from saccade.saliency.methods.first_map import first_methods
from saccade.saliency.methods.map_making import film_maps

HERE = "saccade.saliency.methods.first_map.FIRST_OF_IMAGES"


def test_the_jacobian_is_always_beside_it():
    for family in ("dqn", "mixed", "recurrent", "glimpse", "tiles"):
        assert first_methods(small_policy(family)) == (first_map.FIRST_OF_IMAGES, JACOBIAN)
    assert first_methods(linear_policy()) == (JACOBIAN,)
    assert first_map.FIRST_OF_IMAGES in METHODS


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
