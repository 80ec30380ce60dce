"""Runs of the agent ``soft-attention-pqn``: trained, evaluated, explained, plotted and compared."""

from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest

from saccade.experiments import RunConfig, compare, evaluate, explain, plot, read_hyperparameters, train
from saccade.experiments.own_output import is_explanation
from saccade.experiments.run_folder import RunFolder
from saccade.policies import SoftAttentionDuelingPolicy
from saccade.saliency import SaliencyCallback, load_policy
from saccade.saliency.pictures.layout import GAP, HEIGHT

WIDTH = HEIGHT * 160 // 210  # pixels of an Atari screen

SMALL = {"n_envs": 2, "n_steps": 8, "batch_size": 8, "n_epochs": 1, "policy_kwargs": {"hidden_width": 8, "values": 8, "queries": 2}}


def config(output: str = "run", **options) -> RunConfig:
    written = {**read_hyperparameters("soft-attention-pqn", env="Breakout"), **SMALL, "n_timesteps": 32}
    few = {"eval_games": 0, "wandb": "disabled", "progress": False, "eager": True, "saliency_every": 10**9, "seed": 3}
    return RunConfig("Breakout", "soft-attention-pqn", hyperparameters=written, output=Path(output), **few, **options)


@pytest.fixture(autouse=True)
def _few(monkeypatch, one_torch_thread):
    small = partial(SaliencyCallback, probe_count=1, video_steps=0, trust=False)
    monkeypatch.setattr("saccade.experiments.learning.training_callbacks.SaliencyCallback", small)


def test_it_is_pqn_but_for_the_policy():
    ours, plain = (read_hyperparameters(agent, env="Enduro") for agent in ("soft-attention-pqn", "pqn"))
    assert ours.pop("policy") == "saccade.policies.SoftAttentionDuelingPolicy"
    assert ours.pop("policy_kwargs")["masked"]
    plain.pop("policy")
    assert ours == plain


def test_a_run_and_its_explanation_show_the_attention(tmp_path):
    run = train(config()).run
    drawn = {f"{head}/{method}" for head in ("value", "advantage") for method in ("jacobian_x_contrast", "attention")}
    assert drawn | {"value", "advantage"} <= set(np.load(run / "saliency" / "step_0000000032.npz").files)
    policy = load_policy(RunFolder(run).latest_checkpoint())
    assert isinstance(policy, SoftAttentionDuelingPolicy)
    assert policy.layer_norm  # without a target network PQN needs it
    found = explain(run, states=1, games=1, steps=2, checks=False, video_steps=0)
    assert {str(key) for key in found.maps} == drawn | {"value", "advantage"}
    attentions = cv2.imread("explain-run/attentions.png")
    assert attentions.shape[1] == 5 * WIDTH + 4 * GAP  # the frame, attention of V and A, first map of V and A
    assert is_explanation(Path("explain-run"))  # so that force replaces it


@pytest.mark.slow
def test_evaluated_plotted_and_compared(tmp_path):
    run = train(config()).run
    scores = evaluate(run, games=1, video_steps=2, sticky_actions=0)
    assert np.isfinite(scores.scores).all()
    assert list((run / "evaluation").glob("*.mp4"))
    assert "attention" in compare((run,)).read_text()
    fields = "time/total_timesteps,time/time_elapsed,eval/score_mean,eval/score_std"
    (run / "progress-2.csv").write_text(f"{fields}\n32,1,5,2\n")  # as after whole games, which take long
    plot((run,), output=tmp_path / "scores.png")
    assert "soft-attention-pqn" in (tmp_path / "scores.csv").read_text()
