import copy

import gymnasium as gym
import numpy as np
import pytest
import torch as th
from gymnasium import spaces
from stable_baselines3 import HerReplayBuffer
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.envs import BitFlippingEnv
from stable_baselines3.common.evaluation import evaluate_policy
from stable_baselines3.common.logger import configure
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from stable_baselines3.common.vec_env import VecEnvWrapper
from torch.nn import functional as F

from saccade.agents import DoubleDQN, FrameReplayBuffer, NonFiniteLossError, PrioritizedFrameReplayBuffer
from saccade.envs import make_atari
from saccade.policies import DuelingCnnPolicy, DuelingMlpPolicy


def cartpole(n_envs: int = 1):
    return make_vec_env("CartPole-v1", n_envs=n_envs, seed=0)


def small(policy, env, **kwargs) -> DoubleDQN:
    defaults = {
        "buffer_size": 500,
        "learning_starts": 40,
        "batch_size": 16,
        "train_freq": 1,
        "seed": 0,
        "compile": False,
        "autocast": False,
    }
    return DoubleDQN(policy, env, **{**defaults, **kwargs})


def weights(model: DoubleDQN) -> th.Tensor:
    return th.cat([p.detach().flatten() for p in model.q_net.parameters()])


@pytest.mark.parametrize("n_steps", [1, 3])
def test_an_update_is_the_one_of_the_independent_formula(n_steps):
    """One update by hand: target by a loop, SB3's Huber loss, plain SGD."""
    model = small(
        "MlpPolicy",
        cartpole(),
        n_steps=n_steps,
        learning_rate=0.1,
        max_grad_norm=1e9,
        policy_kwargs={"optimizer_class": th.optim.SGD},
    )
    model.learn(45)
    with th.no_grad():  # so that the two networks disagree on the best action
        for p in model.q_net_target.parameters():
            p.add_(0.3 * th.randn_like(p))
    np.random.seed(3)
    batch = model.replay_buffer.sample(16)
    gamma = th.full((16, 1), model.gamma) if batch.discounts is None else batch.discounts
    online, target = model.q_net(batch.next_observations), model.q_net_target(batch.next_observations)
    expected = [batch.rewards[i, 0] + (1 - batch.dones[i, 0]) * gamma[i, 0] * target[i, online[i].argmax()] for i in range(16)]
    assert (online.argmax(1) != target.argmax(1)).any()
    q = model.q_net(batch.observations)[th.arange(16), batch.actions[:, 0]]
    loss = F.smooth_l1_loss(q, th.stack(expected).detach())
    gradients = th.autograd.grad(loss, list(model.q_net.parameters()))
    after = th.cat([(p - 0.1 * g).flatten() for p, g in zip(model.q_net.parameters(), gradients, strict=True)])

    np.random.seed(3)
    model.train(gradient_steps=1, batch_size=16)
    assert th.allclose(weights(model), after, atol=1e-6)


def test_same_seed_same_weights_and_another_seed_others():
    def trained(seed: int) -> th.Tensor:
        env = make_atari("Breakout", 2)
        model = small(DuelingCnnPolicy, env, replay_buffer_class=FrameReplayBuffer, seed=seed)
        model.learn(160)
        env.close()
        return weights(model)

    assert th.equal(trained(0), trained(0))
    assert not th.equal(trained(0), trained(1))


def test_frame_replay_gives_the_same_weights_as_plain_replay():
    def trained(buffer) -> th.Tensor:
        env = make_atari("Breakout", 2)
        model = small(DuelingCnnPolicy, env, replay_buffer_class=buffer)
        model.learn(200)
        env.close()
        return weights(model)

    assert th.equal(trained(FrameReplayBuffer), trained(None))


def test_each_env_tosses_its_own_coin():
    model = small(DuelingMlpPolicy, cartpole())
    model.exploration_rate = 0.5
    np.random.seed(0)
    observations = np.zeros((4000, 4), dtype=np.float32)
    greedy = model.predict(observations, deterministic=True)[0]
    assert (greedy == greedy[0]).all()
    share = (model.predict(observations)[0] != greedy).mean()
    assert 0.22 < share < 0.28  # half explore, and half of those by chance take the greedy one of two actions
    assert np.array_equal(model.predict(observations, deterministic=True)[0], greedy)


def test_predict_takes_a_single_observation():
    model = small(DuelingMlpPolicy, cartpole())
    model.exploration_rate = 1.0
    action, state = model.predict(np.zeros(4, dtype=np.float32))
    assert np.shape(action) == ()
    assert model.action_space.contains(int(action))
    assert state is None


