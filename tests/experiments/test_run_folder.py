"""config.yml is read as strictly as it is written; folders are whole or absent."""

from pathlib import Path

import pytest
import yaml

from saccade.experiments import RunConfig, RunFolderError, read_hyperparameters
from saccade.experiments.run_folder import RunFolder, RunRecord


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
    assert list(record.content()) == ["options", "hyperparameters", "versions", "wandb_id"]
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


def test_parts_of_the_log_are_numbered(folder):
    names = []
    for _ in range(11):
        path = folder.next_progress_file()
        path.touch()
        names.append(path.name)
    assert names[:3] == ["progress.csv", "progress-2.csv", "progress-3.csv"]
    assert [path.name for path in folder.progress_files()] == names
