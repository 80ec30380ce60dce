"""Training next to a run of the user's at Weights & Biases. All is offline."""

import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from stable_baselines3.common.callbacks import BaseCallback
from told import Told

from saccade.experiments import RunConfig, train
from saccade.experiments.weights_and_biases import WandbRun
from saccade.experiments.weights_and_biases.labels import Labels

wandb = pytest.importorskip("wandb")

pytestmark = pytest.mark.integration


@pytest.fixture
def own_run(tmp_path, monkeypatch):
    """A run of the user's. What W&B changes in the process is put back after the test."""
    for name in ("excepthook", "exit"):
        monkeypatch.setattr(sys, name, getattr(sys, name))
    monkeypatch.setenv("WANDB_SERVICE", "")
    monkeypatch.delenv("WANDB_SERVICE")
    run = wandb.init(mode="offline", dir=tmp_path, project="mine", settings=wandb.Settings(silent=True))
    yield run
    run.finish()
    wandb.teardown()


def catch(output: str, **changes: Any) -> RunConfig:
    few = {"total_timesteps": 46, "n_envs": 2, "eval_games": 4, "wandb": "offline", "output": Path(output), "eager": True}
    return RunConfig(**{"env": "Catch", **few, **changes})


def kept(run: str) -> bytes:
    """What W&B has written for a training."""
    (file,) = Path(run, "wandb").glob("offline-run-*/*.wandb")
    return file.read_bytes()


def test_a_run_of_the_users_goes_on_and_gets_nothing(own_run):
    seen = []

    class Watcher(BaseCallback):
        def _on_step(self) -> bool:
            seen.append((wandb.run, next(one.run for one in self.logger.output_formats if isinstance(one, WandbRun))))
            return True

    train(catch("run"), callbacks=[Watcher()])
    assert wandb.run is own_run
    own_run.log({"loss": 1.0})  # it is not finished
    assert own_run.summary["loss"] == 1.0
    assert not [name for name in dict(own_run.summary) if name.startswith(("eval/", "global_step", "gaze/"))]
    globally, ours = seen[0]
    assert globally is own_run
    assert ours is not own_run
    logged = kept("run")
    assert b"eval/score_mean" in logged
    assert b"gaze/cost_seconds" in logged  # of the callback that draws


def test_two_trainings_in_threads_have_runs_of_their_own():
    runs: dict[str, Any] = {}
    ended: list[str] = []
    both = threading.Barrier(2, timeout=60)

    class Meeting(BaseCallback):
        def _on_training_start(self) -> None:
            runs[threading.current_thread().name] = next(x.run for x in self.logger.output_formats if isinstance(x, WandbRun))
            both.wait()

        def _on_step(self) -> bool:
            return True

    def work(name: str) -> None:
        ended.append(str(train(catch(name), callbacks=[Meeting()]).run))

    threads = [threading.Thread(target=work, args=(name,), name=name) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wandb.teardown()
    assert runs["a"] is not runs["b"]
    assert sorted(ended) == ["a", "b"]
    for name, run in runs.items():
        assert Path(run.dir).is_relative_to(Path(name).absolute())
        assert b"eval/score_mean" in kept(name)


def test_a_failed_start_leaves_the_users_run_alone(own_run, monkeypatch):
    def fail(**_: object) -> None:
        raise RuntimeError("no service")

    monkeypatch.setattr(wandb, "init", fail)
    told = Told()
    assert WandbRun.start(Path(), "offline", {}, Labels("name", "group", ()), "id", "project", told) is None
    assert "did not start (no service)" in told.lines[0]
    own_run.log({"loss": 2.0})
    assert own_run.summary["loss"] == 2.0
    assert wandb.run is own_run
