"""Errors of digits: split, standard error, and what is told."""

import json
from pathlib import Path

import numpy as np
import pytest

from saccade.envs.tasks import cluttered_mnist
from saccade.experiments import USER_ERRORS, Console, ErrorRate, RunConfig, evaluate, train
from saccade.experiments.scoring.error_rate import error_figures
from saccade.experiments.setup.gazes.gaze_envs import make_gaze_env


def short(**more) -> RunConfig:
    defaults = {
        "env": "ClutteredMNIST",
        "env_kwargs": {"dataset": "digits", "glimpses": 2, "size": 28, "distractor_size": 4},
        "n_envs": 16,
        "total_timesteps": 96,
        "eval_games": 20,
        "wandb": "disabled",
        "progress": False,
        "output": Path("run"),
    }
    return RunConfig(**{**defaults, **more})


@pytest.fixture
def loaded(monkeypatch) -> list[str]:
    """The splits that tasks have loaded since."""
    splits, load = [], cluttered_mnist.load_digits

    def watched(dataset, split, data):
        splits.append(split)
        return load(dataset, split, data)

    monkeypatch.setattr(cluttered_mnist, "load_digits", watched)
    return splits


def test_training_never_touches_the_test_digits(loaded, tmp_path, capsys):
    train(short(eval_every=32))
    assert set(loaded) == {"train", "validation"}
    loaded.clear()
    found = evaluate(tmp_path / "run", games=400, split="validation", video_steps=0, reporter=Console())
    assert "episodes:" in capsys.readouterr().err  # a bar
    assert set(loaded) == {"validation"}
    loaded.clear()
    tested = evaluate(tmp_path / "run", games=400, video_steps=0)
    assert set(loaded) == {"test"}
    assert (found.split, tested.split) == ("validation", "test")
    for scores in (found, tested):
        assert (scores.episodes, scores.digits) == (400, 359)
        assert scores.standard_error > 0
        assert f"359 {scores.split} digits" in scores.text()
        assert f"+- {scores.standard_error:.2f} %" in scores.text()
    kept = {file.name: json.loads(file.read_text()) for file in (tmp_path / "run" / "evaluation").glob("*.json")}
    assert sorted(kept) == ["step_0000000096-seed1000000-validation.json", "step_0000000096-seed1000000.json"]
    assert [kept[name]["split"] for name in sorted(kept)] == ["validation", "test"]
    assert kept["step_0000000096-seed1000000.json"]["standard_error"] == tested.standard_error


def test_all_digits_for_training_by_name(loaded, capsys):
    train(short(env_kwargs={"dataset": "digits", "glimpses": 2, "split": "train+validation"}), reporter=Console())
    assert set(loaded) == {"train+validation", "validation"}
    assert "warning: its validation digits were trained on" in capsys.readouterr().out


def test_distractors_are_of_the_splits_own_digits():
    """Digits of the test split are made white, those of the others black: then clutter shows where it is from."""
    for split, others in (("test", "validation"), ("validation", "test")):
        env = make_gaze_env("ClutteredMNIST", 8, 0, {"dataset": "digits"}, {}, evaluation=True, split=split)
        canvas = env.get_attr("game")[0].canvas
        other = make_gaze_env("ClutteredMNIST", 8, 0, {"dataset": "digits"}, {}, evaluation=True, split=others)
        mine, theirs = (
            {image.numpy().tobytes() for image in each} for each in (canvas.images, other.get_attr("game")[0].canvas.images)
        )
        assert not mine & theirs
        canvas.images = canvas.images.new_full(canvas.images.shape, 100)
        drawn = env.reset()["image"]
        assert set(np.unique(drawn)) <= {0, 100, 200, 255}  # nothing but copies of its own digits, one on the other
        assert 200 in drawn


def test_equal_canvases_of_a_digit_count_once(tmp_path):
    """28x28 without clutter: the five canvases of a digit are one picture, and a gaze at the centre does the same on each."""
    train(short(env="TranslatedMNIST", env_kwargs={"dataset": "digits", "glimpses": 1, "size": 28}, gaze="centre", eval_games=0))
    found = evaluate(tmp_path / "run", video_steps=0)
    share = found.error_percent / 100
    assert found.error_percent * 359 / 100 == pytest.approx(round(found.error_percent * 359 / 100), abs=1e-6)
    assert found.standard_error == pytest.approx(100 * (share * (1 - share) / 359) ** 0.5)


def test_figures_by_hand():
    rewards, items = np.array([1.0, 0.0, 0.0, 1.0]), np.array([0, 0, 0, 1])
    # wrong: 0 1 1 0, mean 0.5; excess of the digits 0.5 and -0.5
    assert error_figures(rewards, items) == {
        "error_percent": 50.0,
        "standard_error": pytest.approx(100 * 0.5**0.5 / 4),
        "digits": 2,
    }
    assert error_figures(rewards, None) == {"error_percent": 50.0, "standard_error": pytest.approx(25.0), "digits": None}
    assert error_figures(np.ones(3), np.array([4, 4, 4])) == {"error_percent": 0.0, "standard_error": None, "digits": 1}


def test_a_task_without_digits_has_no_split(tmp_path):
    train(short(env="Catch", env_kwargs={}, eval_games=0))
    found = evaluate(tmp_path / "run", games=30, video_steps=0)
    assert isinstance(found, ErrorRate)
    assert (found.split, found.digits) == (None, None)
    share = found.error_percent / 100
    assert found.standard_error == pytest.approx(100 * (share * (1 - share) / 30) ** 0.5)
    with pytest.raises(USER_ERRORS, match="split is for digits and words; Catch has no splits"):
        evaluate(tmp_path / "run", split="validation")
    with pytest.raises(USER_ERRORS, match="'test' or 'validation'"):
        evaluate(tmp_path / "run", split="train")


@pytest.mark.parametrize("digits", [2, 3])
def test_canvases_of_several_digits_have_no_clusters(digits):
    env = make_gaze_env(
        "ClutteredMNIST", 4, 0, {"dataset": "digits", "size": 90, "digits": digits, "glimpses": 1}, {}, evaluation=True
    )
    env.reset()
    *_, infos = env.step(env.action_space.sample()[None].repeat(4, 0))
    assert not any("item" in info for info in infos)
