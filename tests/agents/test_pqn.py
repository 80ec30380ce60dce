import copy
from itertools import pairwise

import gymnasium as gym
import numpy as np
import pytest
import torch as th
from gymnasium import spaces
from stable_baselines3 import DQN
from stable_baselines3.common.callbacks import BaseCallback, CheckpointCallback
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.evaluation import evaluate_policy
from stable_baselines3.common.logger import configure

from saccade.agents import PQN, NonFiniteLossError
from saccade.envs import make_atari
from saccade.policies import DuelingCnnPolicy, DuelingQNetwork
from saccade.saliency import SaliencyCallback, heads, value_advantage_jacobian


def cartpole(n_envs: int = 4, **kwargs):
    return make_vec_env("CartPole-v1", n_envs=n_envs, seed=0, **kwargs)


def small(policy="MlpPolicy", env=None, **kwargs) -> PQN:
    defaults = {"n_steps": 8, "batch_size": 16, "seed": 0, "compile": False, "autocast": False}
    return PQN(policy, env or cartpole(), **{**defaults, **kwargs})


def weights(model: PQN) -> th.Tensor:
    return th.cat([p.detach().flatten() for p in model.policy.q_net.parameters()])


def test_a_training_is_the_one_of_the_independent_formula():
    """One batch of all steps, plain SGD: half the mean squared error to targets computed step by step from the weights before."""
    model = small(
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
    """One observation, reward 1, cut by a time limit after 2 steps."""

    observation_space = spaces.Box(-1, 1, (2,))
    action_space = spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        self.t = 0
        return np.zeros(2, dtype=np.float32), {}

    def step(self, action):
        self.t += 1
        return np.full(2, 0.5 * self.t, dtype=np.float32), 1.0, False, self.t == 2, {}


def test_an_episode_cut_by_a_time_limit_goes_on_from_its_last_observation():
    model = small(env=make_vec_env(Endless, 1), n_steps=2, batch_size=2, q_lambda=0.0)
    model.learn(2)
    before = small(env=make_vec_env(Endless, 1), n_steps=2, batch_size=2, q_lambda=0.0).policy
    with th.no_grad():
        last = before.q_net(th.ones(1, 2)).max().item()
    assert model.rollout_buffer.rewards[1, 0] == pytest.approx(1 + 0.99 * last, abs=1e-6)
    assert model.rollout_buffer.rewards[0, 0] == 1


def test_there_is_no_target_network():
    model = small()
    assert model.policy.q_net_target is model.policy.q_net
    model.learn(64)
    assert model.policy.q_net_target is model.policy.q_net


def test_dueling_heads_and_layer_norm_by_default():
    model = small()
    assert isinstance(model.policy.q_net, DuelingQNetwork)
    assert sum(isinstance(module, th.nn.LayerNorm) for module in model.policy.q_net.modules()) == 3
    assert set(heads(model.policy)) >= {"value", "advantage", "q"}
    plain = small(policy_kwargs={"layer_norm": False})
    assert not any(isinstance(module, th.nn.LayerNorm) for module in plain.policy.modules())


def test_same_seed_same_weights_and_another_seed_others():
    def trained(seed: int) -> th.Tensor:
        model = small(seed=seed)
        model.learn(320)
        return weights(model)

    assert th.equal(trained(0), trained(0))
    assert not th.equal(trained(0), trained(1))


def test_save_and_load_and_go_on(tmp_path):
    model = small(learning_rate=lambda progress: 1e-3 * progress)
    model.learn(128, CheckpointCallback(16, str(tmp_path / "checkpoints")))
    assert len(list((tmp_path / "checkpoints").iterdir())) == 2
    model.save(tmp_path / "model.zip")
    loaded = PQN.load(tmp_path / "model.zip", env=cartpole())
    assert th.equal(weights(loaded), weights(model))
    assert loaded.policy.q_net_target is loaded.policy.q_net
    observations = cartpole().reset()
    assert np.array_equal(loaded.predict(observations, deterministic=True)[0], model.predict(observations, deterministic=True)[0])
    moments = loaded.policy.optimizer.state_dict()["state"][0]["exp_avg"]
    assert th.equal(moments, model.policy.optimizer.state_dict()["state"][0]["exp_avg"])
    loaded.learn(64, reset_num_timesteps=False)
    assert loaded.num_timesteps == 192
    assert not th.equal(weights(loaded), weights(model))


def test_a_model_plays_on_fewer_envs_than_it_learnt_on(tmp_path):
    small(n_steps=4).save(tmp_path / "model.zip")  # batches of all 16 steps of 4 envs
    loaded = PQN.load(tmp_path / "model.zip", env=cartpole(1))
    evaluate_policy(loaded, loaded.get_env(), n_eval_episodes=1)
    before = weights(loaded)
    loaded.learn(8, reset_num_timesteps=False)
    assert not th.equal(weights(loaded), before)


def test_a_model_without_an_env_predicts(tmp_path):
    small().save(tmp_path / "model.zip")
    action, _ = PQN.load(tmp_path / "model.zip").predict(np.zeros(4, dtype=np.float32), deterministic=True)
    assert np.shape(action) == ()


def test_its_policy_is_one_for_dqn():
    model = small()
    dqn = DQN(type(model.policy), cartpole(), policy_kwargs={"layer_norm": True})
    dqn.policy.load_state_dict(model.policy.state_dict())
    observations = cartpole().reset()
    assert np.array_equal(dqn.predict(observations, deterministic=True)[0], model.predict(observations, deterministic=True)[0])


class Sights(gym.Env):
    observation_space = spaces.Dict({"a": spaces.Box(-1, 1, (3,)), "b": spaces.Discrete(2)})
    action_space = spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.observation_space.seed(seed)
        return self.observation_space.sample(), {}

    def step(self, action):
        return self.observation_space.sample(), 1.0, self.np_random.random() < 0.1, self.np_random.random() < 0.1, {}


def test_dict_observations():
    model = small("MultiInputPolicy", make_vec_env(Sights, 4))
    before = weights(model)
    model.learn(64)
    assert not th.equal(weights(model), before)


def test_on_atari_with_the_callback_and_maps(tmp_path):
    env = make_atari("Breakout", 4)
    model = small("CnnPolicy", env, n_epochs=1)
    callback = SaliencyCallback(tmp_path, probe_count=2, video_steps=4)
    model.learn(64, callback)
    assert callback.events == 2
    jacobian = value_advantage_jacobian(model.policy, model._last_obs)
    assert jacobian.value.any()
    assert jacobian.advantage.any()
    env.close()


def test_with_the_callback_on_envs_that_cannot_be_remade(tmp_path):
    callback = SaliencyCallback(tmp_path, probe_count=2, video_steps=4)
    small(env=cartpole(8)).learn(5_000, callback)
    assert callback.events == 2


def test_what_callbacks_see_is_what_sb3s_algorithms_show():
    starts = []

    class Watch(BaseCallback):
        def _on_step(self) -> bool:
            assert not np.array_equal(self.locals["new_obs"], self.model._last_obs)  # still the one acted on
            starts.append((self.locals["dones"], self.model._last_episode_starts.copy()))
            return True

    small().learn(320, Watch())
    assert any(dones.any() for dones, _ in starts)
    for (dones, _), (_, episode_starts) in pairwise(starts):
        assert np.array_equal(episode_starts, dones)


def test_exploration_starts_anew_with_a_new_training():
    epsilons = []

    class Watch(BaseCallback):
        def _on_rollout_start(self) -> None:
            epsilons.append(self.model.exploration_rate)

        def _on_step(self) -> bool:
            return True

    model = small(exploration_fraction=0.5, exploration_final_eps=0.1)
    model.learn(128)
    model.learn(128, Watch())
    assert epsilons[0] == 1.0
    assert epsilons[-1] == pytest.approx(0.1)


def test_a_stock_policy_class_learns_too():
    env = make_atari("Breakout", 2)
    model = small(DQN.policy_aliases["CnnPolicy"], env)
    before = weights(model)
    model.learn(16)
    env.close()
    assert not th.equal(weights(model), before)


def test_compiled_training_is_the_eager_one():
    """Two epochs in float32: other orders of summation change weights by less than a thousandth of what was learnt."""
    env = make_atari("Breakout", 4)
    models = [
        small(DuelingCnnPolicy, env, compile=compile, learning_rate=0.1, policy_kwargs={"optimizer_class": th.optim.SGD})
        for compile in (False, True)
    ]
    models[0].learn(32)
    before = weights(models[0])
    models[1].set_parameters(models[0].get_parameters())
    models[1].rollout_buffer = models[0].rollout_buffer
    models[0].rollout_buffer.rewards += 1  # there were none in so short a time
    for model in models:
        model._update_current_progress_remaining(32, 1000)
        model.set_logger(configure(None, []))
        th.manual_seed(0)
        model.train()
    env.close()
    learnt = (weights(models[0]) - before).abs().max()
    assert learnt > 1e-4
    assert (weights(models[1]) - weights(models[0])).abs().max() < 1e-3 * learnt


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_steps": 0}, "n_steps is 0"),
        ({"q_lambda": 1.5}, "q_lambda is 1.5"),
        ({"n_epochs": 0}, "n_epochs is 0"),
        ({"gamma": 2.0}, "gamma is 2.0"),
        ({"exploration_fraction": -1}, "exploration_fraction is -1"),
    ],
)
def test_refuses_impossible_numbers(arguments, message):
    with pytest.raises(ValueError, match=message):
        small(**arguments)


