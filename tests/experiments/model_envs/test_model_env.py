"""The env of a saved policy, where nothing wraps it."""

import gymnasium as gym
import pytest
from stable_baselines3 import PPO

from saccade.envs.registration import register_envs
from saccade.envs.tasks.digits import load_digits
from saccade.experiments.model_envs.model_env import ModelEnv


@pytest.mark.parametrize(("asked", "split"), [({}, "validation"), ({"split": "test"}, "test")])
def test_a_model_without_a_gaze_is_not_shown_digits_that_it_learned_from(asked, split):
    register_envs()
    digits = {"dataset": "digits", "size": 40}
    policy = PPO("MlpPolicy", gym.make("saccade/ClutteredMNIST-v0", **digits), policy_kwargs={"net_arch": [4]}).policy
    env = ModelEnv.for_policy(policy, "ClutteredMNIST", digits, {}, **asked).make(1, 0, None)
    shown = env.get_attr("game")[0].canvas.images
    assert (shown == load_digits("digits", split).images).all()
    own = ModelEnv.for_policy(policy, "ClutteredMNIST", {**digits, "split": "train"}, {}, **asked).make(1, 0, None)
    assert len(own.get_attr("game")[0].canvas.images) == len(load_digits("digits", "train").images)
