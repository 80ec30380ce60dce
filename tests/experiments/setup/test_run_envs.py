"""Sticky actions of a run's envs: as in training, except where evaluate asks for others."""

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces

from saccade.experiments import EnvError
from saccade.experiments.setup import run_envs
from saccade.experiments.setup.agent_spec import AGENTS
from saccade.experiments.setup.run_envs import run_env, sticky_in_training


@pytest.mark.parametrize("evaluation", [False, True])
@pytest.mark.parametrize(
    ("trained", "asked", "made"),
    [
        ({"action_repeat_probability": 0.4}, None, 0.4),
        ({"action_repeat_probability": 0.4}, 0.0, 0.0),
        ({}, 0.25, 0.25),
        ({}, None, None),
    ],
)
def test_only_evaluate_asks_for_other_sticky_actions(monkeypatch, evaluation, trained, asked, made):
    seen = []
    monkeypatch.setattr(run_envs, "make_gaze_env", lambda env, n_envs, seed, env_kwargs, *_: seen.append(env_kwargs))
    hyperparameters = {"env_kwargs": trained, "gaze_kwargs": {}}
    run_env("Breakout", AGENTS["glimpse-ppo"], hyperparameters, 2, 0, evaluation=evaluation, sticky_actions=asked)
    assert seen == [{} if made is None else {"action_repeat_probability": made}]
    assert hyperparameters["env_kwargs"] is trained


def test_a_task_has_no_sticky_actions(monkeypatch):
    seen = []
    monkeypatch.setattr(run_envs, "make_gaze_env", lambda env, n_envs, seed, env_kwargs, *_: seen.append(env_kwargs))
    run_env("Catch", AGENTS["glimpse-ppo"], {"env_kwargs": {}, "gaze_kwargs": {}}, 2, 0, evaluation=True, sticky_actions=0.25)
    assert seen == [{}]


def test_what_training_plays():
    assert sticky_in_training("Breakout", {"env_kwargs": {"action_repeat_probability": 0.25}}) == 0.25
    assert sticky_in_training("Breakout", {"env_kwargs": {}}) == sticky_in_training("Breakout", {}) == 0.0
    assert sticky_in_training("Catch", {"env_kwargs": {"size": 9}}) == 0.0


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        ((3, 40, 50), r"\(3, 40, 50\) with their channels first; put them last"),
        ((40, 50, 4), r"\(40, 50, 4\) with 4 channels; the agents here want 1 or 3"),
        ((5,), "gives no images"),
    ],
)
def test_what_is_wrong_with_images(shape, said, monkeypatch):
    class Still(gym.Env):
        observation_space, action_space = spaces.Box(0, 255, shape, np.uint8), spaces.Discrete(2)

    monkeypatch.setitem(gym.registry, "Still-v0", gym.envs.registration.EnvSpec("Still-v0", Still))
    with pytest.raises(EnvError, match=said):
        run_env("Still-v0", AGENTS["pqn"], {"env_kwargs": {}}, 1, 0)
