import math

import numpy as np
import pytest
import torch as th
from captum.attr import Saliency
from gymnasium import spaces
from sb3_contrib.ars.policies import ARSPolicy
from stable_baselines3 import PPO
from stable_baselines3.common.policies import ActorCriticCnnPolicy
from stable_baselines3.dqn.policies import CnnPolicy
from torch import nn

from saccade.policies import DuelingCnnPolicy, DuelingMlpPolicy, DuelingMultiInputPolicy
from saccade.saliency import head_jacobians, heads, value_advantage_jacobian
from saccade.saliency.readers.head import head_names

IMAGE, ACTIONS = spaces.Box(0, 255, (4, 84, 84), np.uint8), spaces.Discrete(6)


def constant(_: float) -> float:
    return 1e-3


@pytest.fixture(params=[DuelingCnnPolicy, CnnPolicy, ActorCriticCnnPolicy])
def policy(request):
    th.manual_seed(0)
    return request.param(IMAGE, ACTIONS, constant)


def images(count: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, *IMAGE.shape), dtype=np.uint8)


def test_hand_computed_linear_network():
    """V = 2 x0 - x1, raw advantages (x0, 3 x0, 2 x1): dV = (2, -1); of action 2, 2 x1 - (4 x0 + 2 x1) / 3."""
    space = spaces.Box(-1, 1, (2,), np.float32)
    policy = DuelingMlpPolicy(space, spaces.Discrete(3), constant, net_arch=[], hidden_width=2, activation_fn=nn.Identity)
    q_net = policy.q_net
    with th.no_grad():
        for stream in (q_net.value_stream, q_net.advantage_stream):
            stream[0].weight.copy_(th.eye(2))
            for layer in (stream[0], stream[2]):
                layer.bias.zero_()  # or another action could be the greedy one
        q_net.value_stream[2].weight.copy_(th.tensor([[2.0, -1.0]]))
        q_net.advantage_stream[2].weight.copy_(th.tensor([[1.0, 0.0], [3.0, 0.0], [0.0, 2.0]]))
    maps = value_advantage_jacobian(policy, np.array([[0.1, 0.9], [0.9, 0.1]], dtype=np.float32))  # greedy: action 2, action 1
    assert th.allclose(maps.value, th.tensor([[2.0, -1.0], [2.0, -1.0]]))
    assert th.allclose(maps.advantage, th.tensor([[-4 / 3, 2 - 2 / 3], [3 - 4 / 3, -2 / 3]]))


@pytest.mark.parametrize("training", [True, False])
def test_value_and_advantage_add_up_to_q_in_float64(training):
    th.manual_seed(0)
    policy = DuelingCnnPolicy(IMAGE, ACTIONS, constant).double()
    policy.set_training_mode(training)
    maps = head_jacobians(policy, images(3), ("value", "advantage", "q"))
    assert maps["value"].dtype == th.float64
    assert (maps["value"] + maps["advantage"] - maps["q"]).abs().max() < 1e-10
    assert maps["q"].abs().max() > 1e-6


@pytest.mark.parametrize("head", ["value", "advantage", "q"])
def test_equals_finite_differences(head):
    """Which the 1/sqrt(2) of training would spoil if it were left on the gradient."""
    th.manual_seed(1)
    policy = DuelingMlpPolicy(spaces.Box(-1, 1, (5,), np.float64), ACTIONS, constant, activation_fn=nn.Tanh).double()
    policy.set_training_mode(True)
    obs = np.random.default_rng(0).normal(size=(1, 5))
    analytic = head_jacobians(policy, obs, [head])[head][0]
    function = heads(policy)[head]
    policy.set_training_mode(False)
    for i in range(5):
        step = np.zeros((1, 5))
        step[0, i] = 1e-6
        with th.no_grad():
            slope = (function(th.as_tensor(obs + step)) - function(th.as_tensor(obs - step))) / 2e-6
        assert math.isclose(slope.item(), analytic[i].item(), rel_tol=1e-6, abs_tol=1e-9)


def test_same_as_captum_head_by_head_and_sample_by_sample(policy):
    obs = images(3)
    maps = head_jacobians(policy, obs, head_names(policy))
    policy.set_training_mode(False)
    for name, head in heads(policy).items():
        for i in range(3):
            reference = Saliency(head).attribute(th.as_tensor(obs[i : i + 1]).float().requires_grad_(), abs=False)
            assert th.allclose(maps[name][i : i + 1], reference, rtol=1e-3, atol=1e-3 * reference.abs().max().item())


