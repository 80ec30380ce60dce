"""Curves of maps on things: from training to the event's file, to W&B's and SB3's loggers, and to the page."""

import io

import gymnasium as gym
import numpy as np
import pytest
from stable_baselines3 import PPO
from stable_baselines3.common.logger import KVWriter, Logger

from saccade.envs import GymnasiumVecEnv
from saccade.saliency import SaliencyCallback
from saccade.saliency.checks.object_relevance import object_curves
from saccade.saliency.page.comparison_page import ComparedRun, write_comparison
from saccade.saliency.records.recorded_events import RecordedEvents


class Kept(KVWriter):
    """Keeps what is logged."""

    def __init__(self) -> None:
        self.values: dict[str, float] = {}

    def write(self, key_values, key_excluded, step=0) -> None:
        self.values |= key_values

    def close(self) -> None:
        pass


def quadrant(n_envs: int = 1, seed: int | None = None, render_mode: str | None = None) -> GymnasiumVecEnv:
    made = gym.make_vec("saccade/Quadrant-v0", n_envs, vectorization_mode="vector_entry_point", size=8, render_mode=render_mode)
    env = GymnasiumVecEnv(made, remake=quadrant)
    env.seed(seed)
    return env


@pytest.fixture
def trained(tmp_path, monkeypatch):
    monkeypatch.setenv("SACCADE_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    model = PPO("MlpPolicy", quadrant(2), n_steps=8, batch_size=8, n_epochs=1, seed=0)
    kept = Kept()
    model.set_logger(Logger(None, [kept]))
    callback = SaliencyCallback(folder=tmp_path / "saliency", every=16, video_steps=2, probe_count=4, trust=False)
    model.learn(16, callback)
    return callback, kept.values, tmp_path


def test_curves_are_in_the_logger_and_in_the_file_and_on_the_page(trained):
    callback, logged, folder = trained
    names = [f"objects/{head}/jacobian/{thing}" for head in callback.head_names for thing in callback.probes.objects]
    assert set(callback.probes.objects) == {"value_patch", "action_patch", "distractors"}
    assert len(names) == 6
    events = list(RecordedEvents.of(folder))
    for name in names:
        assert logged[f"saliency/{name}"] == pytest.approx(events[-1].figures[name])
    expected = object_curves(events[-1].maps, callback.probes)
    assert {name: events[-1].figures[name] for name in expected} == pytest.approx(expected, rel=1e-4)
    page = io.StringIO()
    write_comparison(page, [ComparedRun("one", RecordedEvents.of(folder))])
    assert all(name in page.getvalue() for name in names)


def test_masses_of_the_patches_add_up(trained):
    """The patches divide the picture: a quarter, a quarter and a half."""
    _, logged, _ = trained
    for head in ("value", "action"):
        value, action, rest = (
            logged[f"saliency/objects/{head}/jacobian/{x}"] for x in ("value_patch", "action_patch", "distractors")
        )
        assert value / 4 + action / 4 + rest / 2 == pytest.approx(1, rel=1e-4)
        assert np.isfinite(logged[f"saliency/pointing/{head}/jacobian/value_patch"])
