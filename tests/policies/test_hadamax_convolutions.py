from functools import partial

import numpy as np
import pytest
import torch as th
from gymnasium import spaces
from stable_baselines3 import DQN
from torch import nn

from saccade.agents import PQN, DoubleDQN
from saccade.agents.updates.channels_last import channels_last
from saccade.policies import DuelingCnnPolicy, HadamaxConvolutions, NatureConvolutions
from saccade.policies.layers.channel_norm import ChannelNorm
from saccade.saliency import head_jacobians


def images(*shape: int) -> spaces.Box:
    return spaces.Box(0, 255, shape, np.uint8)


def test_an_atari_frame_has_11x11_places():
    made = HadamaxConvolutions(images(4, 84, 84), layer_norm=True)
    assert made.map_shape == (64, 11, 11)
    assert made.features_dim == 64 * 11 * 11
    assert made(th.rand(2, 4, 84, 84)).shape == (2, 7744)
    norms = [layer.normalized_shape for layer in made.modules() if isinstance(layer, ChannelNorm)]
    assert norms == [(32,), (32,), (64,), (64,), (64,), (64,)]


def test_where_its_places_lie():
    """With means for maxima every pixel that a place sees has a derivative. Their middle is where the place is said to be."""
    made = HadamaxConvolutions(images(1, 96, 96))
    for block in made.convolutions[:-1]:
        block.pool = nn.AvgPool2d(block.pool.kernel_size, block.pool.stride, block.pool.padding)
    image = th.rand(1, 1, 96, 96, dtype=th.float64, requires_grad=True)
    maps = made.double()(image).view(64, 12, 12)
    start, distance = made.map_places
    for place in (5, 6):
        (derivative,) = th.autograd.grad(maps[:, place, place].sum(), image, retain_graph=True)
        seen = derivative[0, 0].abs().sum(1).nonzero()
        assert float(seen.min() + seen.max() + 1) / 2 == start + place * distance


def test_the_memory_format_changes_nothing():
    made = HadamaxConvolutions(images(4, 40, 44), layer_norm=True)
    frames = th.randint(0, 256, (3, 4, 40, 44), dtype=th.uint8)
    assert th.allclose(made(channels_last(frames).float() / 255), made(frames.float() / 255), atol=1e-5)


@pytest.mark.parametrize(
    ("space", "said"),
    [
        (images(1, 7, 30), "images of 7x30 are too small for HadamaxConvolutions, which needs 8x8"),
        (images(40, 40, 3), "seem to have their channels last"),
        (spaces.Box(-1, 1, (5,)), "HadamaxConvolutions takes images"),
    ],
)
def test_what_it_cannot_see(space, said):
    with pytest.raises(ValueError, match=said):
        HadamaxConvolutions(space)


@pytest.fixture
def small(atari):
    return atari("Breakout", 4, screen_size=36)


def test_in_pqn_it_has_layer_norm_and_both_heads_have_maps(small, tmp_path):
    model = PQN(
        "CnnPolicy", small, n_steps=8, batch_size=16, compile=False, seed=0, device="cpu",
        policy_kwargs={"features_extractor_class": HadamaxConvolutions, "hidden_width": 16},
    )  # fmt: skip
    before = {name: x.clone() for name, x in model.policy.state_dict().items()}
    model.learn(64)
    assert any(isinstance(layer, ChannelNorm) for layer in model.policy.modules())
    first = [name for name in before if "convolutions.0." in name]
    assert first
    assert any(not th.equal(before[name], model.policy.state_dict()[name]) for name in first)  # the loss reaches the first block
    maps = head_jacobians(model.policy, model._last_obs)
    assert maps["value"].abs().sum() > 0
    assert not th.allclose(maps["value"], maps["advantage"])
    model.save(tmp_path / "model")
    loaded = PQN.load(tmp_path / "model", device="cpu")
    assert np.array_equal(
        loaded.predict(model._last_obs, deterministic=True)[0], model.predict(model._last_obs, deterministic=True)[0]
    )


@pytest.mark.parametrize(
    ("algorithm", "policy"), [(DQN, "CnnPolicy"), (DQN, DuelingCnnPolicy), (partial(DoubleDQN, compile=False), "CnnPolicy")]
)
def test_in_other_agents(small, algorithm, policy):
    model = algorithm(
        policy, small, learning_starts=8, buffer_size=64, batch_size=4, device="cpu",
        policy_kwargs={"features_extractor_class": HadamaxConvolutions},
    )  # fmt: skip
    model.learn(24)
    assert isinstance(model.policy.q_net.features_extractor, HadamaxConvolutions)


def test_it_takes_about_20_times_the_multiply_adds_of_the_nature_dqn():
    frame = images(4, 84, 84)
    assert 19 < multiply_adds(HadamaxConvolutions(frame)) / multiply_adds(NatureConvolutions(frame)) < 21


def multiply_adds(extractor: nn.Module) -> int:
    """Of the convolutions, for one frame."""
    counted = []

    def count(layer, given, result):
        counted.append(result[0].numel() * layer.weight[0].numel())

    for layer in extractor.modules():
        if isinstance(layer, nn.Conv2d):
            layer.register_forward_hook(count)
    extractor(th.zeros(1, 4, 84, 84))
    return sum(counted)
