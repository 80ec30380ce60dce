from dataclasses import replace

import numpy as np
import pytest
import torch as th
from single_checks import deletion_insertion, randomised_once
from small_policies import corner_images, corner_policy, linear_policy, observed, small_policy

from saccade.saliency import METHODS, Head, MapKey, States, heads
from saccade.saliency.checks.agreement import agreement
from saccade.saliency.checks.blind.orders import OF_PICTURES as BLIND
from saccade.saliency.checks.blind.orders import contrast, gaussian, random_blocks, random_places
from saccade.saliency.checks.blind.removal import OF_PICTURES, grey
from saccade.saliency.checks.sensitivity import sensitivity
from saccade.saliency.checks.trust import QUICK, Trust, trust
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


def test_ratios_and_leads_are_those_of_the_areas():
    """Beside areas that are made one order after the other."""
    policy = small_policy("dueling")
    obs = observed(policy, 5)
    head = heads(policy)["value"]
    (row,) = figures_of(policy, "value", obs, {"jacobian": jacobian}, seed=5)
    strength, x = strength_map(jacobian, head, obs), Entries.of(policy, obs).tensors[""]
    assert (row.states, row.places) == (5, 256)
    assert len(row.leads) == 2 * 2 * 4
    for removal in ("blur", "grey"):

        def measured(order, removal=removal):
            return deletion_insertion(head, obs, order, removal=OF_PICTURES[removal])

        ours, middle, drawn = (measured(one) for one in (strength, gaussian(x), contrast(x)))
        pixels, blocks = ([measured(order(x, 5 + i)) for i in range(3)] for order in (random_places, random_blocks))
        for name, sign in (("deletion", 1), ("insertion", -1)):
            unit = np.mean([getattr(one, name).mean() for one in pixels])
            area = getattr(ours, name).mean()
            assert row.ratios[name, removal] == pytest.approx(area / unit, rel=1e-4)
            rivals = {"random_pixels": pixels, "random_blocks": blocks, "gaussian": [middle], "contrast": [drawn]}
            for rival, draws in rivals.items():
                theirs = np.mean([getattr(one, name).mean() for one in draws])
                lead = row.leads[name, removal, rival]
                assert lead.estimate == pytest.approx(sign * (area - theirs) / unit, rel=1e-3, abs=1e-5)
                assert lead.low <= lead.estimate <= lead.high
    assert row.flips == pytest.approx(deletion_insertion(head, obs, strength).flips.mean())
    assert row.gini == pytest.approx(gini(strength).mean())
    assert figures_of(policy, "value", obs, {"jacobian": jacobian}, seed=5) == [row]


def test_of_vectors_the_rivals_are_those_that_make_sense_there():
    policy = small_policy("mixed")
    states, methods = States(observed(policy, 9)), methods_named(["jacobian"])
    rows = {row.entry: row for row in trust(policy, states, make_maps(policy, states, ("value",), methods), methods)}
    vector, image = rows["vector"], rows["image"]
    assert {which[2] for which in vector.leads} == {"random", "magnitude", "deviation"}
    assert set(vector.ratios) == {(measure, removal) for measure in ("deletion", "insertion") for removal in ("zero", "mean")}
    assert set(image.ratios) == {(measure, removal) for measure in ("deletion", "insertion") for removal in ("blur", "grey")}
    assert vector.verdict == "cannot be checked: 3 places, 16 are needed"
    assert not vector.passes


def test_true_maps_are_told_from_random_ones_and_from_the_observations():
    """The Jacobian points at what matters and a random map at nothing; an edge map fails the randomisation check."""
    policy, obs = corner_policy(), corner_images(8)
    generator = th.Generator().manual_seed(0)
    methods: dict[str, Method] = {
        "jacobian": jacobian,
        "random": lambda head, obs: th.rand(th.as_tensor(obs).shape, generator=generator),
        "edges": lambda head, obs: th.as_tensor(obs).float().diff(dim=3, prepend=th.zeros(*obs.shape[:3], 1)),
    }
    rows = {row.method: row for row in figures_of(policy, "action_1", obs, methods)}
    assert rows["jacobian"].ratios["deletion", "blur"] > 1.3
    assert rows["jacobian"].ratios["insertion", "blur"] < 0.7
    assert all(rows["jacobian"].leads[m, "grey", "random_pixels"].low > 0 for m in ("deletion", "insertion"))
    assert rows["random"].ratios["deletion", "blur"] == pytest.approx(1, abs=0.15)
    assert rows["edges"].random_all == pytest.approx((1, 1, 1))
    assert "fails randomisation (1.00, standard deviation 0.00)" in rows["edges"].verdict
    assert "passes randomisation" in rows["random"].verdict
    assert "cannot be told from" in rows["random"].verdict
    assert not rows["random"].passes


