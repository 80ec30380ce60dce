from pathlib import Path

import numpy as np
import pytest
from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import BaseCallback

from saccade.saliency.records.event_folder import event_folder, numbered_folder


class Watcher(BaseCallback):
    def _on_step(self) -> bool:
        return True


@pytest.fixture
def watcher(tmp_path, monkeypatch) -> Watcher:
    """A callback of a model whose logger writes to a temporary folder, as SB3's does by default."""
    monkeypatch.chdir(tmp_path)
    callback = Watcher()
    PPO("MlpPolicy", "CartPole-v1", n_steps=8, batch_size=8).learn(8, callback)
    return callback


def test_without_a_wanted_folder_files_go_below_runs_and_never_beside_the_users_own(watcher):
    Path("saliency").mkdir()  # a package of the user's, for instance
    assert event_folder(None, watcher, "saliency") == Path("runs/saliency")
    assert event_folder(None, watcher, "saliency") == Path("runs/saliency-2")
    assert sorted(path.name for path in Path().iterdir()) == ["runs", "saliency"]


def test_where_the_logger_writes_there_go_the_files(tmp_path, watcher):
    model = PPO("MlpPolicy", "CartPole-v1", n_steps=8, batch_size=8, tensorboard_log=str(tmp_path / "logs"))
    model.learn(8, watcher)
    assert event_folder(None, watcher, "saliency") == Path(watcher.logger.dir, "saliency")
    assert Path(watcher.logger.dir).is_relative_to(tmp_path / "logs")


def test_a_resumed_run_goes_on_in_its_folder_and_a_new_run_does_not(tmp_path, watcher):
    folder = tmp_path / "maps"
    folder.mkdir()
    np.savez(folder / "step_0000000000.npz", x=0)  # it was stopped before its second event
    assert event_folder(folder, watcher, "saliency") == folder
    np.savez(folder / "step_0000000008.npz", x=0)
    assert event_folder(folder, watcher, "saliency") == folder  # the model has done 8 env steps
    np.savez(folder / "step_best.npz", x=0)  # the user's own
    assert event_folder(folder, watcher, "saliency") == folder
    np.savez(folder / "step_0000000009.npz", x=0)
    assert event_folder(folder, watcher, "saliency") == tmp_path / "maps-2"


def test_numbers_rise_until_one_is_free(tmp_path):
    assert [numbered_folder(tmp_path / "a").name for _ in range(3)] == ["a", "a-2", "a-3"]
