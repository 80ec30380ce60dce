"""Whether a process is still there, told by a mark that it left."""

import os
import subprocess
import sys
import time
from dataclasses import replace

import psutil
import pytest

from saccade.experiments.endings import process_mark
from saccade.experiments.endings.process_mark import UNKNOWN, ProcessMark, _began
from saccade.experiments.endings.run_note import How, RunNote, noted
from saccade.experiments.endings.sweep_states import StatesFile, SweepStates

OWN = ProcessMark.own()


def test_a_process_knows_itself_by_its_mark():
    assert ProcessMark.of(OWN.content()) == OWN
    assert OWN.number == os.getpid()
    assert OWN.is_there() is True


def test_one_that_has_ended_is_gone_also_before_anybody_has_waited_for_it():
    process = subprocess.Popen([sys.executable, "-I", "-S", "-c", "input()"], stdin=subprocess.PIPE)
    mark = replace(OWN, number=process.pid, began=_began(process.pid))
    assert mark.is_there() is True
    process.kill()
    end = time.monotonic() + 10
    while mark.is_there() and time.monotonic() < end:
        time.sleep(0.02)
    assert mark.is_there() is False
    process.communicate()
    assert mark.is_there() is False


def test_another_process_of_the_same_number_and_another_machine():
    assert replace(OWN, began=f"{OWN.began}1").is_there() is False
    assert replace(OWN, machine="elsewhere").is_there() is None


def make_proc(folder, *numbers):
    """A /proc that shows these processes and does not tell when the machine began."""
    for name in ("self", *map(str, numbers)):
        (folder / name).mkdir(parents=True)
        (folder / name / "stat").write_bytes(b"1 (python) S " + b"7 " * 40)
    return folder


def test_without_the_start_of_the_machine_the_mark_is_unknown_and_nothing_ends(tmp_path, monkeypatch):
    monkeypatch.setattr(process_mark, "PROC", make_proc(tmp_path / "proc", os.getpid()))
    mark = ProcessMark.own()
    assert (mark.number, mark.began) == (os.getpid(), UNKNOWN)
    assert ProcessMark.of(mark.content()).is_there() is None
    with StatesFile(tmp_path / "states.json", dict), noted(tmp_path):
        assert RunNote.of(tmp_path) == RunNote(How.RUNNING, "", mark)
        assert SweepStates.of(tmp_path / "states.json").goes_on()
    known = replace(mark, began="a 7")  # by who could read it
    assert known.is_there() is None


@pytest.mark.parametrize("error", [PermissionError, FileNotFoundError, psutil.AccessDenied])
def test_a_process_that_may_not_look_at_itself_has_an_unknown_mark(monkeypatch, error):
    def refuse(number):
        raise error

    monkeypatch.setattr(process_mark, "_began", refuse)
    assert ProcessMark.own() == ProcessMark(UNKNOWN, os.getpid(), UNKNOWN)
    assert ProcessMark.own().is_there() is None


@pytest.mark.parametrize(("error", "there"), [(PermissionError, True), (ProcessLookupError, False), (OSError, None)])
def test_what_looking_at_a_process_tells(monkeypatch, error, there):
    def refuse(number):
        raise error

    monkeypatch.setattr(process_mark, "_began", refuse)
    assert OWN.is_there() is there


@pytest.mark.skipif(os.name != "posix", reason="there is no /proc")
@pytest.mark.parametrize(("error", "there"), [(None, True), (PermissionError, True), (ProcessLookupError, False)])
def test_a_process_that_proc_hides_is_asked_by_a_signal(tmp_path, monkeypatch, error, there):
    asked = []

    def kill(number, signal):
        asked.append((number, signal))
        if error is not None:
            raise error

    monkeypatch.setattr(process_mark, "PROC", make_proc(tmp_path))
    monkeypatch.setattr(os, "kill", kill)
    assert ProcessMark(process_mark._machine(), 77, "a 7").is_there() is there
    assert asked == [(77, 0)]


def test_two_machines_of_one_name_are_told_apart_by_their_numbers(tmp_path, monkeypatch):
    found = []
    for number in ("6b1f\n", "90ac\n", None):
        file = tmp_path / "machine-id"
        file.unlink(missing_ok=True)
        if number is not None:
            file.write_text(number)
        monkeypatch.setattr(process_mark, "MACHINE_ID", file)
        found.append(ProcessMark.own())
    first, second, nameless = found
    assert len({mark.machine for mark in found}) == 3
    assert "90ac" not in second.machine
    assert (first.is_there(), second.is_there(), nameless.is_there()) == (None, None, True)


@pytest.mark.parametrize("changed", [{"number": "1"}, {"number": True}, {"number": 0}, {"machine": None}, {"began": 3}])
def test_what_is_no_mark(changed):
    with pytest.raises(ValueError, match="not a mark of a process"):
        ProcessMark.of({**OWN.content(), **changed})
    with pytest.raises(ValueError, match="not a mark of a process"):
        ProcessMark.of([])
