import numpy as np
import pytest
import torch as th
from captum.attr import IntegratedGradients, LayerGradCam
from grid_policies import box, grid_policy
from scipy.ndimage import gaussian_filter
from small_policies import linear_policy, observed, small_policy
from torch import nn

from saccade.saliency import heads
from saccade.saliency.errors import NoMapError
from saccade.saliency.methods.captum_methods import (
    deletion,
    grad_cam,
    integrated_gradients,
    integrated_gradients_blurred,
    last_convolution,
    occlusion,
)
from saccade.saliency.readers.entries import Entries


def test_integrated_gradients_add_up():
    """Completeness: the map's sum is the head here minus the head on black, for the action chosen here."""
    for family in ("dueling", "separate", "recurrent"):
        policy = small_policy(family)
        obs = observed(policy, 3)
        entries = Entries.of(policy, obs)
        for name, head in heads(policy).items():
            maps = integrated_gradients(head, obs, steps=200)
            tied = head.at(entries.packed())
            with th.no_grad():
                expected = tied(entries.packed()) - tied(th.zeros_like(entries.packed()))
            assert th.allclose(maps.flatten(1).sum(1), expected, rtol=0.01, atol=0.01 * expected.abs().max().item() + 1e-5), name


def test_integrated_gradients_from_the_blur_add_up():
    """Completeness: the map's sum is the head here minus the head on the blurred image; the other entries stay as they are."""
    for family, name in (("dueling", "value"), ("dueling", "gap"), ("recurrent", "action"), ("mixed", "value")):
        policy = small_policy(family)
        obs, head = observed(policy, 3), heads(policy)[name]
        entries = Entries.of(policy, obs)
        maps = Entries.of(policy, integrated_gradients_blurred(head, obs, steps=200)).tensors
        (key,) = entries.images()
        tied, soft = head.at(entries.packed()), gaussian_filter(entries.tensors[key].numpy(), (0, 0, 2, 2), mode="nearest")
        with th.no_grad():
            expected = tied(entries.packed()) - tied(entries.with_({key: th.from_numpy(soft)}).packed())
        found = maps[key].flatten(1).sum(1)
        assert th.allclose(found, expected, rtol=0.01, atol=0.01 * expected.abs().max().item() + 1e-5), family
        assert not any(x.any() for other, x in maps.items() if other != key)


def test_integrated_gradients_of_an_even_image_are_nothing():
    policy = small_policy("dqn")
    assert integrated_gradients_blurred(heads(policy)["q"], np.full((1, 2, 16, 16), 90, np.uint8)).abs().max() < 1e-4


def test_integrated_gradients_are_captums_observation_by_observation():
    policy = small_policy("ppo")
    obs = observed(policy, 2)
    maps = integrated_gradients(heads(policy)["value"], obs)
    policy.set_training_mode(False)
    for i in range(2):
        reference = IntegratedGradients(lambda x: policy.predict_values(x)[:, 0]).attribute(
            th.as_tensor(obs[i : i + 1]).float(), n_steps=32
        )
        assert th.allclose(maps[i : i + 1], reference.float(), rtol=1e-3, atol=1e-6)


def test_grad_cam_by_hand():
    """One convolution, by hand: its channels weighted by the mean gradient of the head on them."""
    policy = small_policy("dqn")
    network, obs = policy.q_net.features_extractor.network, observed(policy, 2)
    x = th.as_tensor(obs).float() / 255
    seen = network[2](network[1](network[0](x)))  # of the last convolution, (B, 4, 5, 5)
    value = policy.q_net.q_net(network[6](network[5](network[4](network[3](seen))))).max(1).values
    weights = th.autograd.grad(value.sum(), seen)[0].mean(dim=(2, 3), keepdim=True)
    coarse = (weights * seen).sum(1, keepdim=True)
    maps = grad_cam(heads(policy)["q"], obs)
    fine = nn.functional.interpolate(coarse, (16, 16), mode="bilinear")
    assert th.allclose(maps.sum(1, keepdim=True), fine, rtol=1e-4, atol=1e-6)
    assert th.equal(maps[:, 0], maps[:, 1])
    layer = LayerGradCam(lambda o: policy.q_net(o).max(1).values, network[2]).attribute(th.as_tensor(obs).float())
    assert th.allclose(layer, coarse, rtol=1e-4, atol=1e-6)


