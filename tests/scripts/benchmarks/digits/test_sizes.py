"""The script that measures one agent on many sizes: which rows, that they are kept, and that it goes on."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from saccade import experiments
from saccade.experiments import USER_ERRORS, ErrorRate, RunConfig, train
from saccade.scripts.benchmarks.digits import sizes
from saccade.scripts.benchmarks.digits.sizes import Options, measure, wanted

RETINA = {"features_extractor_kwargs": {"size": 6, "scales": 2, "features_dim": 16, "what_dim": 16}, "lstm_hidden_size": 16}


def test_what_is_wanted():
    few = {"sizes": (60, 100), "cnn_sizes": (60,)}
    assert wanted(Options(Path("run"), **few)) == [("learned", 60), ("random", 60), ("learned", 100), ("random", 100), ("cnn", 60)]
    more = wanted(Options(Path("run"), control=Path("other"), **few))
    assert more[4:6] == [("trained-random", 60), ("trained-random", 100)]


def test_rows_are_kept_and_it_goes_on(tmp_path, monkeypatch, capsys):
    asked = []

    def evaluated(run, env_kwargs, gaze, **others):
        asked.append((run.name, env_kwargs["size"], gaze, others["split"], others["games"]))
        if len(asked) == 3:
            raise KeyboardInterrupt
        figures = {"error_percent": 10.0 + len(asked), "standard_error": 1.0, "digits": 20, "multiply_adds": 5}
        about = {"env": "ClutteredMNIST", "checkpoint": Path("step_1.zip"), "env_steps": 1, "seed": 0, "gaze": gaze}
        return ErrorRate(**about, episodes=20, split="validation", **figures)

    monkeypatch.setattr(experiments, "evaluate", evaluated)
    monkeypatch.setattr(sizes, "cnn_row", lambda size, options: {"error_percent": 3.0, "standard_error": 0.5})
    options = Options(Path("run"), sizes=(60, 100), cnn_sizes=(60,), games=20, output=tmp_path / "there" / "sizes.json")
    with pytest.raises(KeyboardInterrupt):
        measure(options)
    measure(options)
    assert asked[2:] == [
        ("run", 100, None, "validation", 20),
        ("run", 100, None, "validation", 20),
        ("run", 100, "random", "validation", 20),
    ]
    rows = json.loads(options.output.read_text())["rows"]
    assert [(row["who"], row["size"]) for row in rows] == wanted(options)
    assert rows[0]["checkpoint"] == "step_1.zip"
    capsys.readouterr()
    measure(options)  # all is done
    assert capsys.readouterr().out.splitlines()[0] == "done  learned at 60 pixels: 11.00 % wrong"
    assert len(asked) == 5
    with pytest.raises(USER_ERRORS, match=r"was measured with .* choose another output"):
        measure(Options(Path("other"), output=options.output))


def test_rows_of_two_checkpoints_of_a_run_are_no_table(tmp_path, monkeypatch):
    """The run has gone on between the two calls."""
    checkpoints = iter(("step_1.zip", "step_1.zip", "step_2.zip"))

    def row(who, size, options):
        return {"error_percent": 10.0, "standard_error": 1.0, "checkpoint": next(checkpoints)}

    monkeypatch.setattr(sizes, "agent_row", row)
    options = Options(Path("run"), sizes=(60,), cnn_sizes=(), output=tmp_path / "sizes.json")
    measure(options)
    before = options.output.read_text()
    with pytest.raises(USER_ERRORS, match=r"run is measured at step_1\.zip in .*, and its checkpoint is step_2\.zip now"):
        measure(replace(options, sizes=(60, 100)))
    assert options.output.read_text() == before


def test_a_cnn_gets_the_canvases_of_the_run(tmp_path, monkeypatch):
    given = {}

    def trained(env, **arguments):
        given.update(arguments, env=env)
        rates = [{"error_percent": error, "standard_error": 0.5, "images": 10, "converged": True} for error in (5.0, 4.0)]
        figures = {"error_percent": 6.0, "standard_error": 0.7, "learning_rate": 1e-3, "parameters": 1, "multiply_adds": 2}
        return SimpleNamespace(validation=rates, seconds=3.0, **figures)

    run = tmp_path / "run"
    train(
        RunConfig(
            env="ClutteredMNIST", env_kwargs={"dataset": "digits", "size": 48, "smallest": 40, "glimpses": 2, "distractors": 1},
            total_timesteps=16, n_envs=8, eval_games=0, wandb="disabled", progress=False, output=run,
            set={"gaze_kwargs": {"relative": True, "pixels": 9}, "policy_kwargs": RETINA},
        )
    )  # fmt: skip
    monkeypatch.setattr(experiments, "train_on_whole_images", trained)
    row = sizes.cnn_row(64, Options(run))
    assert given["env_kwargs"] == {"dataset": "digits", "size": 64, "distractors": 1, "split": "train"}
    assert (row["error_percent"], row["multiply_adds"], row["converged"]) == (4.0, 2, True)
    assert sizes.cnn_row(64, Options(run, split="test"))["error_percent"] == 6.0
    found = sizes.agent_row("random", 64, Options(run, games=8))
    assert (found["episodes"], found["env_steps"]) == (8, 16)
