"""What an evaluation keeps is checked before it plays, told before it is written, and never mixed with another model's."""

import json
from pathlib import Path

import pytest
from stable_baselines3 import A2C
from told import Told

from saccade.experiments import OutputError, RunConfig, evaluate
from saccade.experiments.run_folder import RunFolder
from saccade.experiments.run_record import RunRecord
from saccade.experiments.scoring.score_table import read_games
from saccade.experiments.setup.models import build_model
from saccade.experiments.setup.run_envs import run_env
from saccade.experiments.zoo.evaluated_model import identity

PLAYED = "saccade.experiments.scoring.game_kinds.play_games"


@pytest.fixture
def run(tmp_path) -> Path:
    """A run of Quadrant that has learned nothing, whose scores are those of games."""
    config = RunConfig(env="Quadrant", agent="pqn", n_envs=2, total_timesteps=16, device="cpu", eager=True)
    folder, record = RunFolder(tmp_path / "run"), RunRecord.new(config)
    folder.make(record)
    env = run_env(config.env, config.spec, record.hyperparameters, 2, 0)
    model = build_model(config.spec, record.hyperparameters, env, 0, "cpu", eager=True)
    model.save(folder.checkpoints / "step_0000000016.zip")
    return folder.path


def test_scores_of_a_run_are_told_first_and_a_table_that_is_none_is_found_before_any_game(run, monkeypatch):
    told, table = Told(), run / "scores.csv"
    table.write_text("my own table\n")
    with monkeypatch.context() as patched:
        patched.setattr(PLAYED, lambda *_: pytest.fail("it played"))
        with pytest.raises(OutputError, match=r"scores\.csv is not a table of games; move it"):
            evaluate(run, games=2, epsilon=0, video_steps=0, reporter=told)
    assert table.read_text() == "my own table\n"
    assert not (run / "evaluation").exists()
    table.unlink()

    def full(*_: object) -> None:
        raise OSError("No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("saccade.experiments.scoring.score_table.add_games", full)
        with pytest.raises(
            OutputError, match=r"scores\.csv cannot be written: No space left on device; the scores are kept in .*json"
        ):
            evaluate(run, games=2, epsilon=0, video_steps=0, reporter=told)
    with monkeypatch.context() as patched:
        patched.setattr("saccade.experiments.scoring.score_table.write_text", full)
        with pytest.raises(OutputError, match=r"evaluation/step_\d+-seed5\.json cannot be written: No space left"):
            evaluate(run, games=2, epsilon=0, video_steps=0, seed=5, reporter=told)
    assert sum("raw scores of whole games" in line for line in told.lines) == 2
    evaluate(run, games=2, epsilon=0, video_steps=0, force=True)
    assert len(read_games(table)) == 2


def test_games_of_another_model_are_not_kept_with_this_ones(tmp_path):
    """Two models of one file name, evaluated into one folder with force."""
    told, file, folder = Told(), tmp_path / "model.zip", tmp_path / "scores"
    played = {"games": 2, "epsilon": 0, "video_steps": 0, "env": "CartPole-v1", "output": folder, "force": True, "reporter": told}

    def trained(seed: int) -> None:
        A2C("MlpPolicy", "CartPole-v1", seed=seed, device="cpu", policy_kwargs={"net_arch": [2]}).save(file)

    trained(0)
    evaluate(file, **played)
    evaluate(file, **played, seed=7)
    assert [row["seed"] for row in read_games(folder / "scores.csv")] == ["1000000", "1000000", "7", "7"]
    assert not any("another model" in line for line in told.lines)
    trained(1)
    evaluate(file, **played)
    assert [row["seed"] for row in read_games(folder / "scores.csv")] == ["1000000", "1000000"]
    assert sum("are of another model or env, so they are replaced" in line for line in told.lines) == 1
    (folder / "scores.csv").write_text("my own table\n")
    with pytest.raises(OutputError, match=r"scores\.csv is not a table of games"):
        evaluate(file, **played)


def test_what_tells_models_apart(tmp_path):
    first, second = tmp_path / "a", tmp_path / "b"
    first.write_bytes(b"1")
    second.write_bytes(b"2")
    found = identity(first, "Pong", {"b": 1, "a": Path("x")}, None)
    assert found == json.loads(json.dumps(found)) == identity(first, "Pong", {"a": Path("x"), "b": 1}, None)
    others = [
        (second, "Pong", {}, None),
        (first, "Breakout", {}, None),
        (first, "Pong", {"a": 1}, None),
        (first, "Pong", {}, second),
    ]
    different = {json.dumps(identity(*other)) for other in [(first, "Pong", {}, None), *others]}
    assert len(different) == 5
