"""Which process wrote a file, so that who reads it can tell whether that process is still there."""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

PROC = Path("/proc")  # of Linux
START_TIME = 19  # place of a process's start, in clock ticks since the machine's, behind the name in its file stat (man proc)


@dataclass(frozen=True)
class ProcessMark:
    """
    :param machine: its name and, on Linux, the namespace in which numbers of processes count
    :param number: of the process
    :param began: when, in a form that only serves to compare. A process that got the same number later has another one
    """

    machine: str
    number: int
    began: str

    @classmethod
    def own(cls) -> "ProcessMark":
        """Of this process."""
        return cls(_machine(), os.getpid(), _began(os.getpid()))

    @classmethod
    def of(cls, content: Any) -> "ProcessMark":
        """:raises ValueError: if :meth:`content` did not make it"""
        if not isinstance(content, Mapping):
            raise ValueError("it is no mark of a process")
        machine, number, began = (content.get(name) for name in ("machine", "number", "began"))
        if not (isinstance(machine, str) and type(number) is int and isinstance(began, str)) or not 0 < number < 2**31:
            raise ValueError("it is no mark of a process")
        return cls(machine, number, began)

    def content(self) -> dict[str, Any]:
        """For JSON."""
        return {"machine": self.machine, "number": self.number, "began": self.began}

    def is_there(self) -> bool | None:
        """Whether the process goes on; None if it is of another machine, where nobody here can look."""
        if self.machine != _machine():
            return None
        try:
            return _began(self.number) == self.began and psutil.Process(self.number).status() != psutil.STATUS_ZOMBIE
        except psutil.AccessDenied:  # it is there
            return True
        except (psutil.Error, OSError):
            return False


def _machine() -> str:
    try:
        return f"{socket.gethostname()} {os.readlink(PROC / 'self' / 'ns' / 'pid')}"
    except OSError:
        return socket.gethostname()


def _began(number: int) -> str:
    """:raises OSError, psutil.Error: if there is no such process"""
    if not PROC.joinpath("self", "stat").exists():
        return str(psutil.Process(number).create_time())
    # The clock of the wall may be set, which changes what psutil says here.
    boot = (PROC / "sys" / "kernel" / "random" / "boot_id").read_text(encoding="ascii").strip()
    after_name = (PROC / str(number) / "stat").read_bytes().rpartition(b")")[2].split()
    return f"{boot} {after_name[START_TIME].decode()}"
