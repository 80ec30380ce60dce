import pickle

import numpy as np
import pytest
import torch as th
from gymnasium import spaces
from stable_baselines3 import DQN

from saccade.agents import FrameReplayBuffer, PrioritizedFrameReplayBuffer

SPACE = spaces.Box(0, 255, (4, 6, 5), np.uint8)


def filled(steps: int = 30, n_envs: int = 2, size: int = 40, **kwargs):
    """A prioritized and a plain buffer with the same content. Rewards count up from 0."""
    rng = np.random.default_rng(0)
    buffers = [
        kind(size, SPACE, spaces.Discrete(3), "cpu", n_envs=n_envs, **arguments)
        for kind, arguments in ((PrioritizedFrameReplayBuffer, kwargs), (FrameReplayBuffer, {}))
    ]
    obs = rng.integers(1, 255, (n_envs, *SPACE.shape), dtype=np.uint8)
    obs[:, :3] = 0
    for t in range(steps):
        following = np.concatenate([obs[:, 1:], rng.integers(1, 255, (n_envs, 1, 6, 5), dtype=np.uint8)], axis=1)
        for buffer in buffers:
            buffer.add(obs, following, np.zeros(n_envs, dtype=int), np.arange(n_envs) + t * n_envs, np.zeros(n_envs), [{}] * n_envs)
        obs = following
    return buffers


def test_new_transitions_are_drawn_evenly_and_with_weight_one():
    ours, _ = filled()
    samples = ours.sample(40)
    assert sorted(samples.places.tolist()) == list(range(40))  # one from each slice of the sum
    assert th.equal(samples.weights, th.ones(40, 1))


def test_transitions_are_those_of_the_plain_buffer():
    ours, plain = filled()
    samples = ours.sample(16)
    expected = plain.gather((samples.places // 2).numpy(), (samples.places % 2).numpy())
    for name in ("observations", "actions", "next_observations", "dones", "rewards"):
        assert th.equal(getattr(samples, name), getattr(expected, name)), name


def test_draws_and_weights_by_hand():
    """Errors 1 and 3 with alpha 1: probabilities 1/4 and 3/4, weights (2 * 1/4)^-b and (2 * 3/4)^-b over the larger."""
    ours, _ = filled(steps=1, alpha=1.0, beta=0.5, beta_updates=10**9, epsilon=1e-12)
    ours.set_priorities(th.tensor([0, 1]), th.tensor([1.0, 3.0]))
    th.manual_seed(0)
    samples = ours.sample(8000)
    drawn = samples.places == 1
    assert drawn.float().mean().item() == pytest.approx(0.75, abs=1e-3)
    weight_0, weight_1 = (2 * 0.25) ** -0.5, (2 * 0.75) ** -0.5
    assert samples.weights[~drawn].unique().item() == 1
    assert samples.weights[drawn].unique().item() == pytest.approx(weight_1 / weight_0)


def test_new_transitions_get_the_largest_priority_so_far():
    ours, _ = filled(steps=3, alpha=1.0)
    ours.set_priorities(th.tensor([0]), th.tensor([5.0]))
    obs = ours.ring.tracker.last_obs.copy()
    ours.add(obs, obs, np.zeros(2, dtype=int), np.zeros(2), np.zeros(2), [{}] * 2)
    assert ours.tree[th.tensor([0, 1, 6, 7])].tolist() == pytest.approx([5, 1, 5, 5])


def test_overwritten_places_lose_their_old_priority():
    ours, _ = filled(steps=20, alpha=1.0)  # exactly full
    ours.set_priorities(th.arange(40), th.full((40,), 0.5))
    obs = ours.ring.tracker.last_obs.copy()
    ours.add(obs, obs, np.zeros(2, dtype=int), np.zeros(2), np.zeros(2), [{}] * 2)
    assert ours.tree[th.tensor([0, 1, 2])].tolist() == pytest.approx([1, 1, 0.5], abs=1e-5)


def test_beta_rises_to_one():
    ours, _ = filled(beta=0.4, beta_updates=10)
    betas = [ours.beta]
    for _ in range(12):
        ours.sample(4)
        betas.append(ours.beta)
    assert betas[:3] == pytest.approx([0.4, 0.46, 0.52])
    assert betas[-1] == 1


def test_an_unpickled_buffer_draws_the_same():
    ours, _ = filled()
    ours.set_priorities(th.arange(5), th.rand(5) * 9)
    again = pickle.loads(pickle.dumps(ours))
    again.device = th.device("cpu")
    th.manual_seed(0)
    first = ours.sample(12)
    th.manual_seed(0)
    second = again.sample(12)
    assert th.equal(first.places, second.places)
    assert th.equal(first.weights, second.weights)
    assert th.equal(first.observations, second.observations)


@pytest.mark.parametrize("wrong", [{"alpha": -1}, {"beta": 2}, {"beta_updates": 0}, {"epsilon": 0}])
def test_arguments_out_of_range_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        filled(**wrong)


def test_works_in_stock_dqn(atari):
    env = atari("Breakout", 2)
    model = DQN(
        "CnnPolicy",
        env,
        replay_buffer_class=PrioritizedFrameReplayBuffer,
        buffer_size=200,
        learning_starts=20,
        batch_size=8,
        train_freq=2,
    )
    model.learn(60)
    assert model._n_updates > 0
