"""Every test of experiments works in a folder of its own."""

import json
from pathlib import Path

import numpy as np
import pytest
from event_folders import probe_set

from saccade.experiments import compare
from saccade.saliency.event_callback import EventCallback


@pytest.fixture(autouse=True)
def _elsewhere(elsewhere: None) -> None:
    """No test of experiments leaves anything behind."""


@pytest.fixture
def no_events(monkeypatch: pytest.MonkeyPatch, one_torch_thread: None) -> None:
    """Short trainings on one thread without events, which cost more than they do and change no weights."""
    monkeypatch.setattr(EventCallback, "_event", lambda self, patient: None)


@pytest.fixture(scope="session")
def page_of_200_events(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs of 100 events, 8 probes and two heads, all noise, which compresses worst."""
    folder = tmp_path_factory.mktemp("large")
    probes = probe_set(count=8)
    random = np.random.default_rng(0)
    for name in ("a", "b"):
        saliency = folder / name / "saliency"
        probes.save(saliency / "probes.npz")
        for env_steps in range(0, 1_000_000, 10_000):
            maps = {head: random.standard_normal((8, 1, 84, 84), np.float32) for head in ("value", "advantage")}
            figures = json.dumps({"value/norm": random.random(), "overlap/top_tenth_iou": random.random()})
            # Not compressed, unlike what the callback writes: that takes longer than all the rest.
            np.savez(saliency / f"step_{env_steps:010d}.npz", probe_hash=probes.hash, env_steps=env_steps, figures=figures, **maps)
    return compare((folder / "a", folder / "b"), output=folder / "compare.html")
