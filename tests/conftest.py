"""Fixtures of all folders."""

import os
from functools import partial

# Before torch is loaded, also in processes that tests start: with more threads than free cores, torch mostly waits.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
import torch as th

from saccade.envs import GymnasiumVecEnv, make_atari
from saccade.saliency import SaliencyCallback

SMALL = {"probe_count": 1, "video_steps": 3, "trust": False}


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """A working directory and a cache of the test's own, no data of the user's, and no key for W&B."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SACCADE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("SACCADE_MNIST", raising=False)
    for name in [name for name in os.environ if name.startswith("WANDB_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def one_torch_thread():
    """Small batches on one thread: with more, torch's threads mostly wait for each other on a busy machine."""
    n_threads = th.get_num_threads()
    th.set_num_threads(1)
    yield
    th.set_num_threads(n_threads)


@pytest.fixture
def small_events(monkeypatch):
    """Trainings with small events, for tests of what is around them: whole ones take longer than a short training."""
    monkeypatch.setattr("saccade.experiments.learning.training_callbacks.SaliencyCallback", partial(SaliencyCallback, **SMALL))


@pytest.fixture
def atari():
    """``make_atari`` whose envs are closed after the test."""
    made = []

    def make(*args, **kwargs) -> GymnasiumVecEnv:
        made.append(make_atari(*args, **kwargs))
        return made[-1]

    yield make
    for env in made:
        env.close()
