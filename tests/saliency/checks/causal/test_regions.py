"""Controls have a square where the map has one, and nowhere else."""

from dataclasses import replace

import numpy as np
import pytest
import torch as th
from gymnasium import spaces
from small_policies import corner_images, corner_policy, small_policy

from saccade.saliency import METHODS, Head
from saccade.saliency.checks.causal.regions import CONTROLS, TOP, Regions, Seen


def seen(mapped: list[bool]) -> Seen:
    """Games with a bright corner. The method has a map of some of them."""
    policy, obs = corner_policy(), corner_images(len(mapped))

    def of_some(head, obs):
        return METHODS["jacobian"](head, obs) * th.tensor(mapped)[:, None, None, None]

    return Seen(Head(policy, "action_1"), obs, of_some, 0.1, policy)


def test_no_region_is_blank_where_there_is_no_most_salient_square():
    here = seen([True, False, True])
    for region in (TOP, *CONTROLS):
        corners = Regions(0).corners(region, here)
        assert (corners[1] == -1).all()
        assert (corners[2] >= 0).all() == (region != "other_game")  # the game before it has no map
    assert here.mapped.tolist() == [True, False, True]


def test_a_control_may_have_no_square_where_the_map_has_one():
    """The other game has no map."""
    corners = Regions(0).corners("other_game", seen([False, True]))
    assert (corners == -1).all()


def test_nothing_is_blank_without_a_square():
    here = seen([False, False])
    assert here.without(Regions(0).corners("centre", here)) is here.obs
    partly = seen([True, False])
    blank = partly.without(Regions(0).corners("centre", partly))
    assert not np.array_equal(blank[0], partly.obs[0])
    assert np.array_equal(blank[1], partly.obs[1])


@pytest.mark.parametrize("in_dict", [False, True])
def test_channels_last_are_blanked_as_channels_first_are(in_dict):
    """Networks and methods take SB3's images either way."""
    policy = small_policy("mixed" if in_dict else "dqn")
    space = policy.observation_space["image"] if in_dict else policy.observation_space
    assert isinstance(space, spaces.Box)
    assert space.shape[0] > 1
    image = np.random.default_rng(0).integers(0, 256, (2, *space.shape), dtype=np.uint8)
    rest = {key: np.zeros((2, *one.shape), one.dtype) for key, one in policy.observation_space.items()} if in_dict else {}
    given = {**rest, "image": image} if in_dict else image
    first = Seen(Head(policy, "value" if in_dict else "q"), given, METHODS["jacobian"], 0.1, policy)
    turned = np.moveaxis(image, 1, -1)
    last = replace(first, obs={**rest, "image": turned} if in_dict else turned)
    assert np.array_equal(first.top, last.top)
    corners = np.array([[1, 3], [-1, -1]])
    expected, found = (blank["image"] if in_dict else blank for blank in (one.without(corners) for one in (first, last)))
    assert not np.array_equal(expected[0], image[0])
    assert np.array_equal(expected[1], image[1])
    assert np.array_equal(np.moveaxis(found, -1, 1), expected)
    assert found.dtype == np.uint8
