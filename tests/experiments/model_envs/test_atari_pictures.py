"""Colours are not taken for grey frames: what the channels of an Atari model are is known, or asked for."""

from typing import Any

import ale_py
import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.wrappers import AtariPreprocessing
from stable_baselines3 import PPO
from stable_baselines3.common.policies import ActorCriticPolicy

from saccade.experiments import USER_ERRORS, explain
from saccade.experiments.model_envs.atari_pictures import AtariPicture
from saccade.experiments.model_envs.model_env import ModelEnv

gym.register_envs(ale_py)


def policy(*shape: int, actions: int = 4) -> ActorCriticPolicy:
    return ActorCriticPolicy(
        spaces.Box(0, 255, shape, np.uint8), spaces.Discrete(actions), lambda _: 0.0, net_arch=[2], normalize_images=False
    )


def observation(env: str, shape: tuple[int, ...], actions: int = 4, **env_kwargs: Any) -> tuple[np.ndarray, list[str]]:
    """After a few steps, and what was said."""
    place = ModelEnv.for_policy(policy(*shape, actions=actions), env, env_kwargs, {})
    made = place.make(1, 0, None)
    made.reset()
    for _ in range(3):
        obs = made.step(np.ones(1, int))[0]
    made.close()
    return obs[0].astype(int), place.notes


def bricks_are_coloured(obs: np.ndarray) -> bool:
    """The bricks of Breakout are red above and blue below."""
    height = obs.shape[-2]
    return bool(np.abs(obs[-3] - obs[-1])[height // 4 : height // 2].mean() > 10)


@pytest.mark.parametrize(
    ("channels", "said", "grey", "frames"),
    [
        (1, {}, True, 1),
        (4, {}, True, 4),
        (2, {"frame_stack": 2}, True, 2),
        (3, {"frame_stack": 3}, True, 3),
        (3, {"frame_stack": 1}, False, 1),
        (3, {"grayscale": False}, False, 1),
        (3, {"grayscale": True}, True, 3),
        (12, {"frame_stack": 4}, False, 4),
        (12, {"frame_stack": 12}, True, 12),
        (12, {"grayscale": False}, False, 4),
    ],
)
def test_what_is_known(channels, said, grey, frames):
    assert AtariPicture.of(channels, (84, 84), said, "Pong") == AtariPicture(grey, frames)


@pytest.mark.parametrize(
    ("channels", "said", "message"),
    [
        (
            3,
            {},
            "the model's 3 channels of 84x84 are, because Pong gives both: grayscale=false for one RGB picture",
        ),
        (12, {}, "grayscale=false for 4 RGB pictures, or frame_stack=12 for 12 grey frames"),
        (4, {"frame_stack": 3}, "has frame_stack=3, which does not fit the model's 4 channels"),
        (4, {"grayscale": False}, "has grayscale=False, which does not fit"),
        (3, {"frame_stack": 3, "grayscale": False}, "has frame_stack=3, grayscale=False, which"),
    ],
)
def test_what_is_asked_for(channels, said, message):
    with pytest.raises(USER_ERRORS, match=f"env_kwargs .*{message}"):
        AtariPicture.of(channels, (84, 84), said, "Pong")


def test_a_model_of_small_colour_pictures_sees_what_it_was_trained_on():
    env = AtariPreprocessing(gym.make("BreakoutNoFrameskip-v4"), grayscale_obs=False, noop_max=0, screen_size=36)
    model = PPO(
        "CnnPolicy",
        env,
        policy_kwargs={"features_extractor_kwargs": {"features_dim": 4}, "net_arch": [2]},
        n_steps=8,
        batch_size=8,
        device="cpu",
    )
    model.save("rgb")
    few = {"states": 2, "steps": 6, "video_steps": 0, "checks": False, "device": "cpu"}
    with pytest.raises(USER_ERRORS, match="one RGB picture, or frame_stack=3 for 3 grey frames"):
        explain("rgb.zip", env="BreakoutNoFrameskip-v4", output="out", **few)
    told = explain("rgb.zip", env="Breakout", env_kwargs={"grayscale": False}, output="out", **few)
    assert told.notes == ["It is played in RGB, through gymnasium's AtariPreprocessing."]
    place = ModelEnv.for_policy(model.policy, "BreakoutNoFrameskip-v4", {"grayscale": False, "noop_max": 0}, {})
    made, theirs = place.make(1, 0, None), model.get_env()
    theirs.seed(0)
    np.testing.assert_array_equal(made.reset(), theirs.reset())
    for action in (1, 2, 2, 3):
        np.testing.assert_array_equal(made.step(np.array([action]))[0], theirs.step(np.array([action]))[0])
    made.close()


@pytest.mark.parametrize(
    ("env", "shape", "said", "coloured"),
    [
        ("Breakout", (4, 84, 84), {}, False),
        ("Breakout", (3, 84, 84), {"frame_stack": 3}, False),
        ("Breakout", (6, 84, 84), {"frame_stack": 2}, True),
        ("BreakoutNoFrameskip-v4", (3, 60, 50), {"grayscale": False, "fire_reset": True}, True),
        ("ALE/Breakout-v5", (3, 210, 160), {}, True),
        ("Breakout", (3, 210, 160), {}, True),
        ("Breakout", (2, 210, 160), {}, False),
    ],
)
def test_what_the_model_is_shown(env, shape, said, coloured):
    obs, notes = observation(env, shape, **said)
    assert obs.shape == shape
    assert len(obs) < 3 or bricks_are_coloured(obs) == coloured
    assert any("RGB" in note for note in notes) == coloured


def test_all_actions_and_unknown_keywords_in_colour():
    observation("Breakout", (3, 84, 84), actions=18, grayscale=False)
    with pytest.raises(USER_ERRORS, match="in colour has no 'size'; it has: frame_stack, screen_size"):
        observation("Breakout", (3, 84, 84), grayscale=False, size=5)
    with pytest.raises(USER_ERRORS, match="unknown Atari game 'Breakuot'"):
        observation("Breakuot", (3, 84, 84), grayscale=False)
