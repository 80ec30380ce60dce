"""Checkpoints: which are kept, what happens on a full disk, and which is used if the newest is damaged."""

import json
import shutil
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest

from saccade.agents import PQN
from saccade.envs import GymnasiumVecEnv
from saccade.experiments import RunFolderError
from saccade.experiments.reading.checkpoint_files import checkpoint_files, is_whole, newest_whole
from saccade.experiments.resuming import checkpoints as module
from saccade.experiments.resuming.checkpoints import Checkpoints
from saccade.experiments.resuming.run_state import RunState
from saccade.experiments.resuming.state_files import read_more, read_state, state_file


class Told(list):
    shows_progress = False

    def say(self, line: str) -> None:
        self.append(line)


@pytest.fixture
def model():
    vector_env = gym.make_vec("saccade.envs:saccade/Catch-v0", num_envs=2, size=8)
    made = PQN("MlpPolicy", GymnasiumVecEnv(vector_env), n_steps=4, batch_size=8, seed=0, device="cpu")
    made._last_obs = made.env.reset()
    made._last_episode_starts = np.ones(2, dtype=bool)
    return made


@pytest.fixture
def folder() -> Path:
    Path("run/checkpoints").mkdir(parents=True)
    return Path("run/checkpoints")


def save_at(model, checkpoints: Checkpoints, *steps: int) -> None:
    for env_steps in steps:
        model.num_timesteps = env_steps
        checkpoints.save(model, RunState.of(model), {"scored": env_steps}, with_replay=False)


def kept(folder: Path) -> list[int]:
    states = sorted(folder.glob("*.state.npz"))
    assert states == [state_file(path) for path in checkpoint_files(folder)]
    return [int(path.stem.removeprefix("step_")) for path in checkpoint_files(folder)]


def test_the_newest_and_the_best_are_kept(model, folder):
    checkpoints = Checkpoints(folder, 2, Told())
    assert checkpoints.score(10, 5.0)
    save_at(model, checkpoints, 10, 20, 30, 40)
    assert kept(folder) == [10, 30, 40]
    assert not checkpoints.score(40, 4.0)
    assert checkpoints.score(50, 6.0)
    save_at(model, checkpoints, 50, 60)
    assert kept(folder) == [50, 60]
    (folder / "scores.json").write_text("rubbish")
    save_at(model, checkpoints, 70)
    assert kept(folder) == [60, 70]


def test_all_are_kept_if_that_is_wanted(model, folder):
    save_at(model, Checkpoints(folder, 0, Told()), 10, 20, 30, 40)
    assert kept(folder) == [10, 20, 30, 40]


def test_scores_of_models_that_are_yet_to_come_are_forgotten(folder):
    checkpoints = Checkpoints(folder, 3, Told())
    checkpoints.score(10, 1.0)
    checkpoints.score(20, 2.0)
    checkpoints.forget_scores_after(15)
    assert checkpoints.scores() == {"step_0000000010": 1.0}


