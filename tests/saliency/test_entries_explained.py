import json

import numpy as np
import pytest
from grid_policies import box, flat_policy, grid_policy
from gymnasium import spaces
from single_checks import deletion_insertion, randomised_once
from small_policies import observed, small_policy
from stable_baselines3.common.policies import MultiInputActorCriticPolicy

from saccade.saliency import Head, MapKey, States, explain, head_jacobians
from saccade.saliency.checks.sensitivity import sensitivity
from saccade.saliency.errors import NoMapError
from saccade.saliency.methods import METHODS
from saccade.saliency.pictures.event_pictures import map_pictures, state_panels
from saccade.saliency.readers.entries import letters_of
from saccade.saliency.records.saliency_event import EventFile, SaliencyEvent
from saccade.saliency.states.probe_set import ProbeSet
from saccade.saliency.statistics.map_figures import map_figures

GOALS = {"achieved_goal": box(3), "desired_goal": box(3), "observation": box(7)}
EYES = {"far": spaces.Box(0, 255, (3, 40, 36), np.uint8), "near": box(9, 12, 2), "speed": box(2), "kind": spaces.Discrete(3)}


def dict_policy(**entries):
    return MultiInputActorCriticPolicy(spaces.Dict(entries), spaces.Discrete(3), lambda _: 1e-3, net_arch=[8])


def sampled(policy, count=2):
    policy.observation_space.seed(0)
    samples = [policy.observation_space.sample() for _ in range(count)]
    return {key: np.stack([one[key] for one in samples]) for key in samples[0]}


def test_goal_dicts_get_maps_of_all_three():
    policy = dict_policy(**GOALS)
    obs = sampled(policy)
    found = explain(policy, obs, heads=("value",), trust=False)
    assert [str(key) for key in found.maps] == ["value@achieved_goal", "value@desired_goal", "value@observation"]
    whole = head_jacobians(policy, obs, ("value",))["value"]
    for key in GOALS:
        assert np.array_equal(found.maps[MapKey("value", entry=key)], whole[key])
        assert found.maps[MapKey("value", entry=key)].any()
    assert not found.notes


def test_two_images_of_other_sizes_a_vector_and_a_kind():
    policy = dict_policy(**EYES)
    obs = sampled(policy)
    found = explain(policy, obs, heads=("value",), methods=("jacobian", "greydanus"))
    shapes = {str(key): x.shape[1:] for key, x in found.maps.items()}
    assert shapes == {
        "value@far": (3, 40, 36),
        "value@near": (2, 9, 12),
        "value@speed": (2,),
        "value/greydanus@far": (3, 40, 36),
        "value/greydanus@near": (2, 9, 12),  # and none of the vector, which cannot be blurred
    }
    assert {row.key for row in found.trust} == set(found.maps)
    assert set(found.agreement) == {"value@far", "value@near"}
    text, figures = found.text(), json.loads(json.dumps(found.figures(), allow_nan=False))
    assert "no map of kind: Discrete(3)" in text
    assert "- value@near, greydanus:" in text
    assert figures["notes"] == list(found.notes)
    assert [row["entry"] for row in figures["trust"]].count("far") == 2


def test_a_dict_with_one_entry_that_can_have_a_map_has_plain_keys():
    found = explain(policy := dict_policy(kind=spaces.Discrete(3), view=box(4)), sampled(policy), trust=False)
    assert [str(key) for key in found.maps] == ["value", "action"]


def test_a_dict_of_kinds_only_is_refused_in_one_line():
    policy = dict_policy(kind=spaces.Discrete(3), on=spaces.MultiBinary(2))
    with pytest.raises(NoMapError, match="not real numbers") as refusal:
        explain(policy, sampled(policy))
    assert len(str(refusal.value).splitlines()) == 1


def test_guessed_axes_are_in_the_report_and_can_be_said():
    obs = np.random.default_rng(0).random((2, 5, 6, 7), np.float32)
    found = explain(flat_policy(box(5, 6, 7)), obs, trust=False)
    assert "taken as (C, H, W)" in found.text()
    said = explain(flat_policy(box(5, 6, 7)), obs, trust=False, axes="HWC")
    assert said.maps[MapKey("value")].shape == (2, 7, 5, 6)
    assert not said.notes
    assert "taken as" not in explain(grid_policy(box(5, 6, 7), "HWC"), obs, trust=False).text()


