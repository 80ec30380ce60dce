"""Runs of the agent ``soft-glimpse-pqn``: one network with a gaze and with soft attention."""

from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest

from saccade.experiments import RunConfig, explain, read_hyperparameters, train
from saccade.experiments.errors import ConfigError
from saccade.experiments.run_folder import RunFolder
from saccade.policies import SoftGlimpseDuelingPolicy
from saccade.saliency import GazeCallback, SaliencyCallback, load_policy
from saccade.saliency.pictures.layout import GAP, HEIGHT

WIDTH = HEIGHT * 160 // 210  # pixels of an Atari screen
SMALL = {"n_envs": 2, "n_steps": 8, "batch_size": 8, "n_epochs": 1, "n_timesteps": 32}


def config(output: str = "run", **options) -> RunConfig:
    shipped = read_hyperparameters("soft-glimpse-pqn", env="Breakout")
    written = {**shipped, **SMALL, "policy_kwargs": {**shipped["policy_kwargs"], "hidden_width": 8, "values": 8, "queries": 2}}
    few = {"eval_games": 0, "wandb": "disabled", "progress": False, "eager": True, "saliency_every": 10**9, "seed": 3}
    return RunConfig("Breakout", "soft-glimpse-pqn", hyperparameters=written, output=Path(output), **few, **options)


@pytest.fixture(autouse=True)
def _few(monkeypatch, one_torch_thread):
    of_maps = {"probe_count": 1, "video_steps": 0, "trust": False}
    monkeypatch.setattr("saccade.experiments.learning.training_callbacks.SaliencyCallback", partial(SaliencyCallback, **of_maps))
    of_gazes = {"episodes": 1, "shown": 1}
    monkeypatch.setattr("saccade.experiments.learning.training_callbacks.GazeCallback", partial(GazeCallback, **of_gazes))


def test_eye_and_gaze_are_those_of_one_agent_and_the_attention_that_of_another():
    ours, eye, soft = (
        read_hyperparameters(agent, env="Enduro") for agent in ("soft-glimpse-pqn", "glimpse-pqn", "soft-attention-pqn")
    )
    own, of_eye, of_soft = (each.pop("policy_kwargs") for each in (ours, eye, soft))
    assert ours.pop("policy") == "saccade.policies.SoftGlimpseDuelingPolicy"
    eye.pop("policy")
    assert ours == eye
    read, seen = own.pop("features_extractor_kwargs"), of_eye["features_extractor_kwargs"]
    assert read.pop("padded") == of_soft.pop("features_extractor_kwargs")["padded"]
    assert own == of_soft
    assert read == {name: seen[name] for name in read}


def test_a_run_and_its_explanation_show_gaze_attention_and_saliency_in_one_row(tmp_path):
    run = train(config()).run
    policy = load_policy(RunFolder(run).latest_checkpoint())
    assert isinstance(policy, SoftGlimpseDuelingPolicy)
    assert policy.layer_norm  # without a target network PQN needs it
    assert (run / "gaze" / "step_0000000032_paths.png").exists()
    found = explain(run, states=1, games=1, steps=2, checks=False, video_steps=0)
    shown = ("value", "advantage", "advantage_gaze")
    assert {f"{head}/attention" for head in shown} <= {str(key) for key in found.maps}
    columns = 1 + 2 * len(shown)  # the frame with its gazes, the attention of each head, the first map of each head
    assert cv2.imread("explain-run/attentions.png").shape[1] == columns * WIDTH + (columns - 1) * GAP
    weights = found.maps[next(key for key in found.maps if str(key) == "advantage_gaze/attention")]
    assert np.allclose(weights.sum(axis=(1, 2, 3)), 1, atol=1e-4)


def test_a_control_of_the_gaze(tmp_path):
    folder = RunFolder(train(config(gaze="centre")).run)
    policy = load_policy(folder.latest_checkpoint())
    assert policy.forced_gaze
    kept = np.load(folder.path / "saliency" / "step_0000000032.npz").files
    assert {"value/attention", "advantage/attention"} <= set(kept)
    assert not [name for name in kept if "advantage_gaze" in name]


def test_small_images_have_no_settings():
    with pytest.raises(ConfigError, match=r"Catch"):
        RunConfig("Catch", "soft-glimpse-pqn", output=Path("run"))
