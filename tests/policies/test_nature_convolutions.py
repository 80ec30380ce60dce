import numpy as np
import pytest
import torch as th
from gymnasium import spaces
from stable_baselines3.common.torch_layers import NatureCNN

from saccade.policies import DuelingCnnPolicy, NatureConvolutions


def images(*shape: int) -> spaces.Box:
    return spaces.Box(0, 255, shape, np.uint8)


def test_84x84_gives_the_papers_3136_features():
    assert NatureConvolutions(images(4, 84, 84)).features_dim == 64 * 7 * 7


def test_same_convolutions_as_sb3s_nature_cnn():
    ours, theirs = NatureConvolutions(images(4, 84, 84)), NatureCNN(images(4, 84, 84))
    ours.convolutions.load_state_dict(theirs.cnn.state_dict())
    x = th.rand(2, 4, 84, 84)
    assert th.equal(ours(x), theirs.cnn(x))


def test_the_smallest_image_is_36x36():
    assert NatureConvolutions(images(1, 36, 36)).features_dim == 64
    with pytest.raises(ValueError, match="36x36"):
        NatureConvolutions(images(1, 35, 36))


def test_vectors_are_refused_and_the_right_policy_is_named():
    with pytest.raises(ValueError, match="DuelingMlpPolicy"):
        NatureConvolutions(spaces.Box(-1, 1, (4,)))


def test_features_dim_adds_the_layer_of_sb3s_nature_cnn():
    ours, theirs = NatureConvolutions(images(2, 40, 40), features_dim=7), NatureCNN(images(2, 40, 40), features_dim=7)
    assert ours.features_dim == theirs.features_dim == 7
    ours.convolutions.load_state_dict(theirs.cnn.state_dict())
    ours.linear.load_state_dict(theirs.linear.state_dict())
    x = th.rand(3, 2, 40, 40)
    assert th.equal(ours(x), theirs(x))


def test_without_features_dim_the_saved_names_are_those_of_before():
    assert {name.split(".")[0] for name in NatureConvolutions(images(1, 36, 36)).state_dict()} == {"convolutions"}


def test_layer_norm_comes_before_the_relu_of_the_layer():
    layers = NatureConvolutions(images(1, 36, 36), layer_norm=True, features_dim=5).linear
    assert [type(layer).__name__ for layer in layers] == ["Linear", "LayerNorm", "ReLU"]


def test_a_layer_without_units_is_refused():
    with pytest.raises(ValueError, match="features_dim is 0"):
        NatureConvolutions(images(1, 36, 36), features_dim=0)


def test_dqn_takes_features_dim_for_ours_as_for_its_own():
    policy = DuelingCnnPolicy(images(1, 36, 36), spaces.Discrete(3), lambda _: 1e-3, features_extractor_kwargs={"features_dim": 6})
    assert policy.q_net.features_dim == 6
    assert policy.q_net.value_stream[0].in_features == 6


@pytest.mark.parametrize(
    ("strides", "padded", "side", "places"),
    [((4, 2, 1), False, 7, (18.0, 8.0)), ((4, 2, 1), True, 10, (6.0, 8.0)), ((4, 1, 1), False, 15, (14.0, 4.0))],
)
def test_smaller_strides_and_padding_give_finer_maps(strides, padded, side, places):
    """Places by hand: the first one sees 36, 36 less its border, or 28 pixels; two are as far apart as the strides' product."""
    made = NatureConvolutions(images(1, 84, 84), padded=padded, strides=strides)
    assert made.map_shape == (64, side, side)
    assert made.map_places == places
    assert made(th.rand(2, 1, 84, 84)).shape == (2, 64 * side * side)


@pytest.mark.parametrize("strides", [(3, 2, 1), (4, 2), (4, 0, 1), (4, 1.5, 1), (0, 1, 1)])
def test_strides_that_make_no_sense(strides):
    with pytest.raises(ValueError, match="three whole numbers from 1 on, of which the first divides 8"):
        NatureConvolutions(images(1, 84, 84), strides=strides)


def test_channels_that_seem_to_be_last():
    with pytest.raises(ValueError, match=r"\(84, 84, 3\) seem to have their channels last; put .* VecTransposeImage"):
        NatureConvolutions(images(84, 84, 3))
    with pytest.raises(ValueError, match=r"channels last; let the env give them as \(C, H, W\)"):  # SB3's wrapper refuses these
        NatureConvolutions(spaces.Box(0, 1, (84, 84, 3), np.float32))


def test_strides_too_large_for_the_image():
    with pytest.raises(ValueError, match=r"36x36 are too small for strides \(8, 4, 1\)"):
        NatureConvolutions(images(1, 36, 36), strides=(8, 4, 1))
