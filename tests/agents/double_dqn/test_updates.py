"""Updates of DoubleDQN: their mathematics, their loss and where their batches come from."""

import copy

import numpy as np
import pytest
import torch as th
from stable_baselines3 import HerReplayBuffer
from stable_baselines3.common.envs import BitFlippingEnv
from stable_baselines3.common.logger import configure
from stable_baselines3.common.vec_env import SubprocVecEnv
from torch.nn import functional as F

from saccade.agents import FrameReplayBuffer, NonFiniteLossError
from saccade.policies import DuelingCnnPolicy, DuelingMlpPolicy


@pytest.mark.parametrize("n_steps", [1, 3])
def test_an_update_equals_an_independent_computation(n_steps, double_dqn, cartpole, weights):
    """One update with a target computed in a loop, SB3's Huber loss and plain SGD."""
    model = double_dqn(
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


def test_frame_replay_gives_the_same_weights_as_sb3s_replay(double_dqn, weights, atari):
    def trained(buffer) -> th.Tensor:
        env = atari("Breakout", 2)
        model = double_dqn(DuelingCnnPolicy, env, replay_buffer_class=buffer)
        model.learn(200)
        return weights(model)

    assert th.equal(trained(FrameReplayBuffer), trained(None))


def test_a_non_finite_loss_names_its_update_and_prevents_saving(tmp_path, double_dqn, cartpole):
    model = double_dqn(DuelingMlpPolicy, cartpole())
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


def test_the_mean_loss_since_the_last_log_is_logged(double_dqn, cartpole):
    model = double_dqn(DuelingMlpPolicy, cartpole())
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


def test_a_copy_trains_itself_and_not_the_original(double_dqn, cartpole, weights):
    model = double_dqn(DuelingMlpPolicy, cartpole(), compile=True)
    model.learn(60)
    before = weights(model)
    twin = copy.deepcopy(model)
    twin.train(5, 16)
    assert th.equal(weights(model), before)
    assert not th.equal(weights(twin), before)


def test_one_large_sample_gives_the_same_updates_as_several_small_ones(monkeypatch, double_dqn, weights, atari):
    env = atari("Breakout", 2)
    models = [
        double_dqn(
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
    assert not th.equal(weights(models[0]), before)
    assert th.allclose(weights(models[0]), weights(models[1]), atol=1e-7)


def test_overlap_leaves_envs_alone_that_her_asks(double_dqn):
    """Envs in processes answer one question at a time, and HER asks for rewards while an overlapping update would run."""
    envs = SubprocVecEnv([lambda: BitFlippingEnv(4)] * 2, start_method="fork")
    try:
        model = double_dqn("MultiInputPolicy", envs, replay_buffer_class=HerReplayBuffer, overlap=True, learning_starts=20)
        model.learn(60)
        assert model._n_updates > 0
    finally:
        envs.close()


def test_her_draws_a_sample_for_each_update(double_dqn, cartpole):
    model = double_dqn("MultiInputPolicy", BitFlippingEnv(4), replay_buffer_class=HerReplayBuffer)
    assert model._updates_at_once(8, 16) == 1
    assert double_dqn(DuelingMlpPolicy, cartpole())._updates_at_once(6, 16) == 2  # 16 at the most, and a divisor of 6
    model.learn(60)