def test_maps_have_the_observations_shape_and_do_not_depend_on_chunks(policy):
    obs = images(5)
    whole, parts = head_jacobians(policy, obs), head_jacobians(policy, obs, chunk_size=2)
    for name in whole:
        assert whole[name].shape == obs.shape
        assert th.allclose(whole[name], parts[name], atol=1e-5 * whole[name].abs().max().item())
    assert head_jacobians(policy, obs[:1])["q" if "q" in whole else "value"].shape == (1, *IMAGE.shape)


def test_under_inference_mode_too(policy):
    outside = head_jacobians(policy, images(2))
    with th.inference_mode():
        inside = head_jacobians(policy, images(2))
        of_a_tensor = head_jacobians(policy, th.as_tensor(images(2)).float())
    for name, maps in outside.items():
        assert th.equal(inside[name], maps)
        assert th.equal(of_a_tensor[name], maps)


def test_one_forward_pass_serves_all_heads():
    policy = DuelingCnnPolicy(IMAGE, ACTIONS, constant)
    passes = []
    policy.q_net.features_extractor.register_forward_hook(lambda *_: passes.append(1))
    head_jacobians(policy, images(4))
    assert len(passes) == 1


def test_nothing_is_left_changed(policy):
    """Not the parameters' gradients, not the modes of single modules, not the random state, not the observations."""
    for p in policy.parameters():
        p.grad = th.full_like(p, 7.0)
    policy.train()
    next(m for m in policy.modules() if isinstance(m, nn.Conv2d)).eval()
    modes = [m.training for m in policy.modules()]
    obs = images(2)
    before, state, noise = obs.copy(), th.get_rng_state(), np.random.get_state()[1].copy()
    with th.no_grad():
        head_jacobians(policy, obs)
    assert [m.training for m in policy.modules()] == modes
    assert all((p.grad == 7).all() for p in policy.parameters())
    assert th.equal(th.get_rng_state(), state)
    assert (np.random.get_state()[1] == noise).all()
    assert (obs == before).all()


def test_dict_observations_give_a_map_for_each_entry():
    space = spaces.Dict({"image": spaces.Box(0, 255, (3, 40, 40), np.uint8), "vector": spaces.Box(-1, 1, (2,))})
    policy = DuelingMultiInputPolicy(space, ACTIONS, constant)
    space.seed(0)
    samples = [space.sample() for _ in range(3)]
    maps = value_advantage_jacobian(policy, {key: np.stack([s[key] for s in samples]) for key in space.spaces})
    assert {key: value.shape for key, value in maps.value.items()} == {"image": (3, 3, 40, 40), "vector": (3, 2)}
    assert all(value.abs().max() > 0 for value in (*maps.value.values(), *maps.advantage.values()))


def test_ppo_heads_with_separate_features_extractors():
    model = PPO("MlpPolicy", "CartPole-v1", policy_kwargs={"share_features_extractor": False})
    obs = np.random.default_rng(0).normal(size=(4, 4)).astype(np.float32)
    values = {name: head(th.as_tensor(obs)) for name, head in heads(model.policy).items()}
    assert th.allclose(values["value"], model.policy.predict_values(th.as_tensor(obs)).flatten())
    action, _ = model.predict(obs, deterministic=True)
    assert th.allclose(values["action"], model.policy.get_distribution(th.as_tensor(obs)).log_prob(th.as_tensor(action)))


def test_what_has_no_such_head_is_told_what_there_is():
    with pytest.raises(TypeError, match=r"heads q, gap, q_0, .* but not value and advantage"):
        value_advantage_jacobian(CnnPolicy(IMAGE, ACTIONS, constant), images(1))
    with pytest.raises(ValueError, match="no head 'speed'; it has: value, advantage, q, gap, q_0"):
        head_jacobians(DuelingCnnPolicy(IMAGE, ACTIONS, constant), images(1), ["speed"])
    with pytest.raises(TypeError, match="not real numbers"):
        head_jacobians(DuelingMlpPolicy(spaces.Discrete(5), ACTIONS, constant), np.array([1, 2]))
    with pytest.raises(TypeError, match="no heads are known for ARSPolicy"):
        heads(ARSPolicy(spaces.Box(-1, 1, (3,)), spaces.Discrete(2)))
