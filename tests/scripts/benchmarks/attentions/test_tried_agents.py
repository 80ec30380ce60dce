"""Training returns of what was tried, by hand."""

import csv
from pathlib import Path

import pytest
import yaml

from saccade.experiments import OutputError
from saccade.scripts.benchmarks.attentions.tried_agents import COLUMNS, add, mean_returns


def row(env_steps: int | str, value: float | str) -> dict[str, str]:
    return {"time/total_timesteps": str(env_steps), "rollout/ep_rew_mean": str(value)}


def test_means_by_hand():
    rows = [row(40, 1.0), row(100, 3.0), row("", ""), row(120, 8.0), row(205, 5.0), row("", 9.0)]
    assert mean_returns(rows, 100) == {100: 2.0, 200: 8.0}  # the third stretch is not whole
    assert mean_returns([], 100) == {}
    assert mean_returns([row(95, 4.0)], 100) == {100: 4.0}  # whole but for less than a tenth


def trained(run: Path, gaze: str | None, agent: str = "glimpse-pqn") -> None:
    """A run folder, as far as it is read."""
    run.mkdir()
    options = {"env": "Breakout", "agent": agent, "gaze": gaze, "seed": 3, "total_timesteps": 1000}
    (run / "config.yml").write_text(
        yaml.safe_dump({"options": options, "hyperparameters": {"n_timesteps": 1000, "n_envs": 1}, "wandb_id": "a"})
    )
    (run / "progress.csv").write_text("time/total_timesteps,rollout/ep_rew_mean\n50,1.5\n100,2.5\n200,4\n")
    (run / "checkpoints").mkdir()


@pytest.mark.parametrize(
    ("gaze", "said"), [("random", "random"), ("at:-0.4,0.4", "at:-0.4,0.4"), ("taught:/home/me/model.zip", "taught")]
)
def test_a_gaze_is_named_without_the_place_of_another_agent(tmp_path, monkeypatch, gaze, said):
    monkeypatch.setattr("saccade.scripts.benchmarks.attentions.tried_agents.STRETCH", 100)
    trained(tmp_path / "run", gaze)
    add(tmp_path / "run", "first", tmp_path / "tried.csv")
    with (tmp_path / "tried.csv").open(newline="") as file:
        assert {line["gaze"] for line in csv.DictReader(file)} == {said}


@pytest.mark.parametrize(
    ("agent", "said"), [("glimpse-pqn", "learned"), ("soft-glimpse-pqn", "learned"), ("soft-attention-pqn", "full view")]
)
def test_agents_without_an_eye_have_a_full_view(tmp_path, monkeypatch, agent, said):
    monkeypatch.setattr("saccade.scripts.benchmarks.attentions.tried_agents.STRETCH", 100)
    trained(tmp_path / "run", None, agent)
    assert {line.split(",")[2] for line in add(tmp_path / "run", "first", tmp_path / "tried.csv").splitlines()} == {said}


def test_lines_are_added_and_none_is_changed(tmp_path, monkeypatch):
    monkeypatch.setattr("saccade.scripts.benchmarks.attentions.tried_agents.STRETCH", 100)
    run, log = tmp_path / "run", tmp_path / "new" / "tried.csv"
    trained(run, None)
    add(run, "first", log)
    kept = log.read_text()
    with pytest.raises(OutputError, match="has lines of this run and note already"):
        add(run, "first", log)
    assert log.read_text() == kept
    add(run, "second", log)
    assert log.read_text().startswith(kept)
    with log.open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert tuple(lines[0]) == COLUMNS
    assert [(line["env_steps"], line["training_return"], line["note"]) for line in lines] == [
        ("100", "2.00", "first"),
        ("200", "4.00", "first"),
        ("100", "2.00", "second"),
        ("200", "4.00", "second"),
    ]
    assert (lines[0]["gaze"], lines[0]["planned_env_steps"]) == ("learned", "1000")
