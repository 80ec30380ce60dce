"""Soft attention as features: alone, and in stock algorithms."""

import numpy as np
import pytest
import torch as th
from gymnasium import spaces
from stable_baselines3 import DQN, PPO
from stable_baselines3.common.envs import FakeImageEnv
from stable_baselines3.common.torch_layers import NatureCNN
from torch import nn
from torch.nn import functional as F

from saccade.agents import PQN
from saccade.policies import NatureConvolutions, SoftAttentionExtractor
from saccade.saliency import METHODS, heads, load_policy

SPACE = spaces.Box(0, 255, (1, 44, 52), np.uint8)
SMALL = {"features_dim": 16, "queries": 2, "values": 6, "waves": 3}
KWARGS = {"features_extractor_class": SoftAttentionExtractor, "features_extractor_kwargs": SMALL}


def made(**arguments) -> SoftAttentionExtractor:
    th.manual_seed(0)
    return SoftAttentionExtractor(SPACE, **{**SMALL, **arguments})


def env() -> FakeImageEnv:
    return FakeImageEnv(screen_height=44, screen_width=52, discrete=True, n_channels=1)


@pytest.mark.parametrize("masked", [False, True])
def test_weights_are_shares_of_all_places(masked):
    extractor, images = made(masked=masked), th.rand(5, 1, 44, 52)
    weights = extractor.attention(images)
    assert weights.shape == (5, 2, 2, 3)  # 44x52 pixels have a map of 2x3
    assert (weights >= 0).all()
    assert th.allclose(weights.sum((2, 3)), th.ones(5, 2))
    assert extractor(images).shape == (5, extractor.features_dim) == (5, 16)


def test_features_by_their_formula():
    """Query by query, place by place."""
    extractor, images = made(), th.rand(3, 1, 44, 52)
    features = extractor.convolutions(images).view(3, 64, 6)
    places = F.linear(features.transpose(1, 2), extractor.look.project.weight, extractor.look.project.bias)
    weights, answers = extractor.attention(images).flatten(2), []
    for k in range(2):
        codes = [th.cat([places[:, n, 8:], extractor.read.basis[:, n].expand(3, 9)], 1) for n in range(6)]
        answers.append(sum(weights[:, k, n, None] * code for n, code in enumerate(codes)))
    layer = extractor.linear[0]
    assert th.allclose(extractor(images), F.relu(F.linear(th.cat(answers, 1), layer.weight, layer.bias)), atol=1e-5)


def test_it_reads_what_its_queries_look_at():
    """With one query on one place, the features do not depend on what only other places see."""
    extractor = made(queries=1, waves=3)
    with th.no_grad():
        extractor.read.queries[:, :8] = 0
        extractor.read.queries[:, 8:] = 200 * extractor.read.basis[:, 0]
    image = th.rand(1, 1, 44, 52, requires_grad=True)
    assert extractor.attention(image)[0, 0, 0, 0] > 0.999
    extractor(image).sum().backward()
    strength = image.grad[0, 0].abs()
    assert strength[:36, :36].max() > 1e3 * strength[36:].max()  # the first place sees 36x36 pixels
    assert strength[:36, :36].max() > 1e3 * strength[:, 36:].max()


@pytest.mark.parametrize("arguments", [{}, {"masked": True}, {"sharpness": 2.0}, {"layer_norm": True}], ids=str)
def test_derivatives_by_finite_differences(arguments):
    """Of the whole, from pixels to features, along random directions: pixel by pixel it would take minutes."""
    extractor, image = made(**arguments).double(), th.rand(2, 1, 44, 52, dtype=th.float64, requires_grad=True)
    directions = th.randn(3, *image.shape[1:], dtype=th.float64)

    def along(steps: th.Tensor) -> th.Tensor:
        return extractor(image.detach() + (steps[:, :, None, None, None] * directions).sum(1))

    assert th.autograd.gradcheck(along, th.zeros(2, 3, dtype=th.float64, requires_grad=True))
    assert all(x.grad is None for x in extractor.parameters())
    extractor(image).square().sum().backward()
    assert all(x.grad is not None and x.grad.abs().sum() > 0 for x in extractor.parameters())


@pytest.mark.parametrize(
    ("algorithm", "arguments", "steps"),
    [
        (PPO, {"n_steps": 8, "batch_size": 8, "n_epochs": 1}, 8),
        (DQN, {"buffer_size": 64, "learning_starts": 4, "train_freq": 2, "batch_size": 4}, 12),
        (PQN, {"n_steps": 8, "batch_size": 8, "compile": False, "autocast": False}, 8),
    ],
)
def test_stock_algorithms_learn_save_and_load_it(tmp_path, algorithm, arguments, steps):
    model = algorithm("CnnPolicy", env(), policy_kwargs=KWARGS, device="cpu", seed=0, **arguments)
    learning = model.policy if algorithm is PPO else model.q_net
    before = {name: x.clone() for name, x in learning.named_parameters()}
    model.learn(steps)
    assert all(not th.equal(before[name], x) for name, x in learning.named_parameters())
    model.save(tmp_path / "model")
    obs = model.observation_space.sample()[None]
    loaded = algorithm.load(tmp_path / "model", device="cpu")
    assert loaded.predict(obs, deterministic=True)[0] == model.predict(obs, deterministic=True)[0]
    policy = load_policy(tmp_path / "model.zip", device="cpu")
    head = heads(policy)["value" if algorithm is PPO else "q"]
    found = METHODS["attention"](head, obs)
    assert found.shape == obs.shape
    assert found.sum().item() == pytest.approx(1)
    expected = METHODS["attention"](heads(model.policy)[head.name], obs)
    assert th.allclose(found, expected, atol=1e-6)


def test_in_pqn_each_layer_is_normed():
    model = PQN("CnnPolicy", env(), n_steps=8, batch_size=8, policy_kwargs=KWARGS, device="cpu", compile=False, autocast=False)
    extractor = model.q_net.features_extractor
    assert sum(isinstance(layer, nn.LayerNorm) for layer in extractor.linear) == 1
    assert len(extractor.convolutions.convolutions) == len(NatureConvolutions(SPACE, layer_norm=True).convolutions)
    assert len(extractor.convolutions.convolutions) > len(made().convolutions.convolutions)


def test_finer_maps():
    assert made(convolutions_kwargs={"padded": True}).attention(th.rand(2, 1, 44, 52)).shape == (2, 2, 5, 6)
    assert made(convolutions_kwargs={"padded": True}).map_places == NatureConvolutions(SPACE, padded=True).map_places


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"convolutions_class": NatureCNN}, r"with a map of features, .*, not NatureCNN"),
        ({"features_dim": 0}, "features_dim is 0; it must be at least 1"),
        ({"queries": 0}, "queries 0"),
        ({"keys": 1.5}, "keys is 1.5; it must be a whole number"),
        ({"values": 0}, "values 0"),
    ],
)
def test_what_it_cannot_be(arguments, message):
    with pytest.raises(ValueError, match=message):
        made(**arguments)


def test_observations_that_are_no_images():
    with pytest.raises(ValueError, match=r"takes images \(C, H, W\)"):
        SoftAttentionExtractor(spaces.Box(-1, 1, (4,)))