def test_the_checkpoint_before_a_damaged_one_is_used(model, folder):
    save_at(model, Checkpoints(folder, 3, Told()), 10, 20, 30)
    first, second, third = checkpoint_files(folder)
    whole, told = third.read_bytes(), Told()
    for damaged in (b"", whole[: len(whole) // 2], whole[:300] + b"\0\0\0\0" + whole[304:]):
        third.write_bytes(damaged)
        assert not is_whole(third)
        assert newest_whole([first, second, third], told) == second
    second.write_bytes(b"PK")
    assert newest_whole([first, second, third], told) == first
    assert told[-1] == (
        "step_0000000020.zip, step_0000000030.zip in run/checkpoints is damaged, so step_0000000010.zip before it is used"
    )
    with pytest.raises(RunFolderError, match="is damaged and cannot be read, and no other checkpoint is whole"):
        newest_whole([second, third], told)


def test_damaged_checkpoints_give_way_to_those_of_the_run_that_goes_on(model, folder):
    told = Told()
    checkpoints = Checkpoints(folder, 2, told)
    save_at(model, Checkpoints(folder, 3, told), 10, 20, 30)
    (folder / "step_best.zip").write_text("the user's own")
    first, *damaged = checkpoint_files(folder)
    for path in damaged:
        path.write_bytes(b"PK")
    checkpoints.set_aside_after(first)
    assert kept(folder) == [10]
    assert told == ["the damaged checkpoints lie in run/checkpoints/after-10 now; the run makes them again"]
    assert sorted(path.name for path in (folder / "after-10").iterdir()) == [
        *("step_0000000020.state.npz", "step_0000000020.zip", "step_0000000030.state.npz", "step_0000000030.zip")
    ]
    save_at(model, checkpoints, 12, 14, 16)
    assert kept(folder) == [14, 16]
    checkpoints.set_aside_after(folder / "step_0000000016.zip")  # nothing is damaged now
    assert len(told) == 1
    assert (folder / "step_best.zip").exists()


def test_a_state_of_other_weights_is_not_used(model, folder):
    save_at(model, Checkpoints(folder, 3, Told()), 10, 20)
    first, second = checkpoint_files(folder)
    assert read_state(first)[0].env_steps == 10
    assert read_more(first) == read_state(first)[1] == {"scored": 10}
    shutil.copy(second, first)  # other weights under the name
    assert read_state(first) is None
    state_file(second).write_bytes(b"half")
    assert read_state(second) is None
    assert read_more(second) == {}
    state_file(second).unlink()
    assert read_state(second) is None


def test_there_is_no_pickle_in_a_state(model, folder):
    save_at(model, Checkpoints(folder, 3, Told()), 10)
    with np.load(state_file(checkpoint_files(folder)[0]), allow_pickle=False) as arrays:
        assert all(arrays[name].dtype != object for name in arrays.files)
        assert json.loads(str(arrays["json"]))["numbers"]["env"]


def full(monkeypatch, times: int, where: str) -> list[Path]:
    """The disk takes nothing below a folder for some writes."""
    real, refused = module.write_state, []

    def write(path: Path, *rest) -> None:
        if where in str(path) and len(refused) < times:
            refused.append(path)
            raise OSError(28, "No space left on device")
        real(path, *rest)

    monkeypatch.setattr(module, "write_state", write)
    monkeypatch.setattr(module, "PAUSES", (0.0, 0.0))
    return refused


def test_a_last_checkpoint_is_tried_again(model, folder, monkeypatch):
    refused, told = full(monkeypatch, 2, "run"), Told()
    path = Checkpoints(folder, 3, told).save_at_end(model, RunState.of(model), {}, with_replay=False)
    assert (path.parent, len(refused), told) == (folder, 2, [])
    assert is_whole(path)


def test_a_last_checkpoint_goes_elsewhere(model, folder, monkeypatch, tmp_path):
    monkeypatch.setattr(module.tempfile, "tempdir", str(tmp_path))
    told = Told()
    full(monkeypatch, 99, "run/")
    path = Checkpoints(folder, 3, told).save_at_end(model, RunState.of(model), {}, with_replay=False)
    assert path.parent.parent == tmp_path
    assert is_whole(path)
    assert read_state(path) is not None
    (line,) = told
    assert "No space left on device" in line
    assert str(path) in line
    assert not list(folder.iterdir())  # nothing half-written


def test_a_last_checkpoint_that_fits_nowhere(model, folder, monkeypatch, tmp_path):
    monkeypatch.setattr(module.tempfile, "tempdir", str(tmp_path))
    full(monkeypatch, 99, "step_")
    with pytest.raises(RunFolderError, match=r"run/checkpoints.* cannot be written: .*No space left"):
        Checkpoints(folder, 3, Told()).save_at_end(model, RunState.of(model), {}, with_replay=False)
    assert not list(tmp_path.glob("saccade-*"))


def test_a_state_that_cannot_be_read_keeps_the_replay_buffer(model, folder):
    checkpoints = Checkpoints(folder, 3, Told())
    save_at(model, checkpoints, 10)
    (folder / "replay").mkdir()
    block = folder / "replay/block.npz"
    block.write_bytes(b"")
    state_file(checkpoint_files(folder)[0]).write_bytes(b"half")
    save_at(model, checkpoints, 20)
    assert block.exists()
    save_at(model, checkpoints, 30)  # nobody goes back to the damaged one now
    assert not block.exists()
