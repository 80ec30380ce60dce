import numpy as np
import pytest
from small_policies import observed, small_policy

from saccade.saliency import MapKey, States, heads
from saccade.saliency.errors import NoMapError
from saccade.saliency.methods import methods_named
from saccade.saliency.methods.derivatives import jacobian
from saccade.saliency.methods.map_making import make_maps, signed_map


def test_maps_of_many_heads_by_many_methods():
    policy = small_policy("ppo")
    states, methods = States(observed(policy, 2)), methods_named(["jacobian", "greydanus", "sarfa"])
    maps = make_maps(policy, states, ("value", "action"), methods)
    assert [str(key) for key in maps] == ["value", "action", "value/greydanus", "action/greydanus", "action/sarfa"]
    assert np.allclose(maps[MapKey("action")], jacobian(heads(policy)["action"], states.observations))
    greydanus = signed_map(methods["greydanus"], heads(policy)["value"], states.observations)
    assert np.array_equal(maps[MapKey("value", "greydanus")], greydanus)


def test_a_method_without_any_map_says_why():
    policy = small_policy("ppo")
    with pytest.raises(NoMapError, match="does not speak of one"):
        make_maps(policy, States(observed(policy, 2)), ("value",), methods_named(["sarfa"]))


def test_a_bug_in_a_method_shows_itself_although_another_head_works():
    policy = small_policy("ppo")

    def broken(head, obs):
        return jacobian(head, obs) if head.name == "value" else jacobian(head)  # one argument too few: a TypeError

    with pytest.raises(TypeError, match="missing 1 required positional argument"):
        make_maps(policy, States(observed(policy, 2)), ("value", "action"), {"broken": broken})
