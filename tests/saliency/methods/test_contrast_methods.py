import numpy as np
import pytest
import torch as th
from grid_policies import box, grid_policy
from scipy.ndimage import gaussian_filter
from small_policies import corner_images, corner_policy, linear_policy, observed, small_policy

from saccade.saliency import States, heads
from saccade.saliency.checks.blind.removal import OF_PICTURES
from saccade.saliency.errors import NoMapError
from saccade.saliency.methods import METHODS, methods_named
from saccade.saliency.methods.contrast_methods import jacobian_x_contrast, smoothed, summed
from saccade.saliency.methods.derivatives import jacobian
from saccade.saliency.methods.gradient_methods import OfJacobian
from saccade.saliency.methods.image_filters import contrast
from saccade.saliency.methods.map_making import make_maps
from saccade.saliency.readers.entries import Entries


def wide(image: np.ndarray) -> np.ndarray:
    """By scipy, of (C, H, W)."""
    return gaussian_filter(image.astype(float), (0, *[min(image.shape[1:]) / 8] * 2), mode="nearest")


def test_of_a_linear_head_it_is_what_blurring_each_pixel_takes():
    """V is linear in the brightness of 16x16 pixels, so each pixel has w / (255 * 256) of its contrast, and all add up."""
    policy, obs = corner_policy(), corner_images(2)
    head = heads(policy)["value"]
    maps = jacobian_x_contrast(head, obs)
    expected = np.zeros(obs.shape)
    soft = np.stack([wide(image) for image in obs])
    expected[:, :, :16, :16] = policy.value_net.weight.item() / (255 * 256) * (obs - soft)[:, :, :16, :16]
    assert np.allclose(maps, expected, rtol=1e-3, atol=1e-7)
    with th.no_grad():
        change = head(th.as_tensor(obs)) - head(th.as_tensor(soft).float())
    assert th.allclose(maps.sum((1, 2, 3)), change, rtol=1e-3)


def test_the_blur_is_that_of_the_check():
    """The contrast that the map is multiplied by is what the check takes away."""
    images = th.rand(2, 3, 12, 20)
    assert th.equal(images - contrast(images), images - (images - OF_PICTURES["blur"](images)))


@pytest.mark.parametrize(("space", "order"), [(box(9, 7, 3), "HWC"), (box(2, 9, 7, 3), "THWC"), (box(9, 7), "HW")])
def test_any_order_of_the_axes(space, order):
    """It is the Jacobian times the contrast of rows and columns, wherever those are."""
    policy = grid_policy(space, order)
    obs = np.random.default_rng(0).random((2, *space.shape), np.float32)
    head = heads(policy)["value"]
    entries = Entries.of(policy, obs)
    (image,), (ours,), (slopes,) = (
        entries.pictures(x).values() for x in (obs, jacobian_x_contrast(head, obs), jacobian(head, obs))
    )
    expected = np.stack([np.asarray(x) - wide(np.asarray(x)) for x in image]) * np.asarray(slopes)
    assert np.allclose(ours, expected, rtol=1e-3, atol=1e-6)
    assert ours.any()


def test_an_even_image_has_no_contrast():
    policy = small_policy("dqn")
    even = np.full((1, 2, 16, 16), 200, np.uint8)
    assert jacobian(heads(policy)["q"], even).any()
    assert jacobian_x_contrast(heads(policy)["q"], even).abs().max() < 1e-4 * jacobian(heads(policy)["q"], even).abs().max()
    assert not contrast(th.full((1, 1, 1, 1), 7.0)).any()  # nor has a single pixel


def test_a_dict_has_a_map_of_its_image_alone():
    policy = small_policy("mixed")
    obs = observed(policy, 2)
    maps = jacobian_x_contrast(heads(policy)["value"], obs)
    assert maps["image"].any()
    assert not maps["vector"].any()
    states = States(obs)
    made = make_maps(policy, states, ("value",), methods_named(["jacobian_x_contrast", "jacobian"]))
    assert [str(key) for key in made] == ["value/jacobian_x_contrast@image", "value@image", "value@vector"]


