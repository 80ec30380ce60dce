"""The use of the processors by others, from clocks set by hand and from a real program."""

import multiprocessing
import os
import time
from collections import namedtuple

import psutil
import pytest

from saccade.experiments.side_by_side import other_load
from saccade.experiments.side_by_side.other_load import OtherLoad

Times = namedtuple("Times", ["user", "system", "idle", "iowait", "guest"])


class Clocks:
    """Clocks of a machine with 4 processors, set by hand."""

    def __init__(self, monkeypatch) -> None:
        self.now, self.system, self.used, self.cpus = 0.0, Times(0, 0, 0, 0, 0), {}, 4
        monkeypatch.setattr(other_load.time, "monotonic", lambda: self.now)
        monkeypatch.setattr(other_load.psutil, "cpu_times", lambda: self.system)
        monkeypatch.setattr(other_load.psutil, "cpu_count", lambda: 4)
        monkeypatch.setattr(other_load, "available_cpus", lambda: self.cpus)
        monkeypatch.setattr(other_load, "_used_seconds", lambda number: self.used[number])


def test_by_hand(monkeypatch):
    clocks = Clocks(monkeypatch)
    clocks.used = {1: 5.0, 2: 100.0}
    load = OtherLoad()
    load.since_last([1, 2])
    clocks.now, clocks.system, clocks.used = 10, Times(20, 5, 14, 1, 9), {1: 14.0, 2: 103.0}
    assert load.since_last([1, 2]) == pytest.approx((25 - 9 - 3) / 10)  # waiting for a disk is idle, guests are in user


def test_a_training_that_is_new_has_used_nothing_before(monkeypatch):
    clocks = Clocks(monkeypatch)
    clocks.used = {1: 0.0, 2: 50.0}
    load = OtherLoad()
    load.since_last([1])
    clocks.now, clocks.system = 10, Times(10, 0, 30, 0, 0)
    assert load.since_last([1, 2]) == pytest.approx(1)
    clocks.now, clocks.system, clocks.used = 20, Times(20, 0, 60, 0, 0), {1: 0.0, 2: 90.0}
    assert load.since_last([1, 2]) == 0  # more than the system counts


def test_a_part_of_the_machine_has_no_load_of_others(monkeypatch):
    clocks = Clocks(monkeypatch)
    clocks.cpus = 2
    load = OtherLoad()
    clocks.now, clocks.system = 10, Times(40, 0, 0, 0, 0)
    assert load.since_last([]) == 0


def _compute(seconds: float) -> None:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def test_seconds_of_a_process_and_its_children():
    before = other_load._used_seconds(os.getpid())
    child = multiprocessing.get_context("fork").Process(target=_compute, args=(0.3,))
    child.start()
    _compute(0.2)
    child.join()
    after = other_load._used_seconds(os.getpid())
    assert 0.45 <= after - before <= 1.5
    gone = psutil.Process(child.pid) if psutil.pid_exists(child.pid) else None
    assert gone is None
    assert other_load._used_seconds(child.pid) == 0
