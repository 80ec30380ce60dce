"""A training puts back what it has changed in its process, and nothing else."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import torch as th
from stable_baselines3.common.callbacks import BaseCallback

from saccade.experiments import RunConfig, train
from saccade.experiments.process_state import OF_WANDB, noted, unchanged_process


def catch(output: str, **changes) -> RunConfig:
    few = {"total_timesteps": 46, "n_envs": 2, "eval_games": 0, "wandb": "disabled", "output": Path(output)}
    return RunConfig(**{"env": "Catch", **few, **changes})


def test_what_others_change_meanwhile_stays(monkeypatch):
    monkeypatch.setenv("CHANGED_IN_TRAINING", "0")
    monkeypatch.setenv("SET_IN_TRAINING", "0")
    monkeypatch.delenv("SET_IN_TRAINING")
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    threads = th.get_num_threads()

    class Changer(BaseCallback):
        def _on_step(self) -> bool:
            os.environ.update(SET_IN_TRAINING="1", CHANGED_IN_TRAINING="1")
            sys.excepthook = print
            th.set_num_threads(threads + 1)
            return True

    try:
        train(catch("run"), callbacks=[Changer()])
        assert (os.environ["SET_IN_TRAINING"], os.environ["CHANGED_IN_TRAINING"]) == ("1", "1")
        assert sys.excepthook is print
        assert th.get_num_threads() == threads + 1
    finally:
        th.set_num_threads(threads)
        os.environ.pop("SET_IN_TRAINING", None)


def hook(*_: object) -> None:
    """Like W&B's."""


@pytest.fixture
def own_hook(monkeypatch):
    monkeypatch.setattr(sys, "excepthook", sys.__excepthook__)


@pytest.mark.usefixtures("own_hook")
def test_the_last_of_overlapping_trainings_puts_the_hook_back():
    entered, leave = threading.Event(), threading.Event()

    def other() -> None:
        with unchanged_process():
            with noted():
                sys.excepthook = hook
            entered.set()
            leave.wait(60)

    thread = threading.Thread(target=other)
    with unchanged_process():
        thread.start()
        entered.wait(60)
        with noted():
            sys.excepthook = lambda *_: None
    assert sys.excepthook is not sys.__excepthook__  # the other one goes on
    leave.set()
    thread.join()
    assert sys.excepthook is sys.__excepthook__


@pytest.mark.usefixtures("own_hook")
def test_a_hook_that_the_user_has_set_since_is_kept():
    with unchanged_process():
        with noted():
            sys.excepthook = hook
        sys.excepthook = print
    assert sys.excepthook is print
    assert not any(place._uses for place in OF_WANDB)


def test_a_folder_for_the_compiler_that_the_user_has_chosen_meanwhile_is_kept(monkeypatch):
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", "before")
    monkeypatch.delenv("TORCHINDUCTOR_CACHE_DIR")
    with unchanged_process():
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = "mine"
    assert os.environ.pop("TORCHINDUCTOR_CACHE_DIR") == "mine"


@pytest.mark.integration
def test_a_compiled_training_with_wandb_leaves_no_trace():
    program = (
        "import os, sys; from pathlib import Path; from saccade.experiments import RunConfig, train\n"
        "def state(): return sys.excepthook, sys.exit, dict(os.environ)\n"
        "before = state()\n"
        "train(RunConfig('Catch', total_timesteps=46, n_envs=2, eval_games=0, wandb='offline', output=Path('run')))\n"
        "assert 'wandb' in sys.modules and 'torch._inductor' in sys.modules; assert state() == before, state()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=170)
    assert done.returncode == 0, done.stderr
