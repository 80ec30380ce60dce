import numpy as np
import pytest
import torch as th
from gymnasium import spaces
from stable_baselines3 import DQN
from stable_baselines3.common.envs import FakeImageEnv
from stable_baselines3.common.torch_layers import NatureCNN

from saccade.agents import PQN, DoubleDQN
from saccade.experiments import read_hyperparameters
from saccade.policies import SoftAttentionDuelingPolicy
from saccade.saliency import explain, heads, load_policy

SPACE = spaces.Box(0, 255, (1, 40, 52), np.uint8)


def made(actions: spaces.Space | None = None, **arguments) -> SoftAttentionDuelingPolicy:
    th.manual_seed(0)
    return SoftAttentionDuelingPolicy(SPACE, actions or spaces.Discrete(3), lambda _: 1e-3, hidden_width=16, **arguments)


def frames(count: int = 3) -> th.Tensor:
    return th.as_tensor(np.stack([SPACE.sample() for _ in range(count)]))


def test_value_and_advantage_attend_by_themselves():
    policy, obs = made(queries=2), frames()
    attention = policy.attention(obs)
    assert list(attention) == ["value", "advantage"]
    assert all(weights.shape == (3, 2, 1, 3) for weights in attention.values())  # 40x52 pixels have a map of 1x3
    assert all(th.allclose(weights.sum((2, 3)), th.ones(3, 2)) for weights in attention.values())
    assert not th.allclose(attention["value"], attention["advantage"])
    with th.no_grad():
        policy.q_net.advantage_stream[0].queries.zero_()
    changed = policy.attention(obs)
    assert th.equal(changed["value"], attention["value"])
    assert th.allclose(changed["advantage"], th.full((3, 2, 1, 3), 1 / 3))


def test_branches_have_queries_of_their_own():
    attention = made(spaces.MultiDiscrete([3, 4])).attention(frames())
    assert list(attention) == ["value", "advantage", "advantage_1"]
    assert not th.allclose(attention["advantage"], attention["advantage_1"])


def test_padded_convolutions_have_finer_maps():
    assert made(features_extractor_kwargs={"padded": True}).attention(frames())["value"].shape == (3, 4, 4, 6)
    space = spaces.Box(0, 255, (4, 84, 84), np.uint8)
    for padded, side in ((False, 7), (True, 10)):
        policy = SoftAttentionDuelingPolicy(
            space, spaces.Discrete(2), lambda _: 1e-3, features_extractor_kwargs={"padded": padded, "layer_norm": True}
        )
        assert policy.q_net.features_extractor.map_shape == (64, side, side)


def test_value_and_advantage_add_up_to_q():
    policy, obs = made(), frames()
    value, advantage = policy.q_net.value_advantage(obs)
    assert th.allclose(advantage.mean(1), th.zeros(3), atol=1e-6)
    assert th.equal(policy.q_net(obs), value + advantage)


def test_stock_dqn_trains_saves_and_loads_it(tmp_path):
    env = FakeImageEnv(screen_height=52, screen_width=52, discrete=True, n_channels=1)
    model = DQN(SoftAttentionDuelingPolicy, env, buffer_size=100, learning_starts=4, train_freq=2, batch_size=4, device="cpu")
    before = {name: x.clone() for name, x in model.q_net.named_parameters()}
    model.learn(12)
    assert all(not th.equal(before[name], x) for name, x in model.q_net.named_parameters())
    model.save(tmp_path / "model")
    obs = env.observation_space.sample()
    assert DQN.load(tmp_path / "model").predict(obs, deterministic=True) == model.predict(obs, deterministic=True)
    policy = load_policy(tmp_path / "model.zip", device="cpu")
    assert {"value", "advantage", "q", "gap"} <= heads(policy).keys()
    maps = explain(policy, np.stack([obs, obs]), methods=("jacobian",), trust=False).maps
    assert {str(key) for key in maps} == {"value", "advantage"}
    assert all(np.abs(each).max() > 0 for each in maps.values())


