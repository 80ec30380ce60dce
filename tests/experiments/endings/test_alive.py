"""Whether there is a process of a number."""

import os
from types import SimpleNamespace

import psutil
import pytest

from saccade.experiments.endings import alive
from saccade.experiments.endings.alive import is_alive


def test_this_process_is_and_others_are_not():
    assert is_alive(os.getpid())
    assert not is_alive(2**22 + 7)  # no process has a number above 2**22
    assert not is_alive(10**30)  # as a name of a file may have it


@pytest.mark.skipif(os.name != "posix", reason="there is no such signal")
def test_one_of_another_user_is_there_though_proc_hides_it(monkeypatch):
    def refuse(number, signal):
        raise PermissionError

    monkeypatch.setattr(os, "kill", refuse)
    assert is_alive(2**22 + 7)


def test_elsewhere_nobody_is_sent_a_signal(monkeypatch):
    monkeypatch.setattr(alive, "os", SimpleNamespace(name="nt"))  # without kill, which would end the process
    monkeypatch.setattr(psutil, "pid_exists", lambda number: number == 7)
    assert (is_alive(7), is_alive(8)) == (True, False)
