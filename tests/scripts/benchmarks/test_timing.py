import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from saccade.scripts.benchmarks import timing
from saccade.scripts.benchmarks.timing import WAITING, Setting, Work, in_turns, timed

SETTING = Setting("Enduro", "EnduroNoFrameskip-v4", "cpu", seconds=0.1, rounds=3)


@contextmanager
def sleeper(s: Setting, seconds: float, tidied: Path | None = None) -> Iterator[Work]:
    def sleep() -> int:
        time.sleep(seconds)
        return 2

    yield sleep
    if tidied is not None:
        tidied.touch()


@contextmanager
def broken(s: Setting) -> Iterator[Work]:
    raise ValueError("no such game")
    yield


def test_units_and_seconds(monkeypatch):
    now = [100.0]  # a clock that goes on only while there is work, however busy the machine is

    def work() -> int:
        now[0] += 0.25
        return 3

    monkeypatch.setattr(timing.time, "perf_counter", lambda: now[0])
    assert timed(work, 0.6) == (9, 0.75)  # begun at 0, 0.25 and 0.5 seconds
    assert timed(work, 0.5) == (6, 0.5)  # none begins at 0.5
    assert timed(work) == (3, 0.25)  # once at least


def test_both_sides_work_in_processes_of_their_own_and_tidy_up(tmp_path):
    pairs = in_turns(
        SETTING, partial(sleeper, seconds=0.01, tidied=tmp_path / "ours"), partial(sleeper, seconds=0.03, tidied=tmp_path / "peer")
    )
    assert len(pairs) == 3
    for ours, peer in pairs:
        assert ours <= 200
        assert peer <= 67
        assert ours > peer
    assert (tmp_path / "ours").exists()
    assert (tmp_path / "peer").exists()


@contextmanager
def one_with_the_variable(s: Setting) -> Iterator[Work]:
    yield lambda: time.sleep(0.01) or (100 if WAITING in os.environ else 1)


@pytest.mark.parametrize(("in_a_script", "has_it"), [(True, False), (False, True)])
def test_a_users_own_script_has_no_variable_of_ours(monkeypatch, in_a_script, has_it):
    monkeypatch.setenv(WAITING, "20000")
    setting = replace(SETTING, rounds=1, in_a_script=in_a_script)
    ((ours, peer),) = in_turns(setting, one_with_the_variable, one_with_the_variable)
    assert (ours > 150, peer > 150) == (has_it, has_it)  # at most 100 a second without it
    assert os.environ[WAITING] == "20000"


def test_what_goes_wrong_in_a_side_is_told():
    with pytest.raises(RuntimeError, match="no such game"):
        in_turns(SETTING, broken, broken)
