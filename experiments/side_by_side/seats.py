"""
Which trainings of a user go on on this machine. Each has a file in the cache folder, which it keeps locked while it trains.

The system releases the lock when the process ends in any way, so nobody counts a training that was killed. One that was stopped in
its terminal (Ctrl-Z) does not count either, until it goes on.
"""

import os
import socket
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from ...saliency.cache_folder import cache_folder

FOLDER = "trainings"  # in the cache folder
SUFFIX = ".seat"
OLD = 60.0  # seconds after which a file that nobody locks is deleted; a younger one may be about to be locked


@contextmanager
def seat(folder: Path | None = None) -> Iterator["Seats"]:
    """
    Be counted while the block runs.

    :param folder: for the files of all trainings; default: ``trainings`` in the user's cache folder of the suite
    """
    seats = Seats(cache_folder() / FOLDER if folder is None else folder)
    lock = FileLock(seats.own, blocking=False)
    try:
        seats.folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except (OSError, Timeout):  # a cache that cannot be written, or a file system without locks: nobody is counted
        yield seats
        return
    try:
        yield seats
    finally:
        lock.release()
        seats.own.unlink(missing_ok=True)


class Seats:
    """
    The trainings of this machine.

    :param folder: with their files. Other machines may share it: names begin with that of the machine
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._machine = socket.gethostname()
        # In order of their beginning, and with the process, whose use of the processors is asked for.
        self.own = folder / f"{self._machine}.{time.time_ns():020d}.{os.getpid()}.{uuid.uuid4().hex[:8]}{SUFFIX}"

    def taken(self) -> list[Path]:
        """The files of all trainings that go on, this one among them, the oldest first."""
        others = [path for path in self._files() if path != self.own and _is_locked(path) and not _is_stopped(process_of(path))]
        return sorted([*others, self.own], key=lambda path: path.name)

    def _files(self) -> list[Path]:
        try:
            return list(self.folder.glob(f"{self._machine}.*{SUFFIX}"))
        except OSError:
            return []


def process_of(path: Path) -> int:
    """The number of the process whose file this is."""
    return int(path.name.split(".")[-3])


def _is_locked(path: Path) -> bool:
    """Whether its training goes on. A file that was left behind is deleted."""
    lock = FileLock(path, blocking=False)
    try:
        age = time.time() - path.stat().st_mtime
        lock.acquire()
    except Timeout:
        return True
    except OSError:  # it is gone
        return False
    lock.release()
    if age > OLD:
        path.unlink(missing_ok=True)
    return False


def _is_stopped(process: int) -> bool:
    """Whether a process stands still, and leaves its processors to others."""
    try:
        return psutil.Process(process).status() == psutil.STATUS_STOPPED
    except psutil.Error:
        return False
