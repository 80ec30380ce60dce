"""Compiled, bfloat16 and overlapping updates of DoubleDQN against plain ones."""

import copy

import numpy as np
import pytest
import torch as th
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import configure
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from stable_baselines3.common.vec_env import VecEnvWrapper

from saccade.agents import FrameReplayBuffer, PrioritizedFrameReplayBuffer
from saccade.policies import DuelingCnnPolicy, DuelingMlpPolicy


@pytest.mark.parametrize("buffer", [FrameReplayBuffer, PrioritizedFrameReplayBuffer])
def test_compiled_updates_equal_eager_updates(buffer, double_dqn, weights, atari):
    """Five updates in float32. Another order of summation changes the weights by less than 1/1000 of the learnt change."""
    env = atari("Breakout", 2)
    models = [
        double_dqn(
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
    assert models[1]._acceleration.compiles
    learnt = (weights(models[0]) - before).abs().max()
    assert learnt > 1e-5
    assert (weights(models[1]) - weights(models[0])).abs().max() < 1e-3 * learnt


def test_autocast_stays_near_float32(double_dqn, atari):
    env = atari("Breakout", 2)
    model = double_dqn(DuelingCnnPolicy, env, replay_buffer_class=FrameReplayBuffer)
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
    assert rough.dtype == th.float32
    assert not th.equal(exact, rough)
    assert th.allclose(exact, rough, atol=0.02)


def test_with_overlap_each_update_runs_during_the_next_env_step(double_dqn, cartpole):
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

    model = double_dqn(DuelingMlpPolicy, Watched(cartpole(2)), overlap=True, learning_starts=0)
    train = model._train
    model._train = lambda *arguments: (events.append("train"), train(*arguments))
    model.learn(8)
    assert events == ["send", "fetch", *["send", "train", "fetch"] * 3, "train"]
    assert model._n_updates == 4


@pytest.mark.parametrize("stopped_at", [None, 6])
def test_with_overlap_callbacks_hear_of_the_end_after_the_last_update(double_dqn, cartpole, stopped_at):
    """Also if one of them ends the training early, as in stock DQN: each step before the last one has had its update."""

    class Ends(BaseCallback):
        def _on_step(self) -> bool:
            return stopped_at is None or self.num_timesteps < stopped_at

        def _on_training_end(self) -> None:
            self.updates = self.model._n_updates

    callback = Ends()
    model = double_dqn(DuelingMlpPolicy, cartpole(2), overlap=True, learning_starts=0)
    model.learn(8, callback)
    assert callback.updates == model._n_updates == (4 if stopped_at is None else 2)


def test_with_overlap_train_outside_learn_runs_at_once(tmp_path, double_dqn, cartpole, weights):
    model = double_dqn(DuelingMlpPolicy, cartpole(2), overlap=True)
    model.learn(100)
    before, updates = weights(model), model._n_updates
    model.train(5, 16)
    assert model._n_updates == updates + 5
    assert not th.equal(weights(model), before)


def test_with_overlap_the_same_seed_gives_the_same_weights(double_dqn, cartpole, weights):
    def trained() -> th.Tensor:
        model = double_dqn(DuelingMlpPolicy, cartpole(2), overlap=True)
        model.learn(200)
        return weights(model)

    assert th.equal(trained(), trained())


def test_an_unknown_features_extractor_gets_contiguous_images(double_dqn, weights, atari):
    class Flat(BaseFeaturesExtractor):
        def __init__(self, space):
            super().__init__(space, 4 * 21 * 21)
            self.convolution = th.nn.Conv2d(4, 4, 4, stride=4)

        def forward(self, images):
            assert images.view(len(images), -1).shape[1] == 4 * 84 * 84
            return self.convolution(images).view(len(images), -1)

    env = atari("Breakout", 2)
    model = double_dqn("CnnPolicy", env, policy_kwargs={"features_extractor_class": Flat})
    before = weights(model)
    model.learn(60)
    assert not th.equal(weights(model), before)


@pytest.mark.gpu
def test_cuda_graph_updates_equal_eager_updates(double_dqn, weights, atari):
    """Five updates in float32, with CUDA graphs and without."""
    env = atari("Breakout", 2)
    models = [
        double_dqn(
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
    assert models[1]._acceleration.compiles
    learnt = (weights(models[0]) - before).abs().max()
    assert (weights(models[1]) - weights(models[0])).abs().max() < 1e-3 * learnt