def test_defaults_learn_on_one_env_with_a_warning():
    with pytest.warns(UserWarning, match="only n_steps \\* n_envs = 32 steps"):
        model = PQN("MlpPolicy", "CartPole-v1", seed=0)
    before = weights(model)
    model.learn(64)
    assert model._n_updates == 4  # two rollouts, two epochs each
    assert not th.equal(weights(model), before)


def test_refuses_continuous_actions():
    with pytest.raises(AssertionError, match="Discrete"):
        small(env=make_vec_env("Pendulum-v1", 4))


def test_a_callback_can_stop_it():
    class Stop(BaseCallback):
        def _on_step(self) -> bool:
            return self.n_calls < 3

    model = small()
    model.learn(1000, Stop())
    assert model.num_timesteps == 12


def test_non_finite_loss_is_not_saved(tmp_path):
    model = small()
    model.learn(32)
    model.rollout_buffer.rewards[:] = np.nan
    with pytest.raises(NonFiniteLossError):
        model.train()
    with pytest.raises(NonFiniteLossError):
        model.save(tmp_path / "spoilt.zip")
    assert not list(tmp_path.iterdir())


def test_learns_cartpole():
    """From about 20 by chance to 400 or more of 500, on average over 20 episodes."""
    threads = th.get_num_threads()
    th.set_num_threads(1)  # a network this small only loses by more
    try:
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
    finally:
        th.set_num_threads(threads)
    assert score >= 400
