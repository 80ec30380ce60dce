import numpy as np
import pytest
import torch as th
from small_policies import corner_images, corner_policy, linear_policy, observed, small_policy

from saccade.saliency import States, heads
from saccade.saliency.checks.trust import trust
from saccade.saliency.checks.trust_controls import shuffled, trust_controls
from saccade.saliency.methods import methods_named
from saccade.saliency.methods.derivatives import jacobian
from saccade.saliency.methods.map_making import make_maps


def test_true_maps_of_a_trained_network_are_told_from_both_controls():
    policy, states, methods = corner_policy(), States(corner_images(6)), methods_named(["jacobian"])
    maps = make_maps(policy, states, ("action_1",), methods)
    (true,) = trust(policy, states, maps, methods)
    noise, unlearned = trust_controls(policy, states, maps, methods)
    assert (noise.head, noise.method) == ("action_1", "jacobian, shuffled")
    assert (unlearned.head, unlearned.method) == ("action_1, random weights", "jacobian")
    by_blur = ("deletion", "blur")
    assert true.ratios[by_blur] > 1.3 > noise.ratios[by_blur]
    assert noise.ratios[by_blur] == pytest.approx(1, abs=0.15)
    assert noise.gini == pytest.approx(true.gini)


def test_a_shuffled_map_has_the_same_strengths_in_other_places():
    policy = small_policy("dqn")
    obs = observed(policy, 3)
    head = heads(policy)["q"]
    before, method = jacobian(head, obs), shuffled(jacobian)
    after = method(head, obs)
    assert after.shape == before.shape
    assert th.allclose(after.flatten(1).sort(1).values, before.flatten(1).sort(1).values)
    assert th.allclose(after.abs().sum(1).flatten(1).sort(1).values, before.abs().sum(1).flatten(1).sort(1).values)  # whole places
    assert abs(np.corrcoef(after.flatten(), before.flatten())[0, 1]) < 0.1
    assert not th.equal(method(head, obs), after)
    vectors = shuffled(jacobian)(heads(linear_policy())["q_0"], np.zeros((20, 2), np.float32))
    assert set(map(tuple, vectors.tolist())) == {(1.0, 2.0), (2.0, 1.0)}
    mixed = small_policy("mixed")
    maps = shuffled(jacobian)(heads(mixed)["value"], observed(mixed, 2))
    assert {key: x.shape for key, x in maps.items()} == {"image": (2, 2, 16, 16), "vector": (2, 3)}


def test_the_policy_stays_as_it_is():
    policy = small_policy("shared")
    before = [p.clone() for p in policy.parameters()]
    states, methods = States(observed(policy, 2)), methods_named(["jacobian", "sarfa"])
    maps = make_maps(policy, states, ("value", "action"), methods)
    rows = trust_controls(policy, states, maps, methods)
    assert len(rows) == 2 * 3
    assert all(th.equal(a, b) for a, b in zip(before, policy.parameters(), strict=True))
