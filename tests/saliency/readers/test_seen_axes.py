import logging

import numpy as np
import pytest
import torch as th
from grid_policies import Ordered, box, flat_policy, grid_policy
from gymnasium import spaces
from small_policies import small_policy

from saccade.saliency.errors import NoMapError, ObservationError
from saccade.saliency.readers.seen_axes import axes_notes, axes_of, by_size, planes_of_frames, say_axes


@pytest.mark.parametrize(
    ("space", "order", "letters", "turned"),
    [
        (box(20, 10, 4), "HWC", "HWC", False),
        (box(10, 10, 7, dtype=bool), "HWC", "HWC", False),
        (box(8, 8, 8), "HWC", "HWC", False),
        (box(8, 8, 8), "CHW", "CHW", False),
        (box(8, 6, 2), "HWC turned", "HWC", True),
        (box(4, 12, 12, 1), "THWC", "THWC", False),
        (box(4, 12, 9, 3), "THWC", "THWC", False),
        (box(3, 5, 9, 9), "TCHW", "TCHW", False),
        (box(3, 5, 9, 9), "TCHW frame by frame", "TCHW", False),
        (spaces.Box(-np.inf, np.inf, (12, 7, 7), np.float32), "CHW", "CHW", False),
        (spaces.Box(0, 255, (9, 9, 9), np.uint8), "HWC", "HWC", False),
        (box(9, 9), "HW", "HW", False),
    ],
)
def test_a_convolution_tells_which_axis_is_which(space, order, letters, turned):
    policy = grid_policy(space, order)
    (seen,) = axes_of(policy).values()
    assert (seen.letters, seen.turned, seen.guess) == (letters, turned, "")
    assert axes_notes(policy) == []


def test_asking_leaves_the_policy_and_the_random_state_alone():
    policy = grid_policy(box(6, 5, 2), "HWC")
    before, state = [p.clone() for p in policy.parameters()], th.random.get_rng_state()
    axes_of(policy)
    assert all(th.equal(a, b) for a, b in zip(before, policy.parameters(), strict=True))
    assert th.equal(th.random.get_rng_state(), state)
    assert policy.training
    assert not policy.features_extractor.look._forward_pre_hooks


@pytest.mark.parametrize("kind", ["frozen", "in place"])
def test_extractors_without_a_derivative_tell_it_as_well(kind, monkeypatch):
    forward = Ordered.forward

    def other(self, x):
        if kind == "in place":
            return forward(self, x.sub_(0.5))
        with th.no_grad():
            return forward(self, x)

    monkeypatch.setattr(Ordered, "forward", other)
    assert axes_of(grid_policy(box(6, 5, 3), "HWC"))[""].letters == "HWC"


def test_an_extractor_that_fails_does_not_tell(monkeypatch):
    policy = grid_policy(box(6, 5, 3), "HWC")
    monkeypatch.setattr(Ordered, "forward", lambda self, x: 1 / 0)
    assert axes_of(policy)[""].guess


@pytest.mark.parametrize(
    ("shape", "letters"),
    [
        ((6, 7, 2), "HWC"),  # connect four
        ((8, 8, 111), "HWC"),  # chess
        ((111, 8, 8), "CHW"),
        ((3, 3, 2), "HWC"),  # tic-tac-toe
        ((20, 10, 4), "HWC"),
        ((4, 20, 10), "CHW"),
        ((8, 8, 8), "HWC"),
        ((4, 84, 84, 1), "THWC"),
        ((4, 3, 84, 84), "TCHW"),
        ((4, 4), "HW"),  # or four frames of a vector
    ],
)
def test_sizes_tell_and_it_is_said(shape, letters, caplog):
    assert by_size(shape)[0] == letters
    policy = flat_policy(box(*shape))
    with caplog.at_level(logging.WARNING):
        assert axes_of(policy)[""].letters == letters
        axes_of(policy)
    (note,) = axes_notes(policy)
    assert f"taken as ({', '.join(letters)})" in note
    assert caplog.messages == [note]  # once


