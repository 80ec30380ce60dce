"""Runs from before there was a validation split keep the digits that they were trained with, and say so."""

from pathlib import Path

import pytest
import yaml
from told import Told

from saccade.envs.tasks import cluttered_mnist
from saccade.experiments import RunConfig, evaluate, resume, train
from saccade.experiments.resuming.trained_split import with_trained_split
from saccade.experiments.run_folder import RunFolder

WARNING = "warning: its validation digits were trained on"


def content(env="ClutteredMNIST", versions=None, **env_kwargs) -> dict:
    return {"options": {"env": env}, "hyperparameters": {"n_envs": 4, "env_kwargs": env_kwargs}, "versions": versions}


@pytest.mark.parametrize(
    ("versions", "split"),
    [
        ({"saccade": "0.1.0"}, "train+validation"),  # as 0.1 called itself
        ({"saccade-rl": "0.1.3"}, "train+validation"),
        (None, "train+validation"),
        ({"saccade-rl": "0.2.0"}, "train"),
        ({"saccade-rl": "1.1.0"}, "train"),
    ],
)
def test_the_version_says_which_split_was_meant(versions, split):
    given = content(versions=versions, size=28)
    assert with_trained_split(given)["hyperparameters"] == {"n_envs": 4, "env_kwargs": {"size": 28, "split": split}}
    assert given == content(versions=versions, size=28)


def test_other_envs_and_runs_that_say_their_split_stay_as_they_are():
    for given in (content(env="Catch"), content(env="Breakout"), content(split="train"), content(split="train+validation")):
        assert with_trained_split(given) == given
    without = {"options": {"env": "ClutteredMNIST"}, "hyperparameters": {"n_envs": 4}}
    assert with_trained_split(without) == without


def older(tmp_path: Path) -> Path:
    """A run as saccade 0.1 left it: its config.yml knows no split."""
    given = {"dataset": "digits", "glimpses": 1, "size": 28, "distractors": 0}
    made = {"env_kwargs": {**given, "split": "train+validation"}, "n_envs": 8, "total_timesteps": 16, "eval_games": 0}
    train(RunConfig(env="ClutteredMNIST", **made, wandb="disabled", progress=False, output=tmp_path / "run"))
    file = tmp_path / "run" / "config.yml"
    content = yaml.safe_load(file.read_text())
    for place in ("options", "hyperparameters"):
        del content[place]["env_kwargs"]["split"]
    content["versions"] = {"saccade": "0.1.0"}
    file.write_text(yaml.safe_dump(content))
    return tmp_path / "run"


def test_an_older_run_goes_on_with_its_own_digits_and_is_evaluated_with_a_warning(tmp_path, monkeypatch):
    run, told, splits, load = older(tmp_path), Told(), [], cluttered_mnist.load_digits

    def watched(dataset, split, data):
        splits.append(split)
        return load(dataset, split, data)

    monkeypatch.setattr(cluttered_mnist, "load_digits", watched)
    resume(run, total_timesteps=32, progress=False, reporter=told)
    assert splits[0] == "train+validation"
    assert "train" not in splits
    assert sum(line.startswith(WARNING) for line in told.lines) == 1
    assert RunFolder(run).read_content()["hyperparameters"]["env_kwargs"]["split"] == "train+validation"  # said from now on
    told.lines.clear()
    evaluate(run, games=8, split="validation", video_steps=0, reporter=told)
    assert sum(line.startswith(WARNING) for line in told.lines) == 1


def test_a_new_run_says_its_split(tmp_path):
    config = RunConfig(env="TranslatedMNIST", env_kwargs={"dataset": "digits", "size": 28})
    assert config.fitted["env_kwargs"]["split"] == "train"
    assert "split" not in RunConfig(env="Catch").fitted["env_kwargs"]
