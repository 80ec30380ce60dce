"""Training of PQN: targets, updates, exploration and learning."""

import copy

import gymnasium as gym
import numpy as np
import pytest
import torch as th
from gymnasium import spaces
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.evaluation import evaluate_policy
from stable_baselines3.common.logger import configure

from saccade.agents import PQN, NonFiniteLossError
from saccade.policies import DuelingCnnPolicy


def test_training_equals_an_independent_computation(pqn, weights):
    """One batch with all steps and plain SGD. The targets are computed step by step, from the weights before the update."""
    model = pqn(
        n_epochs=1,
        batch_size=32,
        learning_rate=0.1,
        max_grad_norm=1e9,
        q_lambda=0.5,
        policy_kwargs={"optimizer_class": th.optim.SGD},
    )
    seen = []

    class Watch(BaseCallback):
        def _on_step(self) -> bool:
            seen.append((self.locals["new_obs"].copy(), self.locals["rewards"].copy(), self.locals["dones"].copy()))
            return True

    first = model.env.reset()
    model._last_obs = first.copy()
    reference = copy.deepcopy(model.policy)
    model.learn(32, Watch(), reset_num_timesteps=False)

    actions = model.rollout_buffer.actions
    observations = [first, *(step[0] for step in seen)]
    assert np.array_equal(np.stack(observations[:-1]), model.rollout_buffer.observations[""][:-1].numpy())
    reference.set_training_mode(True)
    losses = []
    for n in range(4):
        target = None
        for t in reversed(range(8)):
            with th.no_grad():
                best = reference.q_net(th.as_tensor(observations[t + 1][n : n + 1])).max().item()
            later = best if target is None else 0.5 * target + 0.5 * best
            target = seen[t][1][n] + (0 if seen[t][2][n] else 0.99 * later)
            q = reference.q_net(th.as_tensor(observations[t][n : n + 1]))[0, actions[t, n]]
            losses.append(0.5 * (q - target) ** 2)
    gradients = th.autograd.grad(sum(losses) / 32, list(reference.q_net.parameters()))
    expected = th.cat([(p - 0.1 * g).flatten() for p, g in zip(reference.q_net.parameters(), gradients, strict=True)])
    assert th.allclose(weights(model), expected, atol=1e-5)
    assert not th.allclose(weights(model), th.cat([p.flatten() for p in reference.q_net.parameters()]), atol=1e-4)


class Endless(gym.Env):
    """Episodes with reward 1 at each step, truncated after 2 steps."""

    observation_space = spaces.Box(-1, 1, (2,))
    action_space = spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        self.t = 0
        return np.zeros(2, dtype=np.float32), {}

    def step(self, action):
        self.t += 1
        return np.full(2, 0.5 * self.t, dtype=np.float32), 1.0, False, self.t == 2, {}


def test_a_time_limit_bootstraps_from_the_last_observation(pqn):
    model = pqn(env=make_vec_env(Endless, 1), n_steps=2, batch_size=2, q_lambda=0.0)
    model.learn(2)
    before = pqn(env=make_vec_env(Endless, 1), n_steps=2, batch_size=2, q_lambda=0.0).policy
    with th.no_grad():
        last = before.q_net(th.ones(1, 2)).max().item()
    assert model.rollout_buffer.rewards[1, 0] == pytest.approx(1 + 0.99 * last, abs=1e-6)
    assert model.rollout_buffer.rewards[0, 0] == 1


def test_there_is_no_target_network(pqn):
    model = pqn()
    assert model.policy.q_net_target is model.policy.q_net
    model.learn(64)
    assert model.policy.q_net_target is model.policy.q_net


def test_compiled_training_equals_eager_training(pqn, weights, atari):
    """Two epochs in float32. Another order of summation changes the weights by less than 1/1000 of the learnt change."""
    env = atari("Breakout", 4)
    models = [
        pqn(DuelingCnnPolicy, env, compile=compile, learning_rate=0.1, policy_kwargs={"optimizer_class": th.optim.SGD})
        for compile in (False, True)
    ]
    models[0].learn(32)
    before = weights(models[0])
    models[1].set_parameters(models[0].get_parameters())
    models[1].rollout_buffer = models[0].rollout_buffer
    models[0].rollout_buffer.rewards += 1  # so short a rollout has no rewards
    for model in models:
        model._update_current_progress_remaining(32, 1000)
        model.set_logger(configure(None, []))
        th.manual_seed(0)
        model.train()
    learnt = (weights(models[0]) - before).abs().max()
    assert learnt > 1e-4
    assert (weights(models[1]) - weights(models[0])).abs().max() < 1e-3 * learnt


def test_a_new_learn_restarts_the_exploration_schedule(pqn):
    epsilons = []

    class Watch(BaseCallback):
        def _on_rollout_start(self) -> None:
            epsilons.append(self.model.exploration_rate)

        def _on_step(self) -> bool:
            return True

    model = pqn(exploration_fraction=0.5, exploration_final_eps=0.1)
    model.learn(128)
    model.learn(128, Watch())
    assert epsilons[0] == 1.0
    assert epsilons[-1] == pytest.approx(0.1)


def test_without_exploring_epsilon_is_small_from_the_start(pqn):
    model = pqn(exploration_fraction=0.0, exploration_final_eps=0.1)
    model.learn(32)
    assert model.exploration_rate == 0.1
    assert model.exploration_schedule(1.0) == model.exploration_schedule(0.0) == 0.1


def test_a_non_finite_loss_prevents_saving(tmp_path, pqn):
    model = pqn()
    model.learn(32)
    model.rollout_buffer.rewards[:] = np.nan
    with pytest.raises(NonFiniteLossError):
        model.train()
    with pytest.raises(NonFiniteLossError):
        model.save(tmp_path / "spoilt.zip")
    assert not list(tmp_path.iterdir())


@pytest.mark.slow  # tests/agents/test_known_values.py shows in seconds that it learns
@pytest.mark.timeout(600)
def test_learns_cartpole(one_torch_thread, cartpole):
    """The mean score of 20 episodes rises from about 20 (random) to at least 400 of 500."""
    model = PQN(
        "MlpPolicy",
        cartpole(16),
        learning_rate=lambda progress: 1e-3 * progress,
        n_steps=32,
        batch_size=128,
        n_epochs=4,
        exploration_fraction=0.3,
        exploration_final_eps=0.02,
        q_lambda=0.9,
        seed=0,
    )
    model.learn(200_000)
    score, _ = evaluate_policy(model, cartpole(4), n_eval_episodes=20)
    assert score >= 400