def test_planes_of_a_board_are_not_called_frames():
    obs = np.random.default_rng(0).random((2, 10, 10, 4), np.float32)
    assert not explain(grid_policy(box(10, 10, 4), "HWC"), obs, trust=False).shares
    stack = np.random.default_rng(0).random((2, 4, 10, 10, 1), np.float32)
    shares = explain(grid_policy(box(4, 10, 10, 1), "THWC"), stack, trust=False).shares
    assert shares["value"].shape == (4,)
    assert np.isclose(shares["value"].sum(), 1)


def test_deletion_removes_places_of_one_entry_and_leaves_the_others():
    """Beside an independent loop: the head's change while the components of that vector become 0, the strongest first."""
    policy = dict_policy(**GOALS)
    obs = sampled(policy, 1)
    strength = np.array([[[3.0, 1.0, 2.0]]])
    found = deletion_insertion(Head(policy, "value"), obs, strength, steps=3, entry="desired_goal")
    heights = []
    for removed in ([], [0], [0, 2], [0, 2, 1]):
        changed = {key: x.copy() for key, x in obs.items()}
        changed["desired_goal"][:, removed] = 0
        heights.append(abs(value_of(policy, changed) - value_of(policy, obs)))
    assert np.isclose(found.deletion[0], np.trapezoid(heights) / 3, atol=1e-6)


def value_of(policy, obs):
    return policy.predict_values(policy.obs_to_tensor(obs)[0]).item()


def test_checks_look_at_the_entry_that_is_asked_for():
    policy = small_policy("mixed")
    obs, method = observed(policy, 2), METHODS["jacobian"]
    for entry, shape in (("image", (2, 16, 16)), ("vector", (2, 1, 3))):
        assert sensitivity(Head(policy, "value"), obs, method, entry=entry) >= 0
        (row,) = randomised_once(Head(policy, "value"), obs, method, entry=entry)[-1:]
        assert row.rank_correlation.shape == (2,)
        found = deletion_insertion(Head(policy, "value"), obs, np.ones(shape), entry=entry)
        assert (found.deletion >= 0).all()
    of_image, of_vector = (sensitivity(Head(policy, "value"), obs, method, entry=key) for key in ("image", "vector"))
    assert not np.allclose(of_image, of_vector)


def test_figures_of_each_entry():
    policy = dict_policy(**GOALS)
    maps = explain(policy, sampled(policy), heads=("value",), trust=False).maps
    both = maps | {key._replace(head="advantage"): x for key, x in maps.items()}
    figures = map_figures(both, maps)
    assert figures["overlap@desired_goal/rank_correlation"] == pytest.approx(1)
    assert figures["value@observation/drift"] == pytest.approx(0, abs=1e-6)
    assert "overlap/rank_correlation" not in figures


def test_every_entry_is_drawn_and_written(tmp_path):
    policy = dict_policy(**EYES)
    obs = sampled(policy)
    maps = explain(policy, obs, heads=("value",), trust=False).maps
    frames = np.zeros((2, 30, 40, 3), np.uint8)
    states = States(obs, frames, axes=letters_of(policy))
    assert {key: x.shape for key, x in states.pictures().items()} == {"far": (2, 3, 40, 36), "near": (2, 2, 9, 12), "speed": (2, 2)}
    first, second = state_panels(states, maps)
    assert first.shape == second.shape
    assert sorted(map_pictures(states, maps)) == sorted(f"{key}/probe_{i:02d}" for key in maps for i in range(2))
    event = SaliencyEvent(7, ProbeSet(obs, axes=letters_of(policy)), maps)
    event.write(tmp_path)
    assert (tmp_path / "step_0000000007.png").stat().st_size > 0
    read = EventFile.read(tmp_path / "step_0000000007.npz")
    assert read.map_keys == tuple(maps)
    assert {row["entry"] for row in event.rows()} == {"far", "near", "speed"}
    loaded = ProbeSet.load(tmp_path / "probes.npz")
    assert loaded.hash == read.probe_hash
    assert all(np.array_equal(loaded.observations[key], obs[key]) for key in obs)