def test_save_and_load(tmp_path):
    model = small(DuelingMlpPolicy, cartpole(2))
    model.learn(200)
    model.save(tmp_path / "model.zip")
    loaded = DoubleDQN.load(tmp_path / "model.zip", env=cartpole(2))
    assert th.equal(weights(loaded), weights(model))
    loaded.learn(100, reset_num_timesteps=False)
    assert loaded.num_timesteps == 300
    assert not th.equal(weights(loaded), weights(model))


class Sights(gym.Env):
    observation_space = spaces.Dict({"a": spaces.Box(-1, 1, (3,)), "b": spaces.Discrete(2)})
    action_space = spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.observation_space.seed(seed)
        return self.observation_space.sample(), {}

    def step(self, action):
        return self.observation_space.sample(), 1.0, self.np_random.random() < 0.1, False, {}


def test_stock_policies_and_buffers_work_too():
    model = small("MultiInputPolicy", Sights())
    before = weights(model)
    model.learn(80)
    assert not th.equal(weights(model), before)


def test_non_finite_loss_names_the_update_and_nothing_is_saved(tmp_path):
    model = small(DuelingMlpPolicy, cartpole())
    model.learn(60)
    done, good = model._n_updates, copy.deepcopy(model.get_parameters())
    model.train(2, 16)
    model.replay_buffer.rewards[:] = np.nan
    with pytest.raises(NonFiniteLossError, match=f"update {done + 3} "):
        model.train(5, 16)
    with pytest.raises(NonFiniteLossError):
        model.save(tmp_path / "spoilt.zip")
    assert not list(tmp_path.iterdir())
    model.set_parameters(good)  # "Go back to the last checkpoint"
    model.replay_buffer.rewards[:] = 1.0
    model.train(2, 16)
    model.save(tmp_path / "mended.zip")


def test_loss_is_logged_as_its_mean():
    model = small(DuelingMlpPolicy, cartpole())
    model.learn(60)
    model.dump_logs()
    losses, add = [], model._losses.add
    model._losses.add = lambda loss, update: (losses.append(loss), add(loss, update))
    model.train(3, 16)
    assert len(losses) == 3
    logged = {}
    model.logger.dump = lambda step: logged.update(model.logger.name_to_value)
    model.dump_logs()
    assert logged["train/loss"] == pytest.approx(np.mean([float(loss) for loss in losses]))


@pytest.mark.parametrize("buffer", [FrameReplayBuffer, PrioritizedFrameReplayBuffer])
def test_compiled_updates_are_the_eager_ones(buffer):
    """Five updates in float32: other orders of summation change weights by less than a thousandth of what was learnt."""
    env = make_atari("Breakout", 2)
    models = [
        small(
            DuelingCnnPolicy,
            env,
            replay_buffer_class=buffer,
            compile=compile,
            learning_starts=1_000,
            policy_kwargs={"optimizer_class": th.optim.SGD},
            learning_rate=0.1,
        )
        for compile in (False, True)
    ]
    models[0].learn(100)
    before = weights(models[0])
    models[1].set_parameters(models[0].get_parameters())
    models[1].replay_buffer = copy.deepcopy(models[0].replay_buffer)
    for model in models:
        model._update_current_progress_remaining(100, 1000)
        model.set_logger(configure(None, []))
        np.random.seed(0)
        th.manual_seed(0)
        model.train(5, 16)
    env.close()
    assert models[1]._acceleration.compiles
    learnt = (weights(models[0]) - before).abs().max()
    assert learnt > 1e-5
    assert (weights(models[1]) - weights(models[0])).abs().max() < 1e-3 * learnt


def test_autocast_stays_near_float32():
    env = make_atari("Breakout", 2)
    model = small(DuelingCnnPolicy, env, replay_buffer_class=FrameReplayBuffer)
    model.learn(60)
    samples = model.replay_buffer.sample(64)

    def errors() -> th.Tensor:
        return model._loss(
            samples.observations,
            samples.actions,
            samples.rewards,
            samples.next_observations,
            samples.dones,
            None,
            model._target_q(samples.next_observations),
            None,
        )[1]

    exact = errors()
    model._acceleration.autocasts = True
    rough = errors()
    env.close()
    assert rough.dtype == th.float32
    assert not th.equal(exact, rough)
    assert th.allclose(exact, rough, atol=0.02)


def test_overlapping_does_every_update_in_the_envs_next_step():
    events = []

    class Watched(VecEnvWrapper):
        def reset(self):
            return self.venv.reset()

        def step_async(self, actions):
            events.append("send")
            self.venv.step_async(actions)

        def step_wait(self):
            events.append("fetch")
            return self.venv.step_wait()

    model = small(DuelingMlpPolicy, Watched(cartpole(2)), overlap=True, learning_starts=0)
    train = model._train
    model._train = lambda *arguments: (events.append("train"), train(*arguments))
    model.learn(8)
    assert events == ["send", "fetch", *["send", "train", "fetch"] * 3, "train"]
    assert model._n_updates == 4


