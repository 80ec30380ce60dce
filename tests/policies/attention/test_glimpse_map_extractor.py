"""A map of what an eye has seen: each thing in its place, and nothing that was not seen."""

import numpy as np
import pytest
import torch as th
from gymnasium import spaces
from torch.nn import functional as F

from saccade.policies import GlimpseExtractor, GlimpseMapExtractor
from saccade.policies.glimpse_networks import WhatAndWhere
from saccade.policies.retina import Paste

SIDE, FRAMES = 52, 2


def space(height: int = SIDE, width: int = SIDE, **more: spaces.Space) -> spaces.Dict:
    image = spaces.Box(0, 255, (FRAMES, height, width), np.uint8)
    return spaces.Dict({"image": image, "gaze": spaces.Box(-1, 1, (2,)), **more})


MEMORY = {"gazes": spaces.Box(-1, 1, (FRAMES, 2))}


def made(of: spaces.Dict | None = None, **arguments) -> GlimpseMapExtractor:
    th.manual_seed(0)
    return GlimpseMapExtractor(of or space(**MEMORY), **{"size": 8, "scales": 2, **arguments})


def observed(of: spaces.Dict, count: int = 3) -> dict[str, th.Tensor]:
    of.seed(0)
    samples = [of.sample() for _ in range(count)]
    return {key: th.as_tensor(np.stack([sample[key] for sample in samples])) for key in of.spaces}


def test_features_by_their_formula():
    """Glimpses of each frame pasted at its own gaze, plain convolutions, and at each place the same vector for the gazes."""
    extractor, obs = made(), observed(space(**MEMORY))
    glimpse = extractor.glimpse(obs["image"], obs["gazes"])
    x = Paste(8, 2, SIDE, SIDE)(glimpse, obs["gazes"])
    for layer in extractor.glimpse_network.convolutions.convolutions:
        x = F.relu(F.conv2d(x, layer.weight, layer.bias, layer.stride)) if hasattr(layer, "kernel_size") else x
    first, _, second = extractor.glimpse_network.where
    told = F.linear(F.relu(F.linear(obs["gazes"].flatten(1), first.weight, first.bias)), second.weight, second.bias)
    expected = F.relu(x + told[:, :, None, None])
    assert expected.shape[1:] == extractor.map_shape == (64, 3, 3)
    assert extractor.features_dim == 64 * 9
    assert th.allclose(extractor(obs), expected.flatten(1), atol=1e-5)


def test_the_vector_of_the_gaze_is_added_at_every_place_by_hand():
    """An empty image and no weights: ReLU(0 + bias), the same at every place."""
    extractor = made()
    with th.no_grad():
        for parameter in extractor.parameters():
            parameter.zero_()
        extractor.glimpse_network.where[2].bias[:2] = th.tensor([0.5, -0.5])
    obs = {"image": th.zeros(1, FRAMES, SIDE, SIDE, dtype=th.uint8), "gaze": th.zeros(1, 2), "gazes": th.zeros(1, FRAMES, 2)}
    map_ = extractor(obs).view(64, 9)
    assert th.equal(map_[0], th.full((9,), 0.5))
    assert th.equal(map_[1:], th.zeros(63, 9))


def test_a_thing_stays_in_its_place_and_what_is_not_seen_is_not_there():
    extractor = made(space())
    gaze = th.tensor([[-0.4, -0.4]])  # 16 pixels around (15.6, 15.6)
    empty = {"image": th.zeros(1, FRAMES, SIDE, SIDE), "gaze": gaze}
    seen, unseen = ({"image": empty["image"].clone(), "gaze": gaze} for _ in range(2))
    seen["image"][..., 12:14, 12:14] = 1.0
    unseen["image"][..., 40:44, 40:44] = 1.0
    assert th.equal(extractor(unseen), extractor(empty))
    there = (extractor(seen) != extractor(empty)).view(64, 3, 3).any(0)
    assert there[0, 0]
    assert not there[2, 2]  # sees pixels from 16 on
    moved = {"image": seen["image"], "gaze": th.tensor([[-0.6, -0.5]])}
    nothing = {"image": empty["image"], "gaze": moved["gaze"]}
    assert th.equal((extractor(moved) != extractor(nothing)).view(64, 3, 3).any(0), there)


@pytest.mark.parametrize("more", [{}, MEMORY, {"progress": spaces.Box(0, 1, (3,), np.float32)}])
def test_condensed_observations_have_the_same_features(more):
    extractor, obs = made(space(**more)), observed(space(**more))
    assert th.equal(extractor(extractor.condense(obs)), extractor(obs, raw=True))


def test_progress_is_told_at_every_place():
    extractor, obs = made(space(progress=spaces.Box(0, 1, (3,), np.float32))), observed(space(progress=spaces.Box(0, 1, (3,))))
    told = {**obs, "progress": 1 - obs["progress"]}
    assert ((extractor(told) != extractor(obs)).view(3, 64, 9).any(1)).all()


def test_finer_maps_and_their_places():
    big = spaces.Dict({"image": spaces.Box(0, 255, (4, 84, 84), np.uint8), "gaze": spaces.Box(-1, 1, (2,))})
    for arguments, shape, places in (
        ({}, (64, 7, 7), (18.0, 8.0)),
        ({"padded": True}, (64, 10, 10), (6.0, 8.0)),
    ):
        extractor = GlimpseMapExtractor(big, size=21, scales=3, overview=True, **arguments)
        assert (extractor.map_shape, extractor.map_places) == (shape, places)
    normed = GlimpseMapExtractor(big, size=21, scales=3, overview=True, layer_norm=True)
    names = {type(layer).__name__ for layer in normed.glimpse_network.convolutions.convolutions}
    assert "ChannelNorm" in names


@pytest.mark.parametrize(
    ("of", "arguments", "message"),
    [
        (space(width=60), {}, "onto square images, .*; these are images of 52x60, with a gaze$"),
        (
            space(height=30, width=30),
            {},
            "images of 30x30 are too small for NatureConvolutions, which needs 36x36; use another .*class$",
        ),
        (space(move=spaces.Box(-1, 1, (2,))), {}, "and not as a move in pixels; these are images of 52x52, with a move$"),
        (space(), {"size": 60}, "a glimpse has 60x60 pixels"),
        (space(), {"size": 20, "scales": 3}, "spans 80 pixels, more than the image"),
        (space(), {"strides": (3, 1, 1)}, "the first divides 8"),
    ],
)
def test_what_it_cannot_be(of, arguments, message):
    with pytest.raises(ValueError, match=message):
        made(of, **arguments)


def test_the_plain_extractor_has_its_network_still():
    """The seam between the two: what a glimpse network gets."""
    th.manual_seed(0)
    plain = GlimpseExtractor(space(), size=8, scales=2, network="fc", features_dim=5)
    assert isinstance(plain.glimpse_network, WhatAndWhere)
    assert plain(observed(space())).shape == (3, 5)
