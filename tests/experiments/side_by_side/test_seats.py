"""Trainings see one another through locked files, also across processes, and none that has ended."""

import os
import signal
import subprocess
import sys
import time

from saccade.experiments.side_by_side.seats import OLD, process_of, seat

SITS = """
import sys, time
from pathlib import Path
from saccade.experiments.side_by_side.seats import seat
with seat(Path(sys.argv[1])):
    print("sits", flush=True)
    time.sleep(60)
"""


def test_trainings_count_one_another_and_the_oldest_comes_first(tmp_path):
    with seat(tmp_path / "cache") as first:
        assert first.taken() == [first.own]
        with seat(tmp_path / "cache") as second:
            assert first.taken() == second.taken() == [first.own, second.own]
            assert process_of(second.own) == os.getpid()
        assert first.taken() == [first.own]
    assert not list((tmp_path / "cache").iterdir())


def test_a_killed_process_is_not_counted(tmp_path):
    other = subprocess.Popen([sys.executable, "-c", SITS, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    try:
        assert other.stdout.readline() == "sits\n"
        with seat(tmp_path) as own:
            assert [process_of(path) for path in own.taken()] == [other.pid, os.getpid()]
            other.send_signal(signal.SIGKILL)
            other.wait()
            assert own.taken() == [own.own]
    finally:
        other.kill()
        other.stdout.close()


def test_a_stopped_training_counts_when_it_goes_on(tmp_path):
    other = subprocess.Popen([sys.executable, "-c", SITS, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    try:
        assert other.stdout.readline() == "sits\n"
        with seat(tmp_path) as own:
            other.send_signal(signal.SIGSTOP)
            os.waitpid(other.pid, os.WUNTRACED)
            assert own.taken() == [own.own]
            other.send_signal(signal.SIGCONT)
            os.waitpid(other.pid, os.WCONTINUED)
            assert [process_of(path) for path in own.taken()] == [other.pid, os.getpid()]
    finally:
        other.kill()
        other.wait()
        other.stdout.close()


def test_files_left_behind_are_deleted_once_they_are_old(tmp_path):
    with seat(tmp_path) as own:
        left = own.own.with_name(own.own.name.replace(f".{os.getpid()}.", ".1."))
        left.touch()
        assert own.taken() == [own.own]
        assert left.exists()
        os.utime(left, (time.time() - 2 * OLD,) * 2)
        assert own.taken() == [own.own]
        assert not left.exists()


def test_another_machine_that_shares_the_folder_is_not_counted(tmp_path, monkeypatch):
    monkeypatch.setattr("socket.gethostname", lambda: "there")
    with seat(tmp_path):
        monkeypatch.setattr("socket.gethostname", lambda: "here")
        with seat(tmp_path) as here:
            assert here.taken() == [here.own]


def test_a_folder_that_cannot_be_made_means_alone(tmp_path):
    (tmp_path / "file").touch()
    with seat(tmp_path / "file" / "cache") as alone:
        assert alone.taken() == [alone.own]


def test_the_default_folder_is_in_the_users_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("SACCADE_CACHE", str(tmp_path))
    with seat() as own:
        assert own.own.parent == tmp_path / "trainings"
        assert own.own.exists()
