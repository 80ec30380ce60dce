"""``explain`` says what of the frame its maps lie on."""

import json
from pathlib import Path

import numpy as np
import pytest
from stable_baselines3 import DQN
from stable_baselines3.common.env_util import make_atari_env
from stable_baselines3.common.vec_env import VecFrameStack

from saccade.experiments import explain
from saccade.saliency import ProbeSet


@pytest.fixture(autouse=True)
def inside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_of_an_atari_model_of_stock_sb3_and_of_the_same_states_again():
    env = VecFrameStack(make_atari_env("PongNoFrameskip-v4", n_envs=1, seed=0), n_stack=4)
    DQN("CnnPolicy", env, buffer_size=100, seed=0).save("one")
    env.close()
    few = {"env": "PongNoFrameskip-v4", "states": 3, "video_steps": 0, "device": "cpu", "heads": ("q",), "methods": ("jacobian",)}
    few["checks"] = False
    found = explain("one.zip", steps=12, output="out", **few)
    report = json.loads(Path("out/report.json").read_text())
    rows = {row["thing"]: row for row in report["objects"]}
    assert {"own_paddle", "walls", "score"} <= set(rows)
    assert rows["walls"]["states"] == 3
    assert rows["walls"]["mass"] == pytest.approx(next(row.mass for row in found.objects if row.thing == "walls"))
    assert rows["walls"]["random_weights"] is None  # without checks
    assert "| q | jacobian | walls | 3 |" in Path("out/report.md").read_text()
    assert Path("out/objects.png").stat().st_size > 0
    kept = ProbeSet.load(Path("out/probes.npz"))
    assert kept.objects["walls"].shape == (3, 210, 160)
    again = explain("one.zip", steps=12, probes="out/probes.npz", output="again", **few)
    assert [row.figures() for row in again.objects] == [row.figures() for row in found.objects]


def test_of_a_task_that_says_its_things():
    import gymnasium as gym

    from saccade.envs import GymnasiumVecEnv

    env = GymnasiumVecEnv(gym.make_vec("saccade/Catch-v0", 1, vectorization_mode="vector_entry_point", size=40))
    DQN("CnnPolicy", env, buffer_size=100, seed=0).save("catch")
    explain("catch.zip", env="Catch", env_kwargs={"size": 40}, states=4, steps=20, video_steps=0, output="out", device="cpu")
    rows = json.loads(Path("out/report.json").read_text())["objects"]
    methods = ("jacobian_x_contrast", "jacobian")
    assert [(row["method"], row["thing"]) for row in rows] == [(m, thing) for m in methods for thing in ("ball", "paddle")]
    assert all(row["random_weights"] is not None and np.isfinite(row["contrast"]) for row in rows)
    assert rows[0]["contrast"] > 1  # the ball is bright on black
