import sys
from types import SimpleNamespace

import numpy as np
import pytest

from saccade.saliency.records.wandb_log import WandbLog


class Run:
    """Takes what is logged; fails if it is told to."""

    def __init__(self) -> None:
        self.logged: list[dict] = []
        self.fails = False

    def define_metric(self, *_: object, **__: object) -> None: ...

    def log(self, entry: dict) -> None:
        if self.fails:
            raise ConnectionError("the service is gone")
        self.logged.append(entry)


@pytest.fixture
def active(monkeypatch) -> Run:
    """The run that is active in the process."""
    run = Run()
    monkeypatch.setitem(sys.modules, "wandb", SimpleNamespace(run=run, Image=lambda picture: ("image", picture.shape)))
    return run


def test_without_a_run_nothing_happens(tmp_path, monkeypatch):
    monkeypatch.delitem(sys.modules, "wandb", raising=False)
    log = WandbLog("saliency", tmp_path)
    log.write(1, {"a": 1.0}, {})
    assert not log.active
    assert "wandb" not in sys.modules


def test_the_active_run_gets_the_entries(tmp_path, active):
    WandbLog("saliency", tmp_path).write(7, {"saliency/a": 1.0}, {"value/probe_00": np.zeros((2, 3, 3), np.uint8)})
    assert active.logged == [{"global_step": 7, "saliency/a": 1.0, "saliency/value/probe_00": ("image", (2, 3, 3))}]


def test_a_given_run_gets_them_instead(tmp_path, active):
    own = Run()
    WandbLog("saliency", tmp_path, own).write(7, {"saliency/a": 1.0}, {})
    assert own.logged == [{"global_step": 7, "saliency/a": 1.0}]
    assert active.logged == []


def test_no_run_at_all_even_if_one_is_active(tmp_path, active):
    log = WandbLog("saliency", tmp_path, False)
    log.write(7, {"saliency/a": 1.0}, {})
    assert not log.active
    assert active.logged == []


def test_a_failure_is_said_once_and_ends_no_training(tmp_path, active, caplog):
    log, active.fails = WandbLog("saliency", tmp_path), True
    log.write(1, {}, {})
    log.write(2, {}, {})
    assert caplog.text.count("W&B failed (the service is gone)") == 1
    assert not log.active