def test_the_last_convolution_is_the_heads_own():
    policy = small_policy("separate")
    entries = Entries.of(policy, observed(policy, 1))
    for name, extractor in (("value", policy.vf_features_extractor), ("action", policy.pi_features_extractor)):
        assert last_convolution(heads(policy)[name], entries) is extractor.network[2]
    with pytest.raises(TypeError, match=r"needs a convolution, and the head 'q' of DQNPolicy depends on none$"):
        last_convolution(heads(linear_policy())["q"], Entries.of(linear_policy(), np.zeros((1, 2), np.float32)))
    policy = small_policy("dqn")
    network = policy.q_net.features_extractor.network
    policy.q_net.features_extractor.network = th.jit.trace(network, th.rand(1, *policy.observation_space.shape))
    with pytest.raises(
        TypeError, match=r"depends on none whose output it is told \(torch tells none of a compiled or scripted network"
    ):
        last_convolution(heads(policy)["q"], Entries.of(policy, observed(policy, 1)))
    for family in ("glimpse", "mixed"):
        policy = small_policy(family)
        if family == "glimpse":
            with pytest.raises(TypeError, match="has a retina in between"):
                grad_cam(heads(policy)["class"], observed(policy, 1))
        else:
            assert grad_cam(heads(policy)["value"], observed(policy, 1))["image"].any()
    with pytest.raises(TypeError, match="has 0 images"):
        grad_cam(heads(linear_policy())["q"], np.zeros((1, 2), np.float32))


def test_occlusion_one_window_at_a_time():
    policy = small_policy("recurrent")
    obs = observed(policy, 2)
    head = heads(policy)["action"]
    maps = occlusion(head, obs, window=4)
    entries = Entries.of(policy, obs)
    tied, x = head.at(entries.packed()), entries.packed()
    total, covered = th.zeros_like(x), th.zeros_like(x)
    for top in range(0, 13, 2):
        for left in range(0, 13, 2):
            hidden = x.clone()
            hidden[:, :, top : top + 4, left : left + 4] = x.mean(dim=(2, 3), keepdim=True)
            with th.no_grad():
                fall = tied(x) - tied(hidden)
            total[:, :, top : top + 4, left : left + 4] += fall.view(-1, 1, 1, 1)
            covered[:, :, top : top + 4, left : left + 4] += 1
    assert th.allclose(maps, total / covered, rtol=1e-3, atol=1e-5)


def test_deletion_one_block_at_a_time():
    policy = small_policy("qrdqn")
    obs = observed(policy, 2)
    head = heads(policy)["gap"]
    maps = deletion(head, obs, block=5)  # does not divide 16: the last blocks are one pixel wide
    entries = Entries.of(policy, obs)
    tied, x = head.at(entries.packed()), entries.packed()
    for top in range(0, 16, 5):
        for left in range(0, 16, 5):
            spot = (slice(None), slice(None), slice(top, top + 5), slice(left, left + 5))
            hidden = x.clone()
            hidden[spot] = x.mean(dim=(2, 3), keepdim=True)
            with th.no_grad():
                fall = tied(x) - tied(hidden)
            assert th.allclose(maps[spot].flatten(1).sum(1), fall, rtol=1e-3, atol=1e-5)
            assert maps[spot].flatten(1).std(1).max() < 1e-6


def test_vectors_component_by_component():
    """Q = (x0 + 2 x1, 3 x0 - x1): without x0 the greedy action's Q falls by its share."""
    obs = np.array([[1.0, 2.0], [2.0, -1.0]], np.float32)
    for method in (occlusion, deletion):
        assert th.allclose(method(heads(linear_policy())["q"], obs), th.tensor([[1.0, 4.0], [6.0, 1.0]]))


def test_bad_sizes():
    policy = small_policy("dqn")
    for window in (0, 17):
        with pytest.raises(ValueError, match=f"window is {window}; it must be from 1 to the image's 16 pixels"):
            occlusion(heads(policy)["q"], observed(policy, 1), window=window)
    with pytest.raises(ValueError, match="block is 0"):
        deletion(heads(policy)["q"], observed(policy, 1), block=0)


def test_grad_cam_of_frames_that_are_convolved_one_by_one():
    policy = grid_policy(box(3, 2, 12, 10), "TCHW frame by frame")
    obs = np.random.default_rng(0).random((4, 3, 2, 12, 10)).astype(np.float32)
    with pytest.raises(NoMapError, match="gets 3 pictures of each observation"):
        grad_cam(heads(policy)["value"], obs)
