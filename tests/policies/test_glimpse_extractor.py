"""What a glimpse extractor computes: networks for what is seen, and glimpses pasted where they were seen."""

import gymnasium as gym
import numpy as np
import pytest
import torch as th
from gymnasium import spaces
from gymnasium.wrappers import FrameStackObservation
from stable_baselines3.common.vec_env import DummyVecEnv, VecFrameStack, VecTransposeImage
from torch import nn
from torch.nn import functional as F

from saccade.envs import GazeWrapper
from saccade.experiments import read_hyperparameters
from saccade.policies import GlimpseDuelingPolicy, GlimpseExtractor, Retina
from saccade.policies.glimpse_networks import WHAT_NETWORKS, convolutional, normed_convolutional
from saccade.policies.retina import Paste

SIDE, FRAMES = 20, 4
SMALL = {"size": 4, "scales": 3, "what_dim": 16, "where_dim": 8, "features_dim": 12, "network": "normed_conv"}


def test_normed_convolutions_by_their_formula():
    """Each layer again by plain functions: what a pixel's channels are is normalised before every ReLU."""
    th.manual_seed(0)
    network, glimpse = normed_convolutional(2, 5, 7), th.rand(3, 2, 5, 5)
    first, second = (layer for layer in network if isinstance(layer, nn.Conv2d))
    linear = next(layer for layer in network if isinstance(layer, nn.Linear))

    def normed(x: th.Tensor) -> th.Tensor:
        mean, variance = x.mean(1, keepdim=True), x.var(1, unbiased=False, keepdim=True)
        return F.relu((x - mean) / th.sqrt(variance + 1e-5))

    x = F.max_pool2d(normed(F.conv2d(glimpse, first.weight, first.bias, padding=1)), 2)
    x = normed(F.conv2d(x, second.weight, second.bias, padding=1))
    expected = normed(F.linear(x.permute(0, 2, 3, 1).flatten(1), linear.weight, linear.bias))
    assert th.allclose(network(glimpse), expected, atol=1e-5)


def test_what_normalisation_adds_to_the_convolutions():
    """Nothing but norms: weights of the one fit into the other. A glimpse with a tenth of the contrast looks nearly the same."""
    th.manual_seed(0)
    plain, normed = convolutional(1, 6, 16), normed_convolutional(1, 6, 16)
    ours = [layer for layer in normed if not isinstance(layer, nn.LayerNorm)]
    for theirs, own in zip(plain, ours, strict=True):
        own.load_state_dict(theirs.state_dict())
    for layer in (*plain, *ours):
        if isinstance(layer, nn.Conv2d | nn.Linear):
            nn.init.zeros_(layer.bias)
    glimpse = th.rand(4, 1, 6, 6)
    assert th.allclose(normed(glimpse / 10), normed(glimpse), atol=0.05)
    assert th.allclose(plain(glimpse / 10), plain(glimpse) / 10, atol=1e-6)


def test_each_network_is_there_by_name():
    for name, make in WHAT_NETWORKS.items():
        size = 36 if "nature" in name else 4
        assert make(2, size, 8)(th.rand(1, 2, size, size)).shape == (1, 8)


def space_of(side: int = SIDE, width: int | None = None, **more: spaces.Space) -> spaces.Dict:
    image = spaces.Box(0, 255, (FRAMES, side, width or side), np.uint8)
    return spaces.Dict({"image": image, "gaze": spaces.Box(-1, 1, (2,)), "gazes": spaces.Box(-1, 1, (FRAMES, 2)), **more})


def observations(side: int = SIDE, batch: int = 3) -> dict[str, th.Tensor]:
    generator = th.Generator().manual_seed(0)
    gazes = th.rand(batch, FRAMES, 2, generator=generator) * 2 - 1
    image = th.randint(0, 256, (batch, FRAMES, side, side), generator=generator, dtype=th.uint8)
    return {"image": image, "gaze": gazes[:, -1], "gazes": gazes}


def test_the_network_reads_each_frame_where_it_was_seen():
    th.manual_seed(0)
    extractor, obs = GlimpseExtractor(space_of(), pasted=True, **SMALL), observations()
    read = []
    extractor.glimpse_network.what.register_forward_pre_hook(lambda _, given: read.append(given[0]))
    features = extractor(obs)
    assert features.shape == (3, 12)
    retina, paste = Retina(4, 3), Paste(4, 3, SIDE, SIDE)
    expected = [paste(retina(obs["image"][:, f : f + 1], obs["gazes"][:, f]), obs["gazes"][:, f]) / 255 for f in range(FRAMES)]
    assert th.allclose(read[0], th.cat(expected, dim=1), atol=1e-6)


def test_a_condensed_observation_gives_the_same():
    th.manual_seed(0)
    extractor, obs = GlimpseExtractor(space_of(), pasted=True, **SMALL), observations()
    condensed = extractor.condense(obs)
    assert "image" not in condensed
    assert th.allclose(extractor(condensed), extractor(obs), atol=1e-5)


def test_what_was_not_seen_changes_nothing():
    """A pixel beyond the retina's reach may be anything."""
    th.manual_seed(0)
    extractor, obs = GlimpseExtractor(space_of(), pasted=True, **SMALL), observations()
    obs["gazes"][:] = th.tensor([1.0, 1.0])  # the corner: the widest patch begins 8 pixels before it
    before = extractor(obs)
    obs["image"][:, :, :12, :12] = 255 - obs["image"][:, :, :12, :12]
    assert th.equal(extractor(obs), before)
    obs["image"][:, :, 12:, 12:] = 255 - obs["image"][:, :, 12:, 12:]
    assert not th.equal(extractor(obs), before)


