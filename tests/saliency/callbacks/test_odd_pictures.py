"""Envs that draw themselves in odd ways, in a whole training: it goes on, with pictures or without."""

from typing import ClassVar

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import DummyVecEnv

from saccade.saliency import ProbeSet, SaliencyCallback

GREY = np.full((20, 30), 120, np.uint8)


class Odd(gym.Env):
    metadata: ClassVar = {"render_modes": ["rgb_array"]}
    observation_space, action_space = spaces.Box(-1, 1, (3,)), spaces.Discrete(2)
    feature_names = ("speed", "angle", "fuel")

    def __init__(self, drawing, render_mode=None):
        self.drawing, self.render_mode, self.steps = drawing, render_mode, 0

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return self.observation_space.sample(), {}

    def step(self, action):
        self.steps += 1
        return self.observation_space.sample(), 1.0, self.steps % 7 == 0, False, {}

    def render(self):
        return self.drawing(self.steps)


class Refuses(Odd):
    def __init__(self, drawing, render_mode=None):
        assert render_mode is None, "this env has no pictures"
        super().__init__(drawing, render_mode)


def made(drawing, kind=Odd):
    def remake(n_envs, seed, render_mode):
        return DummyVecEnv([lambda: kind(drawing, render_mode)] * n_envs)

    env = remake(1, 0, None)
    env.remake = remake
    return env


def learned(env, folder) -> list[str]:
    model = PPO("MlpPolicy", env, n_steps=8, batch_size=8, n_epochs=1, device="cpu")
    model.learn(8, SaliencyCallback(folder, every=8, trust=False, video_steps=3, probe_count=2))
    return sorted(path.name for path in folder.iterdir())


EVENTS = [f"step_{step:010d}.{suffix}" for step in (0, 8) for suffix in ("mp4", "npz", "png")]


@pytest.mark.parametrize(
    ("drawing", "drawn"),
    [
        pytest.param(lambda step: GREY.astype(np.int64), True, id="int64 grey"),
        pytest.param(lambda step: np.dstack([GREY / 255] * 4), True, id="floats with opacity"),
        pytest.param(lambda step: GREY[step % 5 :], False, id="of changing size"),
        pytest.param(lambda step: 1 / 0, False, id="throws"),
        pytest.param(lambda step: GREY[:0], False, id="empty"),
    ],
)
def test_training_goes_on_with_all_files(tmp_path, caplog, drawing, drawn):
    assert learned(made(drawing), tmp_path / "maps") == ["probes.npz", *EVENTS]
    assert (ProbeSet.load(tmp_path / "maps" / "probes.npz").frames is not None) == drawn
    assert "not written" not in caplog.text


def test_an_env_that_asserts_its_render_mode(tmp_path):
    assert learned(made(lambda step: GREY, Refuses), tmp_path / "maps") == ["probes.npz", *EVENTS]


def test_a_picture_that_cannot_be_written_costs_that_picture_alone(tmp_path, monkeypatch, caplog):
    def throw(*arguments):
        raise ValueError("no picture today")

    monkeypatch.setattr("saccade.saliency.records.saliency_event.write_png", throw)
    names = learned(made(lambda step: GREY), tmp_path / "maps")
    assert names == ["probes.npz", *(name for name in EVENTS if not name.endswith("png"))]
    assert caplog.text.count("no picture today") == 1
