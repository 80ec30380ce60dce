"""DoubleDQN as an SB3 algorithm: seeds, predict, save and load, policies, learning."""

import numpy as np
import pytest
import torch as th
from stable_baselines3.common.evaluation import evaluate_policy

from saccade.agents import DoubleDQN, FrameReplayBuffer
from saccade.policies import DuelingCnnPolicy, DuelingMlpPolicy


@pytest.mark.slow
def test_same_seed_same_weights_and_another_seed_others(double_dqn, weights, atari):
    def trained(seed: int) -> th.Tensor:
        env = atari("Breakout", 2)
        model = double_dqn(DuelingCnnPolicy, env, replay_buffer_class=FrameReplayBuffer, seed=seed)
        model.learn(160)
        return weights(model)

    assert th.equal(trained(0), trained(0))
    assert not th.equal(trained(0), trained(1))


def test_envs_explore_independently(double_dqn, cartpole):
    model = double_dqn(DuelingMlpPolicy, cartpole())
    model.exploration_rate = 0.5
    np.random.seed(0)
    observations = np.zeros((4000, 4), dtype=np.float32)
    greedy = model.predict(observations, deterministic=True)[0]
    assert (greedy == greedy[0]).all()
    share = (model.predict(observations)[0] != greedy).mean()
    assert 0.22 < share < 0.28  # half of them explore, and half of these take the greedy one of two actions by chance
    assert np.array_equal(model.predict(observations, deterministic=True)[0], greedy)


def test_predict_takes_a_single_observation(double_dqn, cartpole):
    model = double_dqn(DuelingMlpPolicy, cartpole())
    model.exploration_rate = 1.0
    action, state = model.predict(np.zeros(4, dtype=np.float32))
    assert np.shape(action) == ()
    assert model.action_space.contains(int(action))
    assert state is None


def test_a_loaded_model_has_the_same_weights_and_trains_on(tmp_path, double_dqn, cartpole, weights):
    model = double_dqn(DuelingMlpPolicy, cartpole(2))
    model.learn(200)
    model.save(tmp_path / "model.zip")
    loaded = DoubleDQN.load(tmp_path / "model.zip", env=cartpole(2))
    assert th.equal(weights(loaded), weights(model))
    loaded.learn(100, reset_num_timesteps=False)
    assert loaded.num_timesteps == 300
    assert not th.equal(weights(loaded), weights(model))


def test_learns_with_a_stock_policy_and_a_dict_buffer(double_dqn, weights, dict_env):
    model = double_dqn("MultiInputPolicy", dict_env())
    before = weights(model)
    model.learn(80)
    assert not th.equal(weights(model), before)


@pytest.mark.slow  # a minute on a free core; tests/agents/test_known_values.py shows in seconds that it learns
@pytest.mark.timeout(600)
def test_learns_cartpole(one_torch_thread, cartpole):
    """The mean score of 20 episodes rises from about 20 (random) to at least 400 of 500."""
    model = DoubleDQN(
        DuelingMlpPolicy,
        cartpole(4),
        learning_rate=5e-4,
        buffer_size=100_000,
        learning_starts=1_000,
        batch_size=64,
        train_freq=64,
        gradient_steps=128,
        target_update_interval=10,
        exploration_fraction=0.16,
        exploration_final_eps=0.04,
        policy_kwargs={"net_arch": [256], "hidden_width": 256},
        seed=0,
    )
    model.learn(50_000)
    score, _ = evaluate_policy(model, cartpole(4), n_eval_episodes=20)
    assert score >= 400
