from dataclasses import fields

import numpy as np
import pytest
import torch as th
from small_policies import corner_images, corner_policy, linear_policy, observed, small_policy

from saccade.saliency import METHODS, Head, MapKey, States, heads
from saccade.saliency.checks.agreement import agreement
from saccade.saliency.checks.deletion_insertion import centre_gaussian, deletion_insertion
from saccade.saliency.checks.sensitivity import sensitivity
from saccade.saliency.checks.trust import Trust, trust, trust_table
from saccade.saliency.methods import methods_named
from saccade.saliency.methods.derivatives import jacobian
from saccade.saliency.methods.gradient_methods import Method
from saccade.saliency.methods.map_making import make_maps, strength_map
from saccade.saliency.readers.entries import Entries, pictured
from saccade.saliency.statistics.map_statistics import gini


def figures_of(policy, head: str, obs, methods: dict[str, Method], seed: int = 0) -> list[Trust]:
    """The figures of one head's maps."""
    states = States(obs)
    return trust(policy, states, make_maps(policy, states, (head,), methods), methods, seed)


def test_ratios_are_those_of_the_areas():
    policy = small_policy("dueling")
    obs = observed(policy, 4)
    head = heads(policy)["value"]
    (row,) = figures_of(policy, "value", obs, {"jacobian": jacobian}, seed=5)
    strength, random = strength_map(jacobian, head, obs), np.random.default_rng(5)
    chance = [deletion_insertion(head, obs, random.random(strength.shape)) for _ in range(3)]
    ours = deletion_insertion(head, obs, strength)
    middle = deletion_insertion(head, obs, np.broadcast_to(centre_gaussian(strength.shape[1:]), strength.shape))
    for name in ("deletion", "insertion"):
        mean = np.mean([getattr(one, name).mean() for one in chance])
        assert getattr(row, name) == pytest.approx(getattr(ours, name).mean() / mean, rel=1e-4)
        assert getattr(row, f"{name}_centred") == pytest.approx(getattr(middle, name).mean() / mean, rel=1e-4)
    assert row.flips == pytest.approx(ours.flips.mean())
    assert row.gini == pytest.approx(gini(strength).mean())
    assert figures_of(policy, "value", obs, {"jacobian": jacobian}, seed=5) == [row]


def test_true_maps_are_told_from_random_ones_and_from_the_observations():
    """The Jacobian points at what matters and a random map at nothing; an edge map fails the randomisation check."""
    policy, obs = corner_policy(), corner_images(6)
    generator = th.Generator().manual_seed(0)
    methods: dict[str, Method] = {
        "jacobian": jacobian,
        "random": lambda head, obs: th.rand(th.as_tensor(obs).shape, generator=generator),
        "edges": lambda head, obs: th.as_tensor(obs).float().diff(dim=3, prepend=th.zeros(*obs.shape[:3], 1)),
    }
    rows = {row.method: row for row in figures_of(policy, "action_1", obs, methods)}
    assert rows["jacobian"].deletion > 1.3
    assert rows["jacobian"].insertion < 0.7
    assert rows["random"].deletion == pytest.approx(1, abs=0.15)
    assert rows["edges"].random_all == pytest.approx(1)
    assert rows["edges"].verdict == "fails the randomisation check"
    assert rows["random"].verdict == "passes the randomisation check"


def test_sensitivity_of_a_linear_head_is_none_and_of_gradient_x_input_that_of_the_noise():
    head = heads(linear_policy())["q_0"]  # x0 + 2 x1
    obs = np.array([[1.0, 2.0]], np.float32)
    assert sensitivity(head, obs, jacobian) == 0
    generator = th.Generator().manual_seed(0)
    entries = Entries.of(head.policy, obs)
    noise = [entries.noisy(0.02, generator).packed() - entries.packed() for _ in range(3)]
    expected = np.mean([(n * th.tensor([1.0, 2.0])).norm().item() / 17**0.5 for n in noise])
    assert sensitivity(head, obs, METHODS["gradient_x_input"]) == pytest.approx(expected, rel=1e-4)


def test_sensitivity_is_a_ratio_of_means_so_that_one_map_near_zero_does_not_decide():
    """By hand: sizes 3 and 1e-9, and every noise moves each map by 1. Then it is 1 / 1.5; a mean of ratios would be 5e8."""
    head, obs = heads(linear_policy())["q_0"], np.array([[1.0, 2.0], [1.0, 2.0]], np.float32)
    before = np.array([[[3.0, 0.0]], [[0.0, 1e-9]]])

    def moved_by_one(head: Head, observations) -> th.Tensor:
        return th.tensor([[4.0, 0.0], [0.0, 1.0 + 1e-9]])

    assert sensitivity(head, obs, moved_by_one, strength=before) == pytest.approx(1 / 1.5)
    assert np.isnan(sensitivity(head, obs, moved_by_one, strength=np.zeros((2, 1, 2))))


def test_small_and_zero_maps_have_no_verdict():
    obs = np.array([[1.0, 2.0]], np.float32)
    (row,) = figures_of(linear_policy(), "q", obs, {"jacobian": jacobian})
    assert row.verdict == "cannot be checked"
    policy = small_policy("dqn")
    (row,) = figures_of(policy, "q", observed(policy, 2), {"none": lambda head, obs: th.zeros(obs.shape)})
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


def test_every_map_has_figures():
    policy = small_policy("ppo")
    states, methods = States(observed(policy, 2)), methods_named(["jacobian", "greydanus", "sarfa"])
    maps = make_maps(policy, states, ("value", "action"), methods)
    rows = trust(policy, states, maps, methods)
    assert [(row.head, row.method) for row in rows] == [
        ("value", "jacobian"),
        ("value", "greydanus"),
        ("action", "jacobian"),
        ("action", "greydanus"),
        ("action", "sarfa"),
    ]
    alike = agreement(maps)
    assert set(alike["action"]) == {("jacobian", "greydanus"), ("jacobian", "sarfa"), ("greydanus", "sarfa")}


def test_a_map_is_made_once_for_all_checks_of_it():
    """Beside it, two maps of random weights and three of noisy observations: six calls of the method and no more."""
    policy = small_policy("dueling")
    states, calls = States(observed(policy, 2)), []

    def counted(head, obs):
        calls.append(head.name)
        return jacobian(head, obs)

    methods = {"counted": counted}
    maps = make_maps(policy, states, ("value", "gap"), methods)
    assert calls == ["value", "gap"]
    trust(policy, states, maps, methods)
    assert [calls.count(head) for head in ("value", "gap")] == [1 + 2 + 3, 1 + 2 + 3]


def test_agreement_of_a_map_with_itself():
    a = np.random.default_rng(0).normal(size=(3, 1, 8, 8))
    maps = {MapKey("value"): a, MapKey("value", "other"): -2 * a, MapKey("action"): a}
    assert agreement(maps)["value"]["jacobian", "other"] == pytest.approx(1)


@pytest.mark.parametrize("family", ["mixed", "glimpse"])
def test_of_a_dict_the_image_is_pictured(family):
    policy = small_policy(family)
    obs = observed(policy, 2)
    assert pictured(policy, obs) is obs["image"]
    assert Entries.of(policy, obs).pictured == "image"


def test_an_array_is_pictured_as_it_is():
    policy = small_policy("dqn")
    obs = observed(policy, 2)
    assert pictured(policy, obs) is obs