def test_draws_of_random_weights_differ_and_are_those_of_the_check():
    policy = small_policy("dueling")
    obs = observed(policy, 2)
    (row,) = figures_of(policy, "value", obs, {"jacobian": jacobian}, seed=3)
    drawn = [randomised_once(heads(policy)["value"], obs, jacobian, 3 + i) for i in range(3)]
    assert row.random_head == pytest.approx(tuple(np.abs(one[0].rank_correlation).mean() for one in drawn))
    assert row.random_all == pytest.approx(tuple(np.abs(one[-1].rank_correlation).mean() for one in drawn))
    assert len(set(row.random_all)) == 3
    assert row.figures()["random_all"] == pytest.approx(np.mean(row.random_all))
    assert row.figures()["random_all_std"] == pytest.approx(np.std(row.random_all, ddof=1))


def test_states_that_follow_each_other_are_said():
    """Eight states of one kind and eight of another: neighbours have the same leads."""
    policy = corner_policy()
    still = corner_images(16)
    slow = np.repeat(still[:2], 8, axis=0)
    slow[:8, :, :16, :16] = 90
    methods = {"jacobian": jacobian}
    told = [figures_of(policy, "action_1", obs, methods)[0] for obs in (still, slow)]
    assert [row.follows for row in told] == [False, True]
    assert told[1].verdict.endswith("its intervals are too narrow")
    assert "too narrow" not in told[0].verdict


def test_intervals_over_games_are_wider_where_the_states_of_a_game_are_alike():
    """Six games of four states that hardly differ. Four states of a game tell little more than one."""
    policy = corner_policy()
    first = np.random.default_rng(1).integers(60, 250, 6).astype(np.uint8)
    obs = np.repeat(corner_images(6), 4, axis=0)
    obs[:, :, :8, :8] = np.repeat(first, 4)[:, None, None, None]
    games = np.repeat(np.arange(6), 4)
    methods = {"jacobian": jacobian}
    rows = []
    for known in (games, None, games % 4):
        states = States(obs, games=known)
        rows += trust(policy, states, make_maps(policy, states, ("action_1",), methods), methods)
    by_game, by_state, of_four = rows
    assert (by_game.games, by_state.games, of_four.games) == (6, None, 4)
    which = ("deletion", "grey", "gaussian")
    widths = [row.leads[which].high - row.leads[which].low for row in rows]
    assert widths[0] > 1.5 * widths[1]
    assert widths[2] == pytest.approx(widths[1])  # four games are too few, so states are drawn
    assert by_game.leads[which].estimate == by_state.leads[which].estimate
    assert by_state.follows
    assert not by_game.follows


def test_a_map_is_compared_with_that_of_random_weights_on_the_network_itself():
    """By hand, for one of the measures."""
    policy, obs = corner_policy(), corner_images(6)
    states, methods = States(obs), {"jacobian": jacobian}
    effort = replace(QUICK, weights=2, over_random=True)
    (row,) = trust(policy, states, make_maps(policy, states, ("action_1",), methods), methods, 4, effort)
    assert set(row.over_random) == {(measure, removal) for measure in ("deletion", "insertion") for removal in ("blur", "grey")}
    assert set(row.leads) == {(*which, rival) for which in row.over_random for rival in BLIND}
    head = heads(policy)["action_1"]
    x = Entries.of(policy, obs).tensors[""]
    drawn = [randomised_once(head, obs, jacobian, 4 + i)[-1].strength for i in range(2)]
    ours, pixels, *theirs = (
        deletion_insertion(head, obs, strength, 8, removal=grey).deletion
        for strength in (strength_map(jacobian, head, obs), random_places(x, 4), *drawn)
    )
    expected = (ours - np.mean(theirs, axis=0)).mean() / pixels.mean()
    assert row.over_random["deletion", "grey"].estimate == pytest.approx(expected, rel=1e-3)


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
    assert row.verdict == "cannot be checked: 2 places, 16 are needed"
    policy = small_policy("dqn")
    (row,) = figures_of(policy, "q", observed(policy, 2), {"none": lambda head, obs: th.zeros(obs.shape)})
    assert row.verdict == "cannot be checked: the map is zero"
    assert not row.passes
    assert "gini" not in row.figures()
    assert "random_all" not in row.figures()


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
    """Beside it, two maps for each draw of random weights and three of noisy observations, and no more."""
    policy = small_policy("dueling")
    states, calls = States(observed(policy, 2)), []

    def counted(head, obs):
        calls.append(head.name)
        return jacobian(head, obs)

    methods = {"counted": counted}
    maps = make_maps(policy, states, ("value", "gap"), methods)
    assert calls == ["value", "gap"]
    trust(policy, states, maps, methods)
    assert [calls.count(head) for head in ("value", "gap")] == [1 + 2 * 3 + 3] * 2
    trust(policy, states, maps, methods, effort=QUICK)
    assert [calls.count(head) for head in ("value", "gap")] == [10 + 2 * 1 + 3] * 2


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