def test_double_dqn_trains_saves_and_loads_it(tmp_path):
    env = FakeImageEnv(screen_height=52, screen_width=52, discrete=True, n_channels=1)
    exact = {"compile": False, "autocast": False, "overlap": False, "device": "cpu", "seed": 0}
    often = {"buffer_size": 100, "learning_starts": 4, "train_freq": 2, "batch_size": 4}
    model = DoubleDQN(SoftAttentionDuelingPolicy, env, **often, **exact)
    before = {name: x.clone() for name, x in model.q_net.named_parameters()}
    model.learn(12)
    assert all(not th.equal(before[name], x) for name, x in model.q_net.named_parameters())
    model.save(tmp_path / "model")
    loaded, obs = DoubleDQN.load(tmp_path / "model", device="cpu"), th.as_tensor(model.observation_space.sample()[None])
    assert isinstance(loaded.policy, SoftAttentionDuelingPolicy)
    assert th.equal(loaded.q_net(obs), model.q_net(obs))
    assert th.equal(loaded.policy.attention(obs)["value"], model.policy.attention(obs)["value"])


def test_derivatives_of_the_shipped_form_by_finite_differences():
    """From the image to Q, with the mask and all else that the hyperparameter file has, in 16 digits."""
    given = read_hyperparameters("soft-attention-pqn", env="Enduro")["policy_kwargs"]
    assert given["masked"]
    th.manual_seed(0)
    space = spaces.Box(0, 255, (1, 36, 36), np.uint8)
    policy = SoftAttentionDuelingPolicy(space, spaces.Discrete(3), lambda _: 1e-3, layer_norm=True, hidden_width=16, **given)
    q_net = policy.q_net.double().eval()  # in training the gradient that enters the trunk is scaled
    image = th.rand(2, 1, 36, 36, dtype=th.float64, requires_grad=True)

    def q(shares: th.Tensor) -> th.Tensor:
        return q_net(255 * shares)

    (slope,) = th.autograd.grad(q(image).sum(), image)
    assert slope.abs().max() > 1e-3  # or the tolerance would mean nothing
    assert th.autograd.gradcheck(q, image, atol=1e-6, fast_mode=True)
    with th.no_grad():  # and pixel by pixel where it counts most
        at = slope[0, 0].abs().flatten().topk(5).indices
        for pixel in at.tolist():
            step = th.zeros(1, 1, 36 * 36, dtype=th.float64)
            step[..., pixel] = 1e-6
            step = step.view(1, 1, 36, 36)
            found = (q(image[:1] + step) - q(image[:1] - step)).sum() / 2e-6
            assert found.item() == pytest.approx(slope[0, 0].flatten()[pixel].item(), rel=1e-5)


@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize("masked", [False, True])
def test_without_a_basis_the_attention_moves_with_the_image(padded, masked):
    """
    8 pixels down and right are one place. Places away from the border weigh among each other as before; the sum over all places has
    others in it, so the weights are equal up to one factor a query. With a basis they are not.
    """
    space = spaces.Box(0, 255, (1, 84, 84), np.uint8)
    whole = th.as_tensor(np.random.default_rng(0).integers(0, 256, (2, 1, 92, 92), np.uint8))
    before, after = whole[..., 8:, 8:], whole[..., :84, :84]  # what is drawn moves down and right
    inner = slice(2, 7) if padded else slice(0, 6)  # of 10 and of 7 places
    moved = slice(inner.start + 1, inner.stop + 1)
    spread = {}
    for waves in (0, 8):
        th.manual_seed(0)
        policy = SoftAttentionDuelingPolicy(
            space, spaces.Discrete(2), lambda _: 1e-3, waves=waves, masked=masked, features_extractor_kwargs={"padded": padded}
        )
        for old, new in zip(policy.attention(before).values(), policy.attention(after).values(), strict=True):
            factor = (new[..., moved, moved] / old[..., inner, inner]).flatten(2)
            spread.setdefault(waves, []).append((factor.std(2) / factor.mean(2)).max().item())
    assert max(spread[0]) < 1e-5
    assert min(spread[8]) > 1e-2


def test_pqn_trains_it():
    env = FakeImageEnv(screen_height=52, screen_width=52, discrete=True, n_channels=1)
    model = PQN(SoftAttentionDuelingPolicy, env, n_steps=8, batch_size=8, device="cpu", compile=False, autocast=False)
    assert model.policy.layer_norm
    before = [x.clone() for x in model.q_net.parameters()]
    model.learn(8)
    assert all(not th.equal(old, new) for old, new in zip(before, model.q_net.parameters(), strict=True))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"features_extractor_class": NatureCNN}, r"with a map of features, .*, not NatureCNN"),
        ({"features_extractor_kwargs": {"features_dim": 32}}, "with a map of features"),
        ({"net_arch": [32]}, "takes no net_arch"),
        ({"queries": 0}, "queries 0"),
    ],
)
def test_what_it_cannot_be(arguments, message):
    with pytest.raises(ValueError, match=message):
        made(**arguments)
