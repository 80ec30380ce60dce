import numpy as np
import pytest
import torch as th
from gymnasium import spaces
from stable_baselines3.common.torch_layers import NatureCNN

from saccade.policies import NatureConvolutions


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
