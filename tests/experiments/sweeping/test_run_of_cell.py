"""What the folder of a run says of it, with a training of a few env steps."""

import os
import shutil
from pathlib import Path

import pytest
from filelock import FileLock
from small_eye import RETINA

from saccade.experiments import RunConfig, RunFolderError, read_hyperparameters, train
from saccade.experiments.endings.log_end import why_failed
from saccade.experiments.resuming.progress_csv import write_rows
from saccade.experiments.sweeping.cells import Cell
from saccade.experiments.sweeping.run_of_cell import Progress, RunOfCell
from saccade.experiments.sweeping.sweep_folder import SweepFolder

OPTIONS = {"env": "Catch", "agent": "glimpse-reinforce", "seed": 0, "total_timesteps": 92}


def run_of(cell: Cell, folder: str = "sweep") -> RunOfCell:
    return RunOfCell(cell, SweepFolder(Path(folder)), "the group", 2)


@pytest.fixture
def trained(no_events) -> RunOfCell:
    """A run that is done, with a final score."""
    policy = {"features_extractor_kwargs": RETINA, "lstm_hidden_size": 16}
    written = {**read_hyperparameters("glimpse-reinforce", env="saccade/Catch-v0"), "policy_kwargs": policy, "n_envs": 2}
    options = {**OPTIONS, "n_envs": 2, "eval_games": 4, "wandb": "disabled", "eager": True}
    train(RunConfig(**options, hyperparameters=written, output="sweep/a"))
    return run_of(Cell("a", options))


def test_a_run_is_complete_with_its_env_steps_and_its_final_score(trained):
    assert trained.is_begun
    assert trained.is_complete()
    assert not trained.is_occupied()
    progress = trained.progress()
    assert (progress.env_steps, progress.total) == (92, 92)
    assert progress.score is not None

    log = Path("sweep/a/progress.csv")
    kept = log.read_text()
    Path("sweep/a/progress-old.csv").write_text("a user's own copy")
    Path("sweep/a/checkpoints/step_best.zip").write_bytes(b"a user's own copy")
    assert trained.is_complete()
    write_rows(log, ["time/total_timesteps", "eval/score_mean"], [{"time/total_timesteps": "inf", "eval/score_mean": "nan"}])
    assert (trained.progress().env_steps, trained.progress().score) == (0, None)
    write_rows(log, ["time/total_timesteps"], [{"time/total_timesteps": 92}])
    assert not trained.is_complete()  # its last games were stopped
    log.write_text(kept)
    config = Path("sweep/a/config.yml")
    text = config.read_text()
    config.write_text(text.replace("n_timesteps: 92", "n_timesteps: 200"))
    assert not trained.is_complete()
    config.write_text(text)
    (checkpoint,) = Path("sweep/a/checkpoints").glob("step_0*.zip")
    checkpoint.write_bytes(checkpoint.read_bytes()[:100])
    assert not trained.is_complete()  # what cannot be loaded is not done
    config.write_text("[")
    with pytest.raises(RunFolderError, match="cannot be read"):
        trained.is_complete()


def test_what_has_a_checkpoint_goes_on_and_what_has_none_begins(trained):
    words = trained.task(0).words
    assert words[-3:] == ("--no-progress", "--resume", "sweep/a")
    shutil.rmtree("sweep/a/checkpoints")
    assert not trained.is_complete()
    assert trained.task(0).words[-3:] == ("--no-progress", "--output", "sweep/a")
    assert not Path("sweep/a").exists()  # or saccade train would not overwrite it


def test_a_folder_that_another_process_trains_in(trained):
    with FileLock("sweep/a/.lock"):
        assert trained.is_occupied()
    assert not trained.is_occupied()


def test_a_run_that_is_not_begun():
    run = run_of(Cell("b", OPTIONS))
    assert (run.is_begun, run.is_complete(), run.is_occupied(), run.env_steps()) == (False, False, False, 0)
    assert run.progress() == Progress()
    assert run.log == Path("sweep/logs/b.log")


def test_files_of_a_user_are_not_replaced():
    Path("sweep/b").mkdir(parents=True)
    Path("sweep/b/checkpoints").mkdir()
    run_of(Cell("b", OPTIONS)).task(0)  # killed while its folder was made
    Path("sweep/b").mkdir()
    Path("sweep/b/notes.txt").write_text("mine")
    with pytest.raises(RunFolderError, match="is not replaced"):
        run_of(Cell("b", OPTIONS)).task(0)


def test_the_environment_of_a_run(monkeypatch):
    for name in ("WANDB_RUN_ID", "WANDB_RUN_GROUP"):
        monkeypatch.setenv(name, "mine")
    task = run_of(Cell("b", OPTIONS)).task(0)
    assert task.variables["WANDB_RUN_ID"] is None  # or all runs would be one at W&B
    assert (task.variables["WANDB_RUN_GROUP"], task.variables["WANDB_NAME"]) == ("mine", "b")
    assert (task.variables["OMP_NUM_THREADS"], task.variables["CUDA_VISIBLE_DEVICES"]) == ("2", "")
    monkeypatch.delenv("WANDB_RUN_GROUP")
    task = run_of(Cell("b", OPTIONS)).task(0.5)
    assert "CUDA_VISIBLE_DEVICES" not in task.variables
    assert task.shown.startswith("OMP_NUM_THREADS=2 WANDB_RUN_GROUP='the group' WANDB_NAME=b saccade train --env Catch")
    silent = run_of(Cell("b", {**OPTIONS, "wandb": "disabled"})).task(0)
    assert "WANDB_NAME" not in silent.variables


def test_progress_is_read_again_only_if_the_log_has_changed(trained, monkeypatch):
    before, log = trained.progress(), Path("sweep/a/progress.csv")
    with monkeypatch.context() as patched:
        patched.setattr("saccade.experiments.sweeping.run_of_cell.read_rows", lambda file: pytest.fail("read again"))
        assert trained.progress() == before
    columns = ["time/total_timesteps", "time/time_elapsed", "eval/score_mean"]
    write_rows(log, columns, [dict(zip(columns, row, strict=True)) for row in ((10, 1, 0.5), (20, 2.5, ""), ("rubbish", "", ""))])
    os.utime(log, ns=(1, 1))
    assert trained.progress() == Progress(20, 92, 2.5, 0.5)
    log.unlink()
    assert trained.progress() == Progress(20, 92, 2.5, 0.5)  # while it is being replaced


def test_what_was_wrong_with_a_run_stands_at_the_end_of_its_log(tmp_path):
    run = run_of(Cell("a", OPTIONS), str(tmp_path))
    run.note("nobody reads this")  # there is no folder for logs
    run.log.parent.mkdir(parents=True)
    run.log.write_text("$ saccade train\ndone\n")
    assert why_failed(run.log) is None
    run.note("config.yml is damaged")
    assert why_failed(run.log) == "error: config.yml is damaged"
