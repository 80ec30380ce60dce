import gymnasium as gym
import numpy as np
import pytest
import torch as th
from gymnasium import spaces
from stable_baselines3 import DQN
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.torch_layers import NatureCNN

from saccade.policies import DuelingCnnPolicy, DuelingMlpPolicy, DuelingMultiInputPolicy


class RandomObservations(gym.Env):
    """Random observations of any space, 3 actions, episodes of 10 steps."""

    def __init__(self, space: spaces.Space) -> None:
        self.observation_space, self.action_space, self.t = space, spaces.Discrete(3), 0

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.t = 0
        return self.observation_space.sample(), {}

    def step(self, action):
        self.t += 1
        return self.observation_space.sample(), float(action == 1), self.t == 10, False, {}


IMAGE = spaces.Box(0, 255, (40, 40, 3), np.uint8)
POLICIES = [
    (DuelingMlpPolicy, spaces.Box(-1, 1, (5,))),
    (DuelingCnnPolicy, IMAGE),
    (DuelingMultiInputPolicy, spaces.Dict({"image": IMAGE, "vector": spaces.Box(-1, 1, (2,)), "kind": spaces.Discrete(4)})),
]


def small_dqn(policy, env, **kwargs) -> DQN:
    return DQN(policy, env, buffer_size=100, learning_starts=10, batch_size=8, seed=1, **kwargs)


def check_save_load(model: BaseAlgorithm, observations, folder) -> None:
    model.save(folder / "model.zip")
    model.policy.save(folder / "policy.pth")
    expected = model.predict(observations, deterministic=True)[0]
    assert np.array_equal(type(model).load(folder / "model.zip").predict(observations, deterministic=True)[0], expected)
    assert np.array_equal(type(model.policy).load(folder / "policy.pth").predict(observations, deterministic=True)[0], expected)


@pytest.mark.parametrize(("policy", "space"), POLICIES)
def test_stock_dqn_trains_saves_loads_and_predicts_with_no_policy_kwargs(policy, space, tmp_path):
    env = RandomObservations(space)
    space.seed(0)
    model = small_dqn(policy, env)
    before = [p.clone() for p in model.q_net.parameters()]
    model.learn(60)
    assert any(not th.equal(old, new) for old, new in zip(before, model.q_net.parameters(), strict=True))
    observations = [space.sample() for _ in range(16)]
    batch = (
        {k: np.stack([o[k] for o in observations]) for k in space.spaces}
        if isinstance(space, spaces.Dict)
        else np.stack(observations)
    )
    check_save_load(model, batch, tmp_path)


def test_arguments_reach_the_network(tmp_path):
    kwargs = {
        "hidden_width": 24,
        "net_arch": [16],
        "features_extractor_class": NatureCNN,
        "features_extractor_kwargs": {"features_dim": 32},
    }
    model = small_dqn(DuelingCnnPolicy, RandomObservations(IMAGE), policy_kwargs=kwargs)
    q_net = model.q_net
    assert isinstance(q_net.features_extractor, NatureCNN)
    assert [m.out_features for m in q_net.modules() if isinstance(m, th.nn.Linear)] == [32, 16, 24, 1, 24, 3]
    check_save_load(model, np.stack([IMAGE.sample() for _ in range(4)]), tmp_path)


def test_the_default_architecture_is_that_of_the_paper():
    policy = DuelingCnnPolicy(spaces.Box(0, 255, (4, 84, 84), np.uint8), spaces.Discrete(9), lambda _: 1e-4)
    widths = [(m.in_features, m.out_features) for m in policy.q_net.modules() if isinstance(m, th.nn.Linear)]
    assert widths == [(3136, 512), (512, 1), (3136, 512), (512, 9)]


def test_target_network_starts_equal_and_is_separate():
    policy = DuelingMlpPolicy(spaces.Box(-1, 1, (5,)), spaces.Discrete(3), lambda _: 1e-4)
    for online, target in zip(policy.q_net.parameters(), policy.q_net_target.parameters(), strict=True):
        assert th.equal(online, target)
        assert online.data_ptr() != target.data_ptr()


def test_the_default_optimizer_is_fused_and_can_be_changed():
    space, actions = spaces.Box(-1, 1, (5,)), spaces.Discrete(3)
    assert DuelingMlpPolicy(space, actions, lambda _: 1e-4).optimizer.defaults["fused"]
    plain = DuelingMlpPolicy(space, actions, lambda _: 1e-4, optimizer_kwargs={"fused": False, "foreach": True})
    assert plain.optimizer.defaults["foreach"]
    other = DuelingMlpPolicy(space, actions, lambda _: 1e-4, optimizer_class=th.optim.RMSprop)
    assert isinstance(other.optimizer, th.optim.RMSprop)


def test_a_hidden_width_of_0_is_refused():
    with pytest.raises(ValueError, match="hidden_width is 0"):
        DuelingMlpPolicy(spaces.Box(-1, 1, (5,)), spaces.Discrete(3), lambda _: 1e-4, hidden_width=0)


@pytest.mark.parametrize(("policy", "space"), POLICIES)
def test_layer_norm_before_every_activation(policy, space):
    model = small_dqn(policy, RandomObservations(space), policy_kwargs={"layer_norm": True})
    for parts in (model.q_net.shared, model.q_net.value_stream, model.q_net.advantage_stream):
        for i, part in enumerate(parts):
            if isinstance(part, th.nn.ReLU):
                assert isinstance(parts[i - 1], th.nn.LayerNorm)
    assert isinstance(model.q_net.value_stream[1], th.nn.LayerNorm)
    model.learn(20)
    if policy is DuelingCnnPolicy:
        assert sum(isinstance(part, th.nn.LayerNorm) for part in model.q_net.features_extractor.modules()) == 3


def test_layer_norm_is_kept_by_save_and_load(tmp_path):
    model = small_dqn(DuelingCnnPolicy, RandomObservations(IMAGE), policy_kwargs={"layer_norm": True})
    model.policy.save(tmp_path / "policy.pt")
    assert DuelingCnnPolicy.load(tmp_path / "policy.pt").q_net.layer_norm


def test_the_network_compiles_to_one_graph():
    model = small_dqn(DuelingCnnPolicy, RandomObservations(IMAGE))
    images = th.zeros((2, *model.observation_space.shape), dtype=th.uint8)
    report = th._dynamo.explain(lambda x: model.q_net(x).sum())(images)
    assert report.graph_count == 1