def test_it_is_silent_where_a_retina_does_not_look():
    policy = small_policy("glimpse")
    obs = observed(policy, 2)
    head = heads(policy)["class"]
    ours, slopes = jacobian_x_contrast(head, obs)["image"], jacobian(head, obs)["image"]
    assert not ours[slopes == 0].any()


@pytest.mark.parametrize("name", ["jacobian_x_contrast", "jacobian_x_contrast_summed", "integrated_gradients_blurred", "rise"])
def test_vectors_are_refused(name):
    with pytest.raises(NoMapError, match="and these observations have none"):
        METHODS[name](heads(linear_policy())["q"], np.ones((1, 2), np.float32))


def test_smoothing_by_hand():
    """A positive and a negative point: blurred with their signs they cancel out between them, and by strength they do not."""
    policy = small_policy("dqn")
    obs = observed(policy, 1)
    points = np.zeros((1, 2, 16, 16), np.float32)
    points[0, 0, 8, 6], points[0, 0, 8, 10] = 1.0, -1.0
    head = heads(policy)["q"]

    def method(head, obs):
        return th.from_numpy(points)

    signed, strength = (np.asarray(smoothed(method, 2.0, signed=x)(head, obs)) for x in (True, False))
    assert np.allclose(signed[0, 0], gaussian_filter(points[0, 0], 2.0, mode="nearest"), atol=1e-6)
    assert np.allclose(np.abs(strength[0, 0]), gaussian_filter(np.abs(points[0, 0]), 2.0, mode="nearest"), atol=1e-6)
    assert abs(signed[0, 0, 8, 8]) < 1e-6 < 0.01 < abs(strength[0, 0, 8, 8])
    assert (strength[0, 0, 8, 5] > 0, strength[0, 0, 8, 11] < 0) == (True, True)
    assert not strength[0, 1].any()
    with pytest.raises(ValueError, match="deviation is 0"):
        smoothed(method, 0)


def test_summing_by_hand():
    """3 and -1 in two frames of a place: together 2, an equal share each. By strength the frames alone would be 4."""
    policy = small_policy("dqn")
    obs = observed(policy, 1)
    frames = th.zeros(1, 2, 16, 16)
    frames[0, :, 5, 5] = th.tensor([3.0, -1.0])
    head = heads(policy)["q"]
    found = summed(lambda head, obs: frames)(head, obs)
    assert found[0, :, 5, 5].tolist() == [1.0, 1.0]
    assert found.sum() == frames.sum()
    ours, alone = METHODS["jacobian_x_contrast_summed"](head, obs), jacobian_x_contrast(head, obs)
    assert th.allclose(ours, alone.mean(1, keepdim=True).expand_as(alone), rtol=1e-4, atol=1e-8)


def test_maps_that_follow_from_the_jacobian_take_no_forward_pass_more():
    policy = small_policy("dueling")
    states, passes = States(observed(policy, 2)), []
    policy.q_net.features_extractor.register_forward_hook(lambda *_: passes.append(1))
    alone = make_maps(policy, states, ("value", "advantage"), methods_named(["jacobian"]))
    once = len(passes)
    names = ["jacobian_x_contrast", "jacobian_x_contrast_summed", "jacobian_x_contrast_smooth", "gradient_x_input", "jacobian"]
    together = make_maps(policy, states, ("value", "advantage"), methods_named(names))
    assert len(passes) == 2 * once
    assert all(np.array_equal(together[key], alone[key]) for key in alone)
    assert list(dict.fromkeys(key.method for key in together)) == names
    for key, made in together.items():
        assert np.allclose(made, METHODS[key.method](heads(policy)[key.head], states.observations), rtol=1e-4, atol=1e-7)
    assert isinstance(METHODS["jacobian_x_contrast_smooth"], OfJacobian)
