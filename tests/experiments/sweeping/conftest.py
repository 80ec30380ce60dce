"""Sweeps whose runs are small programs."""

from pathlib import Path

import pytest

FAKE = (Path(__file__).parent / "fake_training.py").read_text(encoding="utf-8")


@pytest.fixture
def fake_training(monkeypatch):
    """Runs are processes that count env steps, in place of trainings."""
    monkeypatch.setattr("saccade.experiments.sweeping.run_of_cell.PYTHON", ("-I", "-S", "-c", FAKE))


@pytest.fixture
def small():
    """What a file of a sweep may say: three runs of 20 env steps."""
    train = {"total_timesteps": 20, "wandb": "disabled", "n_envs": 2}
    return {"envs": ["Catch"], "agents": ["glimpse-reinforce"], "seeds": [0, 1, 2], "train": train}
