import numpy as np
import pytest
import torch as th
from small_policies import corner_images, corner_policy, observed, small_policy

from saccade.saliency import heads
from saccade.saliency.methods import chunks, mask_methods
from saccade.saliency.methods.image_filters import blurred
from saccade.saliency.methods.mask_methods import random_cells, random_masks, rise


def test_two_masks_by_hand(monkeypatch):
    """One mask keeps everything, the other nothing: every place gets head(x) - head(blurred x)."""
    both = th.stack([th.ones(40, 40), th.zeros(40, 40)])
    monkeypatch.setattr(mask_methods, "random_masks", lambda *_: both)
    policy, obs = corner_policy(), corner_images(2)
    head, x = heads(policy)["value"], th.as_tensor(obs).float()
    with th.no_grad():
        change = head(x) - head(blurred(x, 5.0))
    maps = rise(head, obs, masks=2)
    assert th.allclose(maps, change[:, None, None, None].expand_as(maps), rtol=1e-4)


def test_slopes_as_least_squares():
    """The slope of a straight line through (mask at this place, head), place by place in numpy."""
    policy = small_policy("dueling")
    obs = observed(policy, 2)
    head = heads(policy)["gap"]
    maps = rise(head, obs, masks=30, cells=3, seed=4)
    x = th.as_tensor(obs).float()
    soft, tied = blurred(x, 2.0), head.at(x)
    masks = random_masks(*random_cells(30, (16, 16), 3, 4), (16, 16))
    for i in range(2):
        with th.no_grad():
            mixed = soft[i] + masks[:, None] * (x[i] - soft[i])
            values = tied.rows(th.full((30,), i))(mixed).numpy().astype(float)
        for row, column in ((0, 0), (7, 3), (15, 15)):
            slope, _ = np.polyfit(masks[:, row, column].numpy().astype(float), values, 1)
            assert maps[i, :, row, column].sum().item() == pytest.approx(slope, rel=1e-3, abs=1e-5)
    assert th.equal(maps[:, 0], maps[:, 1])


@pytest.mark.parametrize(("shape", "cells"), [((84, 84), 7), ((9, 20), 7), ((1, 1), 7), ((5, 5), 1)])
def test_masks_keep_half_on_average_and_are_seeded(shape, cells):
    masks = random_masks(*random_cells(400, shape, cells, 0), shape)
    assert masks.shape == (400, *shape)
    assert (masks.min() >= 0, masks.max() <= 1) == (True, True)
    assert masks.mean().item() == pytest.approx(0.5, abs=0.05)
    assert masks[:, 0, 0].std() > 0.2
    assert th.equal(masks, random_masks(*random_cells(400, shape, cells, 0), shape))


def test_more_masks_than_fit_into_a_forward_pass(monkeypatch):
    """The map does not depend on how many masks go together."""
    policy = small_policy("ppo")
    obs, head = observed(policy, 2), heads(policy)["action"]
    whole = rise(head, obs, masks=40)
    sizes = []
    policy.features_extractor.register_forward_hook(lambda module, seen, _: sizes.append(len(seen[0])))
    monkeypatch.setattr(chunks, "AT_ONCE", 16)
    assert th.allclose(rise(head, obs, masks=40), whole, rtol=1e-3, atol=1e-5)
    assert sizes[-6:] == [16, 16, 16, 16, 8, 8]


def test_an_even_image_and_wrong_numbers():
    policy = small_policy("dqn")
    even = np.full((1, 2, 16, 16), 90, np.uint8)
    assert rise(heads(policy)["q"], even, masks=16).abs().max() < 1e-3
    with pytest.raises(ValueError, match="masks is 1"):
        rise(heads(policy)["q"], even, masks=1)
