import numpy as np
import pytest
import torch as th
from small_policies import linear_policy, observed, small_policy

from saccade.saliency import heads
from saccade.saliency.methods.derivatives import jacobian
from saccade.saliency.methods.gradient_methods import gradient_x_input, smoothgrad


def test_gradient_x_input_of_a_linear_network_is_each_inputs_share():
    obs = np.array([[1.0, 2.0], [2.0, -1.0]], np.float32)  # greedy: action 0 (5 against 1), action 1 (7 against 0)
    maps = gradient_x_input(heads(linear_policy())["q"], obs)
    assert th.allclose(maps, th.tensor([[1.0, 4.0], [6.0, 1.0]]))
    assert th.allclose(maps.sum(1), th.tensor([5.0, 7.0]))


def test_gradient_x_input_of_a_black_screen_is_nothing():
    policy = small_policy("dqn")
    assert not gradient_x_input(heads(policy)["q"], np.zeros((2, 2, 16, 16), np.uint8)).any()


def test_smoothgrad_is_the_mean_over_noise_of_the_stated_width():
    """Of x^2 it is 2 (x + mean noise); the noise is a tenth of each observation's own range."""
    policy = small_policy("dqn")
    asked = []

    def watched(head, obs):
        asked.append(obs)
        return obs**2

    obs = np.stack([np.linspace(0, 200, 512).reshape(2, 16, 16), np.linspace(50, 60, 512).reshape(2, 16, 16)])
    obs = obs.astype(np.float32)
    maps = smoothgrad(watched, samples=50, noise=0.1)(heads(policy)["q"], obs)
    noise = np.stack([np.asarray(x) for x in asked]) - obs
    assert noise.shape == (50, 2, 2, 16, 16)
    assert np.allclose(noise.std(axis=(0, 2, 3, 4)), [20, 1], rtol=0.02)
    assert abs(noise[:, 0].mean()) < 0.3
    assert np.allclose(maps, np.mean([(obs + n) ** 2 for n in noise], axis=0), rtol=1e-4)


def test_smoothgrad_without_noise_is_the_method_itself_and_repeats():
    policy = small_policy("recurrent")
    head, obs = heads(policy)["action"], observed(policy, 2)
    assert th.allclose(smoothgrad(noise=0, samples=3)(head, obs), jacobian(head, obs), rtol=1e-5, atol=1e-8)
    assert th.equal(smoothgrad(seed=1)(head, obs), smoothgrad(seed=1)(head, obs))
    assert not th.equal(smoothgrad(seed=1)(head, obs), smoothgrad(seed=2)(head, obs))


def test_smoothgrad_keeps_to_the_action_of_the_clean_observation():
    """Q is 5 against 4.99 at (1, 1): noise would make the other action greedy half the time."""
    policy = linear_policy()
    with th.no_grad():
        policy.q_net.q_net[0].bias.copy_(th.tensor([2.0, 2.99]))
    maps = smoothgrad(samples=20, noise=1.0)(heads(policy)["q"], np.array([[1.0, 1.0]], np.float32))
    assert th.allclose(maps, th.tensor([[1.0, 2.0]]))
    wide = smoothgrad(samples=20, noise=1.0)(heads(policy)["q"], np.array([[1.0, 1.02]], np.float32))
    assert th.allclose(wide, th.tensor([[1.0, 2.0]]))


def test_smoothgrad_moves_no_gaze():
    policy = small_policy("glimpse")
    obs = observed(policy, 2)
    seen = []
    smoothgrad(lambda head, o: (seen.append(o), o)[1], samples=2)(heads(policy)["class"], obs)
    assert seen
    assert all(np.allclose(o["gaze"], obs["gaze"]) and not np.allclose(o["image"], obs["image"]) for o in seen)


def test_nothing_to_average():
    with pytest.raises(ValueError, match="samples is 0"):
        smoothgrad(samples=0)