def test_training_outside_learn_is_never_put_off(tmp_path):
    model = small(DuelingMlpPolicy, cartpole(2), overlap=True)
    model.learn(100)
    before, updates = weights(model), model._n_updates
    model.train(5, 16)
    assert model._n_updates == updates + 5
    assert not th.equal(weights(model), before)


def test_overlapping_is_repeatable():
    def trained() -> th.Tensor:
        model = small(DuelingMlpPolicy, cartpole(2), overlap=True)
        model.learn(200)
        return weights(model)

    assert th.equal(trained(), trained())


def test_updates_drawn_together_are_the_ones_drawn_one_by_one(monkeypatch):
    env = make_atari("Breakout", 2)
    models = [
        small(
            DuelingCnnPolicy,
            env,
            replay_buffer_class=FrameReplayBuffer,
            learning_starts=1_000,
            policy_kwargs={"optimizer_class": th.optim.SGD},
            learning_rate=0.1,
        )
        for _ in range(2)
    ]
    models[0].learn(100)
    before = weights(models[0])
    models[1].set_parameters(models[0].get_parameters())
    for model, rows, at_once in zip(models, (64, 16), (4, 1), strict=True):
        monkeypatch.setattr("saccade.agents.double_dqn.ROWS_AT_ONCE", rows)
        assert model._updates_at_once(4, 16) == at_once
        buffer, places = copy.deepcopy(models[0].replay_buffer), iter(np.random.default_rng(0).integers(40, size=64))

        def sample(count, env, buffer=buffer, places=places):
            positions = np.array([next(places) for _ in range(count)])
            return buffer.gather(positions, positions % 2, env)

        monkeypatch.setattr(buffer, "sample", sample)
        model.replay_buffer = buffer
        model._update_current_progress_remaining(100, 1000)
        model.set_logger(configure(None, []))
        model.train(4, 16)
    env.close()
    assert not th.equal(weights(models[0]), before)
    assert th.allclose(weights(models[0]), weights(models[1]), atol=1e-7)


def test_draws_that_come_in_an_order_are_not_put_together():
    model = small("MultiInputPolicy", BitFlippingEnv(4), replay_buffer_class=HerReplayBuffer)
    assert model._updates_at_once(8, 16) == 1
    assert small(DuelingMlpPolicy, cartpole())._updates_at_once(6, 16) == 2  # 16 at the most, and a divisor of 6
    model.learn(60)


def test_a_features_extractor_that_counts_on_torchs_usual_order():
    class Flat(BaseFeaturesExtractor):
        def __init__(self, space):
            super().__init__(space, 4 * 21 * 21)
            self.convolution = th.nn.Conv2d(4, 4, 4, stride=4)

        def forward(self, images):
            assert images.view(len(images), -1).shape[1] == 4 * 84 * 84
            return self.convolution(images).view(len(images), -1)

    env = make_atari("Breakout", 2)
    model = small("CnnPolicy", env, policy_kwargs={"features_extractor_class": Flat})
    before = weights(model)
    model.learn(60)
    env.close()
    assert not th.equal(weights(model), before)


def test_a_copy_trains_itself_and_not_the_original():
    model = small(DuelingMlpPolicy, cartpole(), compile=True)
    model.learn(60)
    before = weights(model)
    twin = copy.deepcopy(model)
    twin.train(5, 16)
    assert th.equal(weights(model), before)
    assert not th.equal(weights(twin), before)


@pytest.mark.gpu
def test_captured_updates_on_a_gpu_are_the_eager_ones():
    """The compiled mode captures CUDA graphs; five updates in float32 as without."""
    env = make_atari("Breakout", 2)
    models = [
        small(
            DuelingCnnPolicy,
            env,
            replay_buffer_class=FrameReplayBuffer,
            compile=compile,
            device="cuda",
            policy_kwargs={"optimizer_class": th.optim.SGD},
            learning_rate=0.1,
            learning_starts=1_000,
        )
        for compile in (False, True)
    ]
    models[0].learn(100)
    before = weights(models[0])
    models[1].set_parameters(models[0].get_parameters())
    models[1].replay_buffer = models[0].replay_buffer
    for model in models:
        model._update_current_progress_remaining(100, 1000)
        model.set_logger(configure(None, []))
        np.random.seed(0)
        model._train(5, 16)
    env.close()
    assert models[1]._acceleration.compiles
    learnt = (weights(models[0]) - before).abs().max()
    assert (weights(models[1]) - weights(models[0])).abs().max() < 1e-3 * learnt


def test_learns_cartpole():
    """From about 20 by chance to 400 or more of 500, on average over 20 episodes."""
    threads = th.get_num_threads()
    th.set_num_threads(1)  # a network this small only loses by more
    try:
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
    finally:
        th.set_num_threads(threads)
    assert score >= 400
