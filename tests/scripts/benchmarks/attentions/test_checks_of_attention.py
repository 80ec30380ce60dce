"""The randomisation check and the causal check of attention, on tiny policies and runs."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch as th
from gymnasium import spaces
from single_checks import randomised_once

from saccade.experiments import ConfigError, OutputError, RunConfig, read_hyperparameters, train
from saccade.policies import DuelingCnnPolicy, SoftAttentionDuelingPolicy
from saccade.saliency import METHODS, NoMapError, States, heads
from saccade.saliency.event_callback import EventCallback
from saccade.scripts.benchmarks.attentions import causal, randomised
from saccade.scripts.benchmarks.attentions.randomised import head_by_head

SPACE = spaces.Box(0, 255, (2, 52, 52), np.uint8)
STATES = States(np.random.default_rng(0).integers(0, 256, (4, *SPACE.shape), np.uint8), games=np.arange(4))


def test_rows_are_those_of_the_randomisation_check_draw_by_draw():
    th.manual_seed(0)
    policy = SoftAttentionDuelingPolicy(SPACE, spaces.Discrete(3), lambda _: 1e-3)
    rows = head_by_head(policy, STATES, ("attention", "jacobian"), draws=2, seed=5)
    assert [(row["head"], row["method"]) for row in rows] == [
        (head, method) for head in ("value", "advantage") for method in ("attention", "jacobian")
    ]
    # Weights of attention do not depend on the layer next to the head.
    assert all(row["random_head"] == [1.0, 1.0] for row in rows if row["method"] == "attention")
    for draw in (0, 1):
        first, last = randomised_once(heads(policy)["advantage"], STATES.observations, METHODS["jacobian"], seed=5 + draw)
        assert rows[-1]["random_head"][draw] == pytest.approx(np.abs(first.rank_correlation).mean(), abs=1e-4)
        assert rows[-1]["random_all"][draw] == pytest.approx(np.abs(last.rank_correlation).mean(), abs=1e-4)
    assert head_by_head(policy, STATES, (), draws=1, seed=0) == []
    assert [list(row) for row in rows] == [["head", "method", "random_head", "random_all"]] * 4


def test_a_policy_without_attention_is_refused():
    policy = DuelingCnnPolicy(SPACE, spaces.Discrete(3), lambda _: 1e-3)
    with pytest.raises(NoMapError, match="attention has no map of value and advantage"):
        head_by_head(policy, STATES, ("attention", "jacobian"), draws=1, seed=0)


@pytest.mark.parametrize(("benchmark", "words"), [(causal, ["--steps", "0"]), (randomised, ["--draws", "0"])])
def test_wrong_options_are_refused_before_anything_is_read(benchmark, words, tmp_path):
    for wrong, said in ((words, "must be at least 1"), (["--methods", "jacobain"], "no method 'jacobain'")):
        with pytest.raises(ConfigError, match=said):
            benchmark.main([str(tmp_path / "no run"), "--output", str(tmp_path / "out"), *wrong], "check")
    assert not (tmp_path / "out").exists()


def test_one_game_is_refused_since_it_would_be_its_own_other_game(tmp_path):
    with pytest.raises(ConfigError, match="games is 1; it must be at least 2"):
        causal.main([str(tmp_path / "no run"), "--games", "1"], "causal")


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    """A run of a few env steps."""
    few = {"n_envs": 2, "n_timesteps": 16, "n_steps": 4, "batch_size": 8, "n_epochs": 1}
    written = {**read_hyperparameters("soft-attention-pqn", env="Breakout"), **few}
    options = {"eval_games": 0, "wandb": "disabled", "progress": False, "eager": True, "saliency_budget": 1e-6}
    output = tmp_path_factory.mktemp("runs") / "Breakout"
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(EventCallback, "_event", lambda self, patient: None)  # pictures cost more than the training
        return train(RunConfig(env="Breakout", agent="soft-attention-pqn", hyperparameters=written, output=output, **options)).run


def test_a_causal_check_goes_on_where_it_stopped(run, tmp_path):
    words = [str(run), "--output", str(tmp_path), "--heads", "value", "--steps", "2", "--games", "2"]
    causal.main([*words, "--methods", "attention"], "causal")
    file = tmp_path / "Breakout.json"
    (first,) = json.loads(file.read_text())["rows"]
    assert (first["head"], first["method"]) == ("value", "attention")
    assert first["figures"]["steps"] == 2
    assert first["figures"]["changed_top_minus_centre_low"] is None  # two games have no interval
    causal.main([*words, "--methods", "attention", "jacobian"], "causal")
    rows = json.loads(file.read_text())["rows"]
    assert rows[0] == first
    assert [row["method"] for row in rows] == ["attention", "jacobian"]
    before = file.read_bytes()
    with pytest.raises(OutputError, match="was measured with steps 2, not 3"):
        causal.main([*words, "--steps", "3"], "causal")
    assert file.read_bytes() == before


def test_a_run_is_randomised_once(run, tmp_path):
    words = [str(run), "--output", str(tmp_path), "--states", "2", "--draws", "1", "--methods", "attention"]
    randomised.main(words, "randomised")
    file = tmp_path / "Breakout.json"
    found = json.loads(file.read_text())
    assert (found["run"], found["states"], found["draws"]) == ("Breakout", 2, 1)
    assert [row["random_head"] for row in found["rows"]] == [[1.0], [1.0]]
    before = file.read_bytes()
    randomised.main(words, "randomised")
    assert file.read_bytes() == before
