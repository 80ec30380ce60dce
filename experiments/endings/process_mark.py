"""Which process wrote a file, so that who reads it can tell whether that process is still there."""

import contextlib
import hashlib
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from .alive import is_alive

PROC, MACHINE_ID = Path("/proc"), Path("/etc/machine-id")  # of Linux
UNKNOWN = "unknown"
START_TIME = 19  # place of a process's start, in clock ticks since the machine's, behind the name in its file stat (man proc)


@dataclass(frozen=True)
class ProcessMark:
    """
    :param machine: its name and, on Linux, a hash of its number and the namespace in which numbers of processes count
    :param number: of the process
    :param began: when, in a form that only serves to compare. A process that got the same number later has another one.
        ``UNKNOWN`` if the system does not tell
    """

    machine: str
    number: int
    began: str

    @classmethod
    def own(cls) -> "ProcessMark":
        """Of this process. A system that tells too little about it ends no training: then the mark is of an unknown process."""
        number = os.getpid()
        try:
            return cls(_machine(), number, _began(number))
        except (OSError, psutil.Error):
            return cls(UNKNOWN, number, UNKNOWN)

    @classmethod
    def of(cls, content: Any) -> "ProcessMark":
        """:raises ValueError: if :meth:`content` did not make it"""
        if not isinstance(content, Mapping):
            raise ValueError("it is not a mark of a process")
        machine, number, began = (content.get(name) for name in ("machine", "number", "began"))
        if not (isinstance(machine, str) and type(number) is int and isinstance(began, str)) or not 0 < number < 2**31:
            raise ValueError("it is not a mark of a process")
        return cls(machine, number, began)

    def content(self) -> dict[str, Any]:
        """For JSON."""
        return {"machine": self.machine, "number": self.number, "began": self.began}

    def is_there(self) -> bool | None:
        """Whether the process goes on; None if nobody here can tell, because it is of another machine or of an unknown time."""
        if self.began == UNKNOWN or self.machine != _machine():
            return None
        try:
            began = _began(self.number)
            if began == UNKNOWN:
                return None
            return began == self.began and psutil.Process(self.number).status() != psutil.STATUS_ZOMBIE
        except (PermissionError, psutil.AccessDenied):
            return True
        except FileNotFoundError:  # /proc may be mounted with hidepid
            return is_alive(self.number)
        except (ProcessLookupError, psutil.Error):
            return False
        except OSError:  # as when too many files are open
            return None


def _machine() -> str:
    parts = [socket.gethostname()]
    with contextlib.suppress(OSError):  # Two machines of one name may share a disk. The number itself should not leave its machine.
        parts.append(hashlib.sha256(b"saccade " + MACHINE_ID.read_bytes().strip()).hexdigest()[:16])
    with contextlib.suppress(OSError):
        parts.append(os.readlink(PROC / "self" / "ns" / "pid"))
    return " ".join(parts)


def _began(number: int) -> str:
    """
    :return: ``UNKNOWN`` if there is such a process, but no number of the machine's start
    :raises OSError, psutil.Error: if there is no such process, or it may not be looked at
    """
    if not PROC.joinpath("self", "stat").exists():
        return str(psutil.Process(number).create_time())
    after_name = (PROC / str(number) / "stat").read_bytes().rpartition(b")")[2].split()
    try:  # The clock of the wall may be set, which changes what psutil says here.
        boot = (PROC / "sys" / "kernel" / "random" / "boot_id").read_text(encoding="ascii", errors="replace").strip()
    except OSError:  # as in some sandboxes
        return UNKNOWN
    return f"{boot} {after_name[START_TIME].decode()}"