def test_vectors_need_no_guess():
    for shape, letters in (((), ""), ((5,), "D"), ((1, 5), "DD"), ((5, 1, 1), "DDD"), ((3, 1), "DD")):
        space = spaces.Dict({"a": box(*shape), "b": box(2)})  # SB3 flattens no single number outside a dict
        policy = small_policy("mixed")
        policy.observation_space = space
        assert axes_of(policy)["a"].letters == letters
        assert axes_notes(policy) == []


def test_an_image_of_sb3_is_what_sb3_takes_it_for():
    for shape, letters in (((4, 84, 84), "CHW"), ((84, 84, 3), "HWC"), ((84, 80, 1), "HWC")):
        assert axes_of(flat_policy(spaces.Box(0, 255, shape, np.uint8)))[""].letters == letters


def test_axes_that_are_said():
    policy = flat_policy(box(5, 6, 7))
    say_axes(policy, "HWC")
    assert axes_of(policy)[""].letters == "HWC"
    assert axes_notes(policy) == []
    say_axes(policy, {"": "DDD"})
    assert axes_of(policy)[""].letters == "DDD"
    for wrong in ("HW", "HHC", "HCC", "XYZ", "HWD", {"image": "HWC"}):
        with pytest.raises(ObservationError, match="axes"):
            say_axes(policy, wrong)


def test_frames_are_told_from_planes():
    assert len(planes_of_frames(small_policy("dqn"), "")) == 2  # grey images of SB3
    assert len(planes_of_frames(grid_policy(box(4, 12, 9, 3), "THWC"), "")) == 4
    assert len(planes_of_frames(grid_policy(box(10, 10, 4), "HWC"), "")) == 1  # planes of a board
    assert len(planes_of_frames(flat_policy(spaces.Box(0, 255, (3, 9, 9), np.uint8)), "")) == 1  # colours


@pytest.mark.parametrize(
    ("letters", "planes"),
    [
        ("TCHW", [[0, 1], [2, 3], [4, 5]]),
        ("THWC", [[0, 1], [2, 3], [4, 5]]),
        ("CTHW", [[0, 3], [1, 4], [2, 5]]),
        ("HWCT", [[0, 3], [1, 4], [2, 5]]),
        ("CHWT", [[0, 3], [1, 4], [2, 5]]),
    ],
)
def test_planes_of_a_frame_whichever_axis_comes_first(letters, planes):
    sizes = {"T": 3, "C": 2, "H": 5, "W": 6}
    policy = flat_policy(box(*(sizes[letter] for letter in letters)))
    say_axes(policy, letters)
    assert planes_of_frames(policy, "").tolist() == planes


def test_planes_of_images():
    assert planes_of_frames(small_policy("dqn"), "").tolist() == [[0], [1]]
    assert planes_of_frames(grid_policy(box(10, 10, 4), "HWC"), "").tolist() == [[0, 1, 2, 3]]
    table = flat_policy(box(3, 4))
    assert planes_of_frames(table, "").tolist() == [[0]]


def test_without_real_numbers_there_is_no_map():
    space = spaces.Dict({"kind": spaces.Discrete(4), "parts": spaces.MultiDiscrete([2, 3]), "on": spaces.MultiBinary(3)})
    with pytest.raises(NoMapError, match="not real numbers"):
        axes_of(_dict_policy(space))


def test_entries_without_a_map_are_named():
    space = spaces.Dict({"kind": spaces.Discrete(4), "on": spaces.MultiBinary(3), "view": box(2)})
    (note,) = axes_notes(_dict_policy(space))
    assert "kind: Discrete(4)" in note
    assert "on: MultiBinary(3)" in note
    assert "view" not in note


def _dict_policy(space):
    from stable_baselines3.common.policies import MultiInputActorCriticPolicy

    return MultiInputActorCriticPolicy(space, spaces.Discrete(2), lambda _: 1e-3, net_arch=[4])
