from dataclasses import fields

import numpy as np
import pytest
import torch as th
from small_policies import corner_images, corner_policy, linear_policy, observed, small_policy

from saccade.saliency import METHODS, heads
from saccade.saliency.checks.deletion_insertion import centred, fidelity
from saccade.saliency.checks.trust import Trust, sensitivity, trust, trust_table
from saccade.saliency.methods import methods_named
from saccade.saliency.methods.gradient_methods import Method
from saccade.saliency.methods.jacobian import jacobian
from saccade.saliency.methods.maps import all_agreement, all_maps, all_trust
from saccade.saliency.methods.strength import pictured, strength_of
from saccade.saliency.readers.entries import Entries
from saccade.saliency.statistics.map_statistics import gini


def test_ratios_are_those_of_the_areas():
    policy = small_policy("dueling")
    obs = observed(policy, 4)
    head = heads(policy)["value"]
    (row,) = trust(head, obs, {"jacobian": jacobian}, seed=5)
    strength, random = strength_of(jacobian(head, obs)), np.random.default_rng(5)
    chance = [fidelity(head, obs, random.random(strength.shape)) for _ in range(3)]
    ours = fidelity(head, obs, strength)
    middle = fidelity(head, obs, np.broadcast_to(centred(strength.shape[1:]), strength.shape))
    for name in ("deletion", "insertion"):
        mean = np.mean([getattr(one, name).mean() for one in chance])
        assert getattr(row, name) == pytest.approx(getattr(ours, name).mean() / mean, rel=1e-4)
        assert getattr(row, f"{name}_centred") == pytest.approx(getattr(middle, name).mean() / mean, rel=1e-4)
    assert row.flips == pytest.approx(ours.flips.mean())
    assert row.gini == pytest.approx(gini(strength).mean())
    assert trust(head, obs, {"jacobian": jacobian}, seed=5) == [row]


def test_true_maps_are_told_from_random_ones_and_from_the_observations():
    """The Jacobian points at what matters and a random map at nothing; an edge map fails the randomisation check."""
    policy, obs = corner_policy(), corner_images(6)
    generator = th.Generator().manual_seed(0)
    methods: dict[str, Method] = {
        "jacobian": jacobian,
        "random": lambda head, obs: th.rand(th.as_tensor(obs).shape, generator=generator),
        "edges": lambda head, obs: th.as_tensor(obs).float().diff(dim=3, prepend=th.zeros(*obs.shape[:3], 1)),
    }
    rows = {row.method: row for row in trust(heads(policy)["action_1"], obs, methods)}
    assert rows["jacobian"].deletion > 1.3
    assert rows["jacobian"].insertion < 0.7
    assert rows["random"].deletion == pytest.approx(1, abs=0.15)
    assert rows["edges"].random_all == pytest.approx(1)
    assert rows["edges"].verdict == "fails the randomisation check"
    assert rows["random"].verdict == "passes the randomisation check"


def test_sensitivity_of_a_linear_head_is_none_and_of_gradient_x_input_that_of_the_noise():
    head = heads(linear_policy())["q_0"]  # x0 + 2 x1
    obs = np.array([[1.0, 2.0]], np.float32)
    assert sensitivity(head, obs, jacobian).tolist() == [0]
    generator = th.Generator().manual_seed(0)
    entries = Entries.of(head.policy, obs)
    noise = [entries.noisy(0.02, generator).packed() - entries.packed() for _ in range(3)]
    expected = np.mean([(n * th.tensor([1.0, 2.0])).norm().item() / 17**0.5 for n in noise])
    assert sensitivity(head, obs, METHODS["gradient_x_input"])[0] == pytest.approx(expected, rel=1e-4)


def test_small_and_zero_maps_have_no_verdict():
    obs = np.array([[1.0, 2.0]], np.float32)
    (row,) = trust(heads(linear_policy())["q"], obs, {"jacobian": jacobian})
    assert row.verdict == "cannot be checked"
    policy = small_policy("dqn")
    (row,) = trust(heads(policy)["q"], observed(policy, 2), {"none": lambda head, obs: th.zeros(obs.shape)})
    assert row.verdict == "cannot be checked"
    assert "gini" not in row.figures()
    assert "random_all" not in row.figures()


def test_table_and_verdict_agree():
    figures = dict.fromkeys((field.name for field in fields(Trust)), 0.5) | {"head": "value", "method": "jacobian"}
    rows = [Trust(**{**figures, "random_all": x}) for x in (0.70, -0.72, float("nan"))]
    assert [row.verdict.split()[0] for row in rows] == ["passes", "fails", "cannot"]
    lines = trust_table(rows).splitlines()
    assert len(lines) == 5
    assert lines[0].count("|") == lines[2].count("|") == 17
    assert lines[4].count("|  |") == 1


def test_maps_of_many_heads_by_many_methods():
    policy = small_policy("ppo")
    obs = observed(policy, 2)
    methods = methods_named(["jacobian", "greydanus", "sarfa"])
    maps = all_maps(policy, obs, ("value", "action"), methods)
    assert list(maps) == ["value", "action", "value/greydanus", "action/greydanus", "action/sarfa"]
    assert np.allclose(maps["action"], jacobian(heads(policy)["action"], obs))
    assert [(row.head, row.method) for row in all_trust(policy, obs, maps, methods)] == [
        ("value", "jacobian"),
        ("value", "greydanus"),
        ("action", "jacobian"),
        ("action", "greydanus"),
        ("action", "sarfa"),
    ]
    alike = all_agreement(maps)
    assert set(alike["action"]) == {("jacobian", "greydanus"), ("jacobian", "sarfa"), ("greydanus", "sarfa")}
    with pytest.raises(TypeError, match="speaks of none"):
        all_maps(policy, obs, ("value",), methods_named(["sarfa"]))


def test_agreement_of_a_map_with_itself():
    a = np.random.default_rng(0).normal(size=(3, 1, 8, 8))
    assert all_agreement({"value": a, "value/other": -2 * a, "action": a})["value"]["jacobian", "other"] == pytest.approx(1)


def test_of_a_dict_the_first_image_is_pictured():
    image, vector = np.zeros((2, 1, 4, 4)), np.zeros((2, 3))
    assert pictured({"vector": vector, "image": image}) is image
    assert pictured({"vector": vector}) is vector
    assert pictured(image) is image
