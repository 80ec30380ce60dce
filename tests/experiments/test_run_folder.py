"""config.yml is read as strictly as it is written; folders are whole or absent."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from saccade.experiments import (
    ConfigError,
    RunConfig,
    RunFolderError,
    SweepError,
    compare,
    evaluate,
    explain,
    plot,
    read_hyperparameters,
    resume,
    train,
    watch,
)
from saccade.experiments.reading.checkpoint_files import checkpoint_file
from saccade.experiments.run_folder import RunFolder
from saccade.experiments.run_record import RunRecord
from saccade.experiments.sweeping.sweep_folder import SweepFolder


@pytest.fixture
def folder() -> RunFolder:
    """A run of Catch that has not begun."""
    made = RunFolder.check_new(Path("run"))
    made.make(RunRecord.new(RunConfig("Catch", env_kwargs={"size": 30}, n_envs=8, seed=3)))
    return made


def change(folder: RunFolder, part: str, **values: object) -> None:
    content = folder.read_content()
    content[part] |= values
    (folder.path / "config.yml").write_text(yaml.safe_dump(content))


def test_what_is_written_is_read(folder):
    record = folder.read()
    assert (record.config.env, record.config.agent, record.config.games) == ("Catch", "glimpse-reinforce", 2000)
    assert record.config.env_kwargs == record.hyperparameters["env_kwargs"] == {"size": 30}
    assert record.hyperparameters["n_envs"] == 8
    assert RunRecord.new(RunConfig("Catch", env_kwargs={"size": 30}, n_envs=8, seed=3)).hyperparameters == record.hyperparameters
    assert list(record.content()) == ["options", "hyperparameters", "versions", "wandb_id", "wandb_group"]
    before = (folder.path / "config.yml").read_text()
    folder.write(record)
    assert (folder.path / "config.yml").read_text() == before


def test_keyword_arguments_as_words(folder):
    change(folder, "options", env_kwargs=["size=30"])  # as saccade 0.1.0 wrote them
    assert folder.read().config.env_kwargs == {"size": 30}


def test_the_name_of_a_file_of_hyperparameters_is_kept():
    Path("own.yml").write_text(yaml.safe_dump({"atari": read_hyperparameters("pqn")}))
    folder = RunFolder(Path("run"))
    folder.make(RunRecord.new(RunConfig(hyperparameters=Path("own.yml"))))
    Path("own.yml").unlink()
    assert folder.read().content()["options"]["hyperparameters"] == "own.yml"


@pytest.mark.parametrize(
    ("part", "values", "message"),
    [
        ("options", {"eval_every": 0}, "eval_every is 0; it must be at least 1"),
        ("options", {"seed": "three"}, "seed is 'three'; it must be a whole number"),
        ("options", {"agent": "sarsa"}, "unknown agent 'sarsa'"),
        ("options", {"env": "Pong"}, "needs episodes of one length"),
        ("options", {"colour": "red"}, "an option that is unknown here: colour"),
        ("options", {"env_kwargs": {"colour": "red"}}, "no 'colour'"),
        ("options", {"env": None}, "has no options.env"),
        ("hyperparameters", {"gamma": "high"}, "gamma is 'high'"),
        ("hyperparameters", {"n_envs": "many"}, "n_envs is not a whole number"),
        ("hyperparameters", {"n_timesteps": None}, "has no hyperparameters.n_timesteps"),
    ],
)
def test_a_value_that_a_run_cannot_have_is_refused(folder, part, values, message):
    change(folder, part, **values)
    with pytest.raises(RunFolderError, match=message):
        folder.read()


def test_hyperparameters_that_older_versions_took_are_read(folder):
    added = {"verbose": 0, "tensorboard_log": None, "policy_kwargs": {"optimizer_kwargs": {}, "own_name": 3}, "vf_coef": "a"}
    change(folder, "hyperparameters", **added)
    record = folder.read()
    assert added.items() <= record.hyperparameters.items()
    assert replace(record.config, seed=4).fitted["verbose"] == 0


def test_part_files_of_a_killed_process_are_deleted(folder):
    parts = [folder.checkpoints / ".part-4194311-scores.json", folder.checkpoints / ".part-4194311-step_0000000005.zip"]
    for part in parts:
        part.write_text("half")
    kept = folder.checkpoints / "step_0000000001.zip"
    kept.touch()
    with folder.occupied():
        assert not any(part.exists() for part in parts)
    assert kept.exists()
    assert (folder.path / "config.yml").exists()


def test_a_record_that_cannot_be_written_leaves_nothing():
    record = replace(RunRecord.new(RunConfig("Catch")), hyperparameters={"activation_fn": dict})
    with pytest.raises(ConfigError, match=r"config\.yml takes numbers, texts, lists and dicts only"):
        RunFolder(Path("run")).make(record)
    assert not Path("run").exists()


def test_a_run_that_goes_on_is_read_under_its_lock(folder, monkeypatch):
    held = []
    monkeypatch.setattr(RunFolder, "read", lambda self, changes=None: held.append(lock_is_held(self)) or missing())
    with pytest.raises(RunFolderError, match="read"):
        resume(folder.path)
    assert held == [True]


def lock_is_held(folder: RunFolder) -> bool:
    with pytest.raises(RunFolderError, match="being trained by another process"), RunFolder(folder.path).occupied():
        pass
    return True


def missing() -> None:
    raise RunFolderError("read")


def test_two_runs_that_take_the_same_default_name(monkeypatch):
    config = RunConfig("Catch", total_timesteps=46, n_envs=2, eval_games=0, wandb="disabled")
    first = RunFolder.make

    def late(self, record):
        monkeypatch.setattr(RunFolder, "make", first)
        self.path.mkdir(parents=True)  # the other run's
        first(self, record)

    monkeypatch.setattr(RunFolder, "make", late)
    result = train(config)
    assert [path.is_dir() for path in Path("runs").iterdir()] == [True, True]
    assert (result.run / "config.yml").is_file()
    with pytest.raises(RunFolderError, match="exists already"):
        train(replace(config, output=result.run))
    monkeypatch.setattr(RunFolder, "make", late)
    with pytest.raises(RunFolderError, match="both exists already and is not overwritten; choose another output"):
        train(replace(config, output="both"))


def test_a_damaged_file_is_refused(folder):
    for text in ("[", "3", ""):
        (folder.path / "config.yml").write_text(text)
        with pytest.raises(RunFolderError, match=r"config\.yml (cannot be read|is damaged)"):
            folder.read()


def test_only_one_process_trains_in_a_folder(folder):
    with (
        folder.occupied(),
        pytest.raises(RunFolderError, match="being trained by another process"),
        RunFolder(folder.path).occupied(),
    ):
        pass
    with folder.occupied():
        pass


def test_parts_of_the_log_are_read_in_order(folder):
    names = ["progress.csv", *(f"progress-{number}.csv" for number in range(2, 12))]  # as saccade 0.1 wrote them
    for name in names:
        (folder.path / name).touch()
    assert [path.name for path in folder.progress_files()] == names


def test_the_best_checkpoint_is_that_of_the_best_score_among_those_that_are_kept(folder):
    with pytest.raises(RunFolderError, match="no checkpoint with a score"):
        folder.best_checkpoint()
    folder.checkpoints.mkdir(exist_ok=True)
    for steps in (10, 20, 30):
        checkpoint_file(folder.checkpoints, steps).write_bytes(b"")
    names = {steps: checkpoint_file(folder.checkpoints, steps).stem for steps in (10, 20, 40)}
    (folder.checkpoints / "scores.json").write_text(json.dumps({names[10]: 1.0, names[20]: 3.0, names[40]: 9.0}))
    assert folder.best_checkpoint() == checkpoint_file(folder.checkpoints, 20)  # nothing is kept of step 40


def test_a_folder_of_runs_names_the_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("runs/b c", "runs/a", "many/0", *(f"many/{number}" for number in range(1, 8))):
        Path(name).mkdir(parents=True)
        Path(name, "config.yml").touch()
    Path("runs/other").mkdir()
    named = f"it holds runs; give {Path('runs/a')} or {Path('runs/b c')}"
    for refuse in (evaluate, plot, resume, explain):
        with pytest.raises(RunFolderError, match=f"runs is not a run folder \\(it has no config.yml\\); {re.escape(named)}$"):
            refuse("runs")
    for refuse in (compare, watch):
        with pytest.raises(ConfigError, match=re.escape(named.removeprefix("it holds runs; "))):
            refuse("runs")
    with pytest.raises(RunFolderError, match=r"0, .*1, .*2, .*3, .*4 or one of 3 more$"):
        RunFolder.check_existing(Path("many"))


@pytest.mark.parametrize("check_new", [RunFolder.check_new, SweepFolder.check_new])
def test_a_link_to_nothing_is_no_free_place(tmp_path, check_new):
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "gone")
    with pytest.raises((RunFolderError, SweepError), match="link exists already and is not overwritten"):
        check_new(link)


def test_what_is_not_there_is_no_run_folder(tmp_path):
    for options in ({}, {"env": "Catch"}):  # an env is for models; it does not hide what is wrong
        with pytest.raises(RunFolderError, match=r"away\.zip is not a run folder \(it does not exist\)"):
            evaluate(tmp_path / "away.zip", **options)