@pytest.mark.parametrize("pasted", [False, True])
def test_an_overview_shows_all_of_the_image(pasted):
    """From a corner too. A pixel that is far from the gaze counts only through the mean of its block."""
    th.manual_seed(0)
    wide = {**SMALL, "scales": 4}  # 4, 8, 16 and 32 of 20 pixels
    extractor, obs = GlimpseExtractor(space_of(), pasted=pasted, overview=True, **wide), observations()
    obs["gazes"][:] = th.tensor([1.0, 1.0])
    before = extractor(obs)
    swapped = obs["image"].clone()
    swapped[..., :2, :2] = obs["image"][..., :2, :2].flip(-1)  # in one block
    assert th.equal(extractor({**obs, "image": swapped}), before)
    swapped[..., :2, :2] = 255 - obs["image"][..., :2, :2]
    assert not th.equal(extractor({**obs, "image": swapped}), before)
    assert th.allclose(extractor(extractor.condense(obs)), before, atol=1e-5)


@pytest.mark.parametrize("space", [space_of(), space_of(40, move=spaces.Box(-9, 9, (2,)))])
def test_an_overview_that_shows_less_than_the_image_is_refused(space):
    with pytest.raises(ValueError, match="overview=True needs images of one size, and a widest scale that spans them; 3 scales"):
        GlimpseExtractor(space, overview=True, **SMALL)


TOO_WIDE = "the scales that follow the gaze may span the image's shorter side, and the overview less than twice the longer one"


@pytest.mark.parametrize(
    ("size", "scales", "shape", "spans"),
    [
        (60, 3, (84, 84), "120 and 240 of 84x84"),
        (84, 4, (84, 84), "336 and 672"),
        (40, 5, (84, 84), "320 and 640"),
        (21, 4, (84, 84), "84 and 168"),  # twice the image: the border
        (8, 4, (31, 56), "32 and 64 of 31x56"),  # the moving scales, one pixel too many
    ],
)
def test_an_eye_larger_than_the_image_is_refused_with_an_overview_too(size, scales, shape, spans):
    with pytest.raises(ValueError, match=f"{TOO_WIDE}; {scales} scales of {size}x{size} span {spans}") as refusal:
        GlimpseExtractor(space_of(*shape), size=size, scales=scales, overview=True)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("size", "scales", "shape"),
    [
        (12, 4, (84, 84)),  # 96 of 84, as trained agents have it
        (21, 3, (84, 84)),  # glimpse-pqn's
        (83, 2, (83, 84)),  # the moving scale spans the shorter side exactly, the overview 166 of 168
        (8, 4, (32, 56)),  # likewise, 32 of 32
        (42, 2, (84, 84)),  # the overview spans the image exactly
    ],
)
def test_an_overview_may_span_somewhat_more_than_the_image(size, scales, shape):
    assert GlimpseExtractor(space_of(*shape), size=size, scales=scales, overview=True).retina.overview


@pytest.mark.parametrize(
    ("space", "said"),
    [
        (space_of(SIDE, 30), "glimpses are pasted onto square images"),
        (space_of(move=spaces.Box(-9, 9, (2,))), "a gaze that is told as a place and not as a move in pixels"),
    ],
)
def test_images_and_gazes_that_cannot_be_pasted_are_refused(space, said):
    with pytest.raises(ValueError, match=said):
        GlimpseExtractor(space, pasted=True, **SMALL)


def test_a_frame_stack_above_the_gaze_is_refused_and_one_below_it_is_taken():
    """SB3's VecFrameStack stacks the gaze as well."""
    above = VecFrameStack(DummyVecEnv([lambda: GazeWrapper(GreyNoise(40, 40, 1), tiles=3)]), 4)
    with pytest.raises(ValueError, match=r"two numbers, and this one has the shape \(8,\); a frame stack belongs below"):
        GlimpseExtractor(VecTransposeImage(above).observation_space)
    for memory in (False, True):
        below = GazeWrapper(FrameStackObservation(GreyNoise(40, 40), 4), tiles=3, memory=memory)
        space = below.observation_space
        assert space["image"].shape == (4, 40, 40)
        obs = {key: th.as_tensor(x)[None] for key, x in below.reset(seed=0)[0].items()}
        assert GlimpseExtractor(space, features_dim=7)(obs).shape == (1, 7)


class GreyNoise(gym.Env):
    action_space = spaces.Discrete(3)

    def __init__(self, *shape: int) -> None:
        self.observation_space = spaces.Box(0, 255, shape, np.uint8)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return self.observation_space.sample(), {}

    def step(self, action):
        return self.observation_space.sample(), 0.0, False, False, {}


def test_a_network_that_is_too_large_for_the_image_is_refused():
    with pytest.raises(ValueError, match="a glimpse of 20x20 is too small for the network 'normed_nature', which needs 36x36"):
        GlimpseExtractor(space_of(), pasted=True, **{**SMALL, "network": "normed_nature"})


def test_the_default_network_of_atari_learns_through_the_paste():
    """As the hyperparameter file has it: Q for four actions and nine tiles, and a gradient for every weight."""
    th.manual_seed(0)
    given = read_hyperparameters("glimpse-pqn", env="Breakout")["policy_kwargs"]
    policy = GlimpseDuelingPolicy(space_of(84), spaces.MultiDiscrete([4, 9]), lambda _: 1e-3, layer_norm=True, **given)
    q = policy.q_net(observations(84))
    assert q.shape == (3, 13)
    q.square().sum().backward()
    assert all(weight.grad is not None and weight.grad.abs().sum() > 0 for weight in policy.q_net.parameters())
