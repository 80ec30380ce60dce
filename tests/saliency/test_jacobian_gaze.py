"""A gaze that follows the Jacobian of an agent with a full view, where the right place is known."""

import numpy as np
import pytest
import torch as th
from grid_policies import flat_policy
from gymnasium import Env, spaces
from small_policies import corner_images, corner_policy, observed, small_policy
from stable_baselines3.common.policies import ActorCriticPolicy
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor

from saccade.envs import GazeWrapper
from saccade.saliency import JacobianGaze, UnknownHeadError, UnknownPolicyError
from saccade.saliency.jacobian_gaze import blurs
from saccade.saliency.readers.seen_axes import say_axes


class TwoSpots(BaseFeaturesExtractor):
    """What the action depends on, at the right below; and what the value depends on, at the left above."""

    def __init__(self, space: spaces.Box) -> None:
        super().__init__(space, 2)
        self.scale = th.nn.Parameter(th.ones(1))

    def forward(self, images: th.Tensor) -> th.Tensor:
        return self.scale * th.stack([images[:, :, 20:24, 26:30].mean((1, 2, 3)), images[:, :, 2:6, 2:6].mean((1, 2, 3))], dim=1)


SPACE = spaces.Box(0, 255, (1, 32, 32), np.uint8)


def two_spots() -> ActorCriticPolicy:
    policy = ActorCriticPolicy(
        SPACE, spaces.Discrete(2), lambda _: 1e-3, net_arch=[], features_extractor_class=TwoSpots, ortho_init=False
    )
    with th.no_grad():
        policy.action_net.weight.copy_(th.tensor([[1.0, 0.0], [-1.0, 0.0]]))
        policy.value_net.weight.copy_(th.tensor([[0.0, 1.0]]))
    return policy


def noise(count: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, 1, 32, 32), dtype=np.uint8)


@pytest.mark.parametrize(("head", "place"), [(None, (0.75, 0.25)), ("action", (0.75, 0.25)), ("value", (-0.75, -0.75))])
def test_it_looks_where_the_head_looks(head, place):
    places = JacobianGaze(two_spots(), head, tiles=4)(noise(5))
    assert places.dtype == np.float32
    assert places.tolist() == [list(place)] * 5


def test_rows_and_columns():
    assert JacobianGaze(two_spots(), "action", tiles=(2, 4))(noise(1)).tolist() == [[0.75, 0.5]]
    assert np.allclose(JacobianGaze(corner_policy(), "action", tiles=(5, 5))(corner_images(3)), -0.8)


@pytest.mark.parametrize("letters", ["HWC", "HCW", "CHW"])
def test_rows_and_columns_are_where_the_policys_axes_are(letters):
    """One pixel counts, in row 20 of 24 and column 7 of 28."""
    sizes = {"C": 3, "H": 24, "W": 28}
    policy = flat_policy(spaces.Box(0, 1, [sizes[letter] for letter in letters], np.float32), net_arch=[])
    say_axes(policy, letters)
    weight = th.zeros(policy.observation_space.shape)
    weight[tuple({"C": slice(None), "H": 20, "W": 7}[letter] for letter in letters)] = 1
    with th.no_grad():
        policy.value_net.weight.copy_(weight.flatten()[None])
    images = np.random.default_rng(0).random((2, *policy.observation_space.shape), dtype=np.float32)
    assert JacobianGaze(policy, "value", tiles=(3, 7))(images).tolist() == [pytest.approx([-4 / 7, 2 / 3])] * 2


def test_three_axes_of_a_vector_are_nowhere_to_look():
    policy = flat_policy(spaces.Box(0, 1, (4, 5, 6), np.float32))
    say_axes(policy, "DDD")
    with pytest.raises(UnknownPolicyError, match="sees the whole image"):
        JacobianGaze(policy, "value")


def test_where_nothing_matters_it_looks_at_the_centre():
    policy = two_spots()
    with th.no_grad():
        policy.value_net.weight.zero_()
    assert JacobianGaze(policy, "value", tiles=4)(noise(2)).tolist() == [[0, 0]] * 2


def test_weights_of_each_tile_add_up_to_one_and_are_largest_at_its_centre():
    weights = blurs(84, 5)
    assert weights.sum(axis=1) == pytest.approx(np.ones(5))
    assert weights[[0, 1, 3, 4]].argmax(axis=1).tolist() == [8, 25, 58, 75]
    assert weights[2, 41] / weights[2, 50] == pytest.approx(np.exp(0.5 * ((50.5 - 42) ** 2 - 0.25) / 8.4**2))


class Looked(Env):
    observation_space, action_space = SPACE, spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return noise(1)[0], {}

    def step(self, action):
        return noise(1)[0], 0.0, False, False, {}


def test_a_jacobian_gaze_goes_into_the_wrapper():
    env = GazeWrapper(Looked(), tiles=4, forced=JacobianGaze(two_spots(), tiles=4))
    assert env.reset(seed=0)[0]["gaze"].tolist() == [0.75, 0.25]
    assert env.step((0, 0))[0]["gaze"].tolist() == [0.75, 0.25]


@pytest.mark.parametrize("name", ["recurrent", "glimpse", "mixed"])
def test_agents_that_cannot_be_followed(name):
    policy = small_policy(name)
    assert observed(policy, 1) is not None
    with pytest.raises(UnknownPolicyError, match="sees the whole image and has no memory"):
        JacobianGaze(policy)


def test_heads_and_tiles_that_are_not_there():
    with pytest.raises(UnknownHeadError, match="no head 'advantage'"):
        JacobianGaze(two_spots(), "advantage")
    with pytest.raises(UnknownPolicyError, match="name one that it has"):
        JacobianGaze(small_policy("continuous"))
    with pytest.raises(ValueError, match="at least 1x1"):
        JacobianGaze(two_spots(), tiles=0)
