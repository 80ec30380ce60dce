import numpy as np
import pytest
import torch as th
from gymnasium import spaces
from stable_baselines3 import DQN
from stable_baselines3.common.envs import FakeImageEnv
from stable_baselines3.common.torch_layers import NatureCNN

from saccade.agents import PQN
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
