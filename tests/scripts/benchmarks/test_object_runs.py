"""From a run folder to its file and the tables."""

import json
import shutil
from pathlib import Path

import pytest

from saccade.experiments import ConfigError, RunConfig, train
from saccade.saliency import load_policy
from saccade.scripts.benchmarks.objects import runs
from saccade.scripts.benchmarks.objects.runs import Options, measure
from saccade.scripts.tables.saliency_maps.objects import claim_table, game_table, how, runs_table

FEW = {"games": 5, "steps": 30, "every": 10, "states": 10, "draws": 1, "methods": ("jacobian",), "epsilon": 0.3}


def trained(folder: Path, env: str, agent: str = "pqn") -> Path:
    few = {"n_steps": 8, "batch_size": 16}
    config = RunConfig(env, agent, total_timesteps=16, n_envs=2, set=few, seed=5, output=folder, wandb="disabled", eager=True)
    return train(config).run


@pytest.mark.slow
@pytest.mark.usefixtures("elsewhere", "small_events")
def test_a_run_gets_a_file_and_tables(tmp_path):
    run = trained(tmp_path / "enduro-5", "Enduro")
    measure(Options((run,), output=tmp_path / "results" / "objects", **FEW))
    found = json.loads((tmp_path / "results" / "objects" / "enduro-5.json").read_text())
    assert (found["game"], found["seed"], found["games"]) == ("enduro", 5, 5)
    assert found["states"] + found["copies"] == 15
    assert {row["kind"] for row in found["rows"]} >= {"all"}
    for made in (runs_table, claim_table):
        assert len(made(tmp_path / "results")) >= 1
    lines = game_table("enduro", tmp_path / "results")
    things = [line.split(" | ")[1] for line in lines[2:]]  # other cars come into view in some plays
    assert [one for one in things if one != "other cars"] == [
        "own car", "road", "road edges", "verges", "sky", "mountains", "panel",
    ]  # fmt: skip
    assert "5 games at once, 30 env steps each" in how(tmp_path / "results")
    before = (tmp_path / "results" / "objects" / "enduro-5.json").stat().st_mtime_ns
    measure(Options((run,), output=tmp_path / "results" / "objects", **FEW))
    assert (tmp_path / "results" / "objects" / "enduro-5.json").stat().st_mtime_ns == before


@pytest.mark.slow
@pytest.mark.usefixtures("elsewhere", "small_events")
def test_a_game_without_a_finder_is_refused(tmp_path):
    run = trained(tmp_path / "boxing", "Boxing")
    with pytest.raises(ConfigError, match="plays Boxing; things can be found in breakout, enduro, freeway, pong only"):
        measure(Options((run,), output=tmp_path / "out", **FEW))
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
@pytest.mark.usefixtures("elsewhere", "small_events")
def test_the_best_checkpoint_is_asked_on_request(tmp_path, monkeypatch):
    """A second checkpoint, with a better score than the newest one."""
    run, asked = trained(tmp_path / "pong-5", "Pong"), []
    (newest,) = (run / "checkpoints").glob("*.zip")
    shutil.copy(newest, run / "checkpoints" / "step_0000000008.zip")
    (run / "checkpoints" / "scores.json").write_text(json.dumps({"step_0000000008": 3.0, newest.stem: -21.0}))
    monkeypatch.setattr(runs, "load_policy", lambda path, device: asked.append(path.stem) or load_policy(path, device))
    for which in ("best", "newest"):
        measure(Options((run,), output=tmp_path / which, checkpoint=which, **FEW))
        found = json.loads((tmp_path / which / "pong-5.json").read_text())
        assert found["checkpoint"] == which
        assert "checkpoint" not in found["settings"]  # runs with the same settings share a table
    assert asked == ["step_0000000008", newest.stem]
