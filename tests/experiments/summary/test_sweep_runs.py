"""A sweep's folder stands for its runs, and those that are not complete are named."""

import json
import zipfile
from pathlib import Path

import pytest
import yaml
from told import Told

from saccade.experiments import USER_ERRORS, RunFolderError, plot
from saccade.experiments.summary.sweep_runs import with_sweeps
from saccade.experiments.sweeping.cells import Cell
from saccade.experiments.sweeping.run_of_cell import RunOfCell
from saccade.experiments.sweeping.sweep_folder import Plan, SweepFolder

ROWS = "time/total_timesteps,time/time_elapsed,eval/score_mean,eval/score_std\n"


def sweep_of(path: Path, names: list[str]) -> SweepFolder:
    """A sweep whose runs are named ``<env>-<agent>-<seed>``."""
    folder = SweepFolder(path)
    cells = [Cell(name, {"env": name.split("-")[0], "agent": "-".join(name.split("-")[1:-1])}) for name in names]
    folder.make(Plan({}, cells, "group"))
    return folder


def begun(folder: SweepFolder, name: str, scores: list[float], total: int = 20, learning_rate: float = 1e-3) -> Path:
    """A run with scores at 10, 20 and so on; it is complete if the last one is at its end."""
    run = folder.path / name
    env, *agent, seed = name.split("-")
    (run / "checkpoints").mkdir(parents=True)
    config = {
        "options": {"env": env, "agent": "-".join(agent), "seed": int(seed)},
        "wandb_id": "x",
        "hyperparameters": {"n_timesteps": total, "n_envs": 2, "learning_rate": learning_rate},
    }
    (run / "config.yml").write_text(yaml.safe_dump(config))
    rows = [f"{10 * (k + 1)},1,{score},1\n" for k, score in enumerate(scores)]
    (run / "progress.csv").write_text(ROWS + "".join(rows))
    with zipfile.ZipFile(run / "checkpoints" / f"step_{10 * len(scores):010d}.zip", "w") as archive:
        archive.writestr("data", json.dumps({}))
        archive.writestr("policy.pth", b"")
    return run


def test_runs_in_the_order_of_the_plan(tmp_path):
    folder = sweep_of(tmp_path / "sweep", ["Pong-pqn-1", "Pong-pqn-0"])
    runs = [begun(folder, name, [1, 2]) for name in ("Pong-pqn-1", "Pong-pqn-0")]
    other = tmp_path / "other"
    found = with_sweeps([tmp_path / "sweep", other])
    assert found.paths == (*runs, other)
    assert found.told == ()


def test_runs_that_are_not_complete_are_named_and_do_not_cut_the_others_short(tmp_path):
    folder = sweep_of(tmp_path / "sweep", ["Pong-pqn-0", "Pong-pqn-1", "Pong-pqn-2", "Pong-dqn-0", "Pong-dqn-1"])
    done, young = begun(folder, "Pong-pqn-0", [1, 2]), begun(folder, "Pong-dqn-0", [5])
    begun(folder, "Pong-pqn-1", [9])
    (folder.logs / "Pong-pqn-1.log").write_text("$ saccade train\nerror: the disk is full\n")
    (folder.logs / "Pong-dqn-1.log").write_text("$ saccade train\nTraceback (most recent call last):\n  x\nKeyError: 'y'\n")
    found = with_sweeps([folder.path])
    assert found.paths == (done, young)
    assert found.told == (
        f"{folder.path}/Pong-pqn-1 is not finished, at 10 of 20 env steps (error: the disk is full); it is left out",
        f"{folder.path}/Pong-pqn-2 has not begun; it is left out",
        f"{folder.path}/Pong-dqn-0 is not finished, at 10 of 20 env steps; its scores so far count",
        f"{folder.path}/Pong-dqn-1 has failed (KeyError: 'y'); it is left out",
    )


def test_names_that_were_cut_and_numbered_are_seeds_of_their_options(tmp_path):
    """Two values of a grid whose names would be too long: the second one has a number behind the seed."""
    folder = SweepFolder(tmp_path / "sweep")
    names = {"Pong-pqn-0": (1, 0), "Pong-pqn-0-2": (2, 0), "Pong-pqn-1": (1, 1), "Pong-pqn-1-2": (2, 1)}
    options = {"env": "Pong", "agent": "pqn"}
    cells = [Cell(name, {**options, "seed": seed, "set": {"width": width}}) for name, (width, seed) in names.items()]
    folder.make(Plan({}, cells, "group"))
    kept = [begun(folder, name, scores) for name, scores in (("Pong-pqn-0-2", [1, 2]), ("Pong-pqn-1", [3]))]
    begun(folder, "Pong-pqn-1-2", [4])
    assert with_sweeps([folder.path]).paths == tuple(kept)


