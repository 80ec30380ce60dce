"""Images that go into a network without convolutions are told of, once."""

from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from stable_baselines3 import A2C, DQN
from stable_baselines3.common.envs import FakeImageEnv
from told import Told

from saccade.experiments import RunConfig, read_hyperparameters, train
from saccade.experiments.setup.models import flattened

SMALL = {"net_arch": [2]}


@pytest.mark.filterwarnings("ignore:You are trying to use a")  # SB3's own, of its DQN
@pytest.mark.parametrize("algorithm", [A2C, DQN])
def test_images_without_convolutions(algorithm):
    images = FakeImageEnv(screen_height=40, screen_width=36, n_channels=1, discrete=True)
    more = {"buffer_size": 10} if algorithm is DQN else {"n_steps": 128}
    said = flattened(algorithm("MlpPolicy", images, policy_kwargs=SMALL, device="cpu", **more))
    assert "has no convolutions: images (1, 40, 36) go into it as vectors; for images take a policy such as CnnPolicy" in said
    assert flattened(algorithm("CnnPolicy", images, device="cpu", **more)) is None


def test_vectors_and_pictures_too_small_for_convolutions_are_not_told_of():
    assert flattened(A2C("MlpPolicy", "CartPole-v1", policy_kwargs=SMALL, device="cpu")) is None
    small = gym.make("saccade.envs:saccade/Quadrant-v0")
    assert flattened(A2C("MlpPolicy", small, policy_kwargs=SMALL, device="cpu")) is None
    entries = spaces.Dict({"image": spaces.Box(0, 255, (1, 40, 40), np.uint8)})
    both = gym.wrappers.TransformObservation(
        FakeImageEnv(screen_height=40, screen_width=40, n_channels=1, channel_first=True), lambda image: {"image": image}, entries
    )
    assert flattened(A2C("MultiInputPolicy", both, device="cpu")) is None


@pytest.mark.parametrize(("policy", "lines"), [("MlpPolicy", 1), ("CnnPolicy", 0)])
def test_a_training_says_it_once(no_events, policy, lines):
    written = {**read_hyperparameters("pqn"), "policy": policy, "n_envs": 2, "n_steps": 4, "batch_size": 8, "n_epochs": 1}
    small = {"hidden_width": 2, "net_arch": [2]}
    few = {"eval_games": 0, "wandb": "disabled", "progress": False, "eager": True, "n_envs": 2, "total_timesteps": 24}
    told = Told()
    train(
        RunConfig(env="Breakout", agent="pqn", hyperparameters={**written, "policy_kwargs": small}, output=Path("run"), **few),
        reporter=told,
    )
    assert sum(line.startswith("warning: DuelingMlpPolicy has no convolutions") for line in told.lines) == lines