def test_a_sweep_that_may_only_be_read_is_shown(tmp_path, monkeypatch):
    def refused(run):
        raise PermissionError("read-only")

    monkeypatch.setattr(RunOfCell, "is_occupied", refused)
    folder = sweep_of(tmp_path / "sweep", ["Pong-pqn-0"])
    run = begun(folder, "Pong-pqn-0", [1])
    assert with_sweeps([folder.path]).told == (f"{run} is not finished, at 10 of 20 env steps; its scores so far count",)


def test_a_sweep_without_runs_and_a_damaged_plan_are_a_line(tmp_path):
    folder = sweep_of(tmp_path / "sweep", ["Pong-pqn-0"])
    with pytest.raises(RunFolderError, match=r"without a run that could be shown: .*Pong-pqn-0 has not begun"):
        plot(folder.path, output=tmp_path / "s.png")
    for damaged in ("{", "[" * 100_000):
        (folder.path / "sweep.json").write_text(damaged)
        with pytest.raises(USER_ERRORS, match=r"sweep\.json cannot be read"):
            plot(folder.path, output=tmp_path / "s.png")
    assert not list(tmp_path.glob("s.*"))


def test_a_sweep_of_two_games_and_two_agents_is_drawn(tmp_path, monkeypatch):
    monkeypatch.setattr("saccade.experiments.scoring.over_seeds.REPETITIONS", 400)
    names = [f"{env}-{agent}-{seed}" for env in ("Pong", "Enduro") for agent in ("pqn", "dueling-dqn") for seed in range(3)]
    folder = sweep_of(tmp_path / "sweep", names)
    for place, name in enumerate(names):
        if name != "Enduro-dueling-dqn-2":
            begun(folder, name, [place, place + 1.5])
    told = Told()
    plot(folder.path, output=tmp_path / "s.png", reporter=told)
    text = (tmp_path / "s.md").read_text()
    assert "| Pong | pqn | 20 | 3 | 2.5 +- 0.58 | 2.5; no interval: 3 seeds, 5 are needed | 65.7 |" in text
    assert "Enduro-dueling-dqn-2 has not begun; it is left out" in text
    assert "| pqn | 3 | " in text.partition("## Over games")[2]
    assert "| 2 games | pqn | dueling-dqn | 0.00; no interval: 2 seeds, 5 are needed |" in text
    assert "| Enduro | pqn | dueling-dqn | 0.00; no interval: 2 seeds, 5 are needed |" in text
    assert any("Enduro-dueling-dqn-2 has not begun" in line for line in told.lines)
    plot(folder.path, output=tmp_path / "s.png", intervals_from=2, force=True)
    text = (tmp_path / "s.md").read_text()
    assert "| Pong | pqn | 20 | 3 | 2.5 +- 0.58 | 2.5 (1.5 to 3.5) | 65.7 |" in text
    assert "from 2 runs on (of fewer than 5 it is far too narrow)" in text


def test_values_of_a_grid_are_arms(tmp_path):
    names = [f"Pong-pqn-{seed}" for seed in range(4)]
    folder = sweep_of(tmp_path / "sweep", names)
    for seed, name in enumerate(names):
        begun(folder, name, [1, seed], learning_rate=(1e-3, 1e-4)[seed // 2])
    plot(folder.path, output=tmp_path / "s.svg")
    text = (tmp_path / "s.md").read_text()
    assert "| Pong | pqn (learning_rate 0.001) | 20 | 2 | 0.5 +- 0.5 |" in text
    assert "| Pong | pqn (learning_rate 0.001) | pqn (learning_rate 0.0001) | 0.00; " in text


def test_one_seed_and_one_game_are_said(tmp_path):
    folder = sweep_of(tmp_path / "sweep", ["Pong-pqn-0"])
    begun(folder, "Pong-pqn-0", [1, 2])
    plot(folder.path, output=tmp_path / "s.png")
    text = (tmp_path / "s.md").read_text()
    assert "| Pong | pqn | 20 | 1 | 2 (one seed) | 2; no interval: one seed |" in text
    assert "Nothing is said over games: one game." in text
    with pytest.raises(USER_ERRORS, match="intervals_from is 1; it must be 2 or more"):
        plot(folder.path, output=tmp_path / "t.png", intervals_from=1)
    with pytest.raises(USER_ERRORS, match="exists already"):
        plot(folder.path, output=tmp_path / "s.png")
    (tmp_path / "s.md").write_text("mine")
    with pytest.raises(USER_ERRORS, match="is not what this command writes"):
        plot(folder.path, output=tmp_path / "s.png", force=True)
