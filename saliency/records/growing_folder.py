"""A folder of events that a run may be writing: what is new in it, each file read once."""

import os
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from ..errors import RecordedEventsError, first_line
from .event_name import RECORD, parse_event_name

YOUNG = 60.0  # seconds in which a file that cannot be read may still be in the making
Mark = tuple[int, int, int]  # bytes, time of the last change in ns, number of the file
Item = TypeVar("Item")


@dataclass(frozen=True)
class Read(Generic[Item]):
    """
    :param serial: number of the reading, from 1 on; none is used twice
    :param env_steps: by the name of the file
    :param path: of the file
    :param item: what was read
    """

    serial: int
    env_steps: int
    path: Path
    item: Item


class GrowingFolder(Generic[Item]):
    """
    The events of a folder, ``step_<env steps>.npz``. The folder may be missing at first.

    :param folder: of the events
    :param read: (file, number of the reading) -> what is kept of it; raises ``RecordedEventsError`` if the file cannot be read
    :ivar items: what was read, by the name of the file
    :ivar generation: is raised when something that was read is gone, or is another file now
    """

    def __init__(self, folder: Path, read: Callable[[Path, int], Item]) -> None:
        self.folder, self._read = folder, read
        self.items: dict[str, Read[Item]] = {}
        self.generation = 0
        self._marks: dict[str, Mark] = {}
        self._failed: dict[str, tuple[Mark, str]] = {}
        self._serial = 0

    def forget(self, there: dict[str, Mark]) -> bool:
        """
        Forget what is gone, or is another file now.

        :param there: files of the folder, as :func:`plain_files` gives them
        :return: whether there was any
        """
        kept = {name: mark for name, mark in self._marks.items() if there.get(name) == mark}
        if len(kept) == len(self._marks):
            return False
        self._marks, self.items = kept, {name: self.items[name] for name in kept}
        self._failed.clear()  # what did not fit those that are gone may fit now
        self.generation += 1
        return True

    def look(self, there: dict[str, Mark], until: float) -> bool:
        """
        Read what is new, the newest first. One file is read in any case.

        A file that cannot be read is tried again at the next look if it has changed, or if it is young.

        :param there: files of the folder, as :func:`plain_files` gives them
        :param until: by ``time.monotonic()``, when to leave the rest for the next look
        :return: whether something is left
        """
        self.forget(there)
        self._failed = {name: failed for name, failed in self._failed.items() if name in there}
        steps = {name: found[0] for name in there if (found := parse_event_name(name)) and found[1] == RECORD}
        new = [
            name for name in sorted(steps, key=lambda name: -steps[name]) if name not in self._marks and self._is_due(name, there)
        ]
        for number, name in enumerate(new):
            if number and time.monotonic() > until:
                return True
            self._serial += 1
            try:
                item = self._read(self.folder / name, self._serial)
            except RecordedEventsError as error:
                self._failed[name] = there[name], first_line(error)
                continue
            self._failed.pop(name, None)
            self._marks[name] = there[name]
            self.items[name] = Read(self._serial, steps[name], self.folder / name, item)
        return False

    def in_order(self) -> list[Read[Item]]:
        """What was read, in the order of training."""
        return sorted(self.items.values(), key=lambda read: read.env_steps)

    def problems(self) -> list[str]:
        """Why files cannot be read. Those that may still be in the making are left out."""
        return [said for mark, said in self._failed.values() if not _is_young(mark)]

    def _is_due(self, name: str, there: dict[str, Mark]) -> bool:
        failed = self._failed.get(name)
        return failed is None or failed[0] != there[name] or _is_young(there[name])


def plain_files(folder: Path) -> dict[str, Mark]:
    """
    The files that lie in a folder themselves. Links lead elsewhere, so they are left out, as are pipes and devices.

    :param folder: none of a link, or nothing is found
    :return: {name: what changes when the file does}
    """
    found: dict[str, Mark] = {}
    try:
        if folder.is_symlink():
            return {}
        with os.scandir(folder) as entries:
            for entry in entries:
                if (mark := mark_of(entry)) is not None:  # else the others of the folder are still there
                    found[entry.name] = mark
    except OSError:  # it is not there yet, or is being moved
        pass
    return found


def mark_of(file: "Path | os.DirEntry[str]") -> Mark | None:
    """
    What changes when a file does.

    :param file: its path, or what a folder says of it
    :return: None if there is no file, or a link, a pipe or a device in its place
    """
    try:
        about = file.stat(follow_symlinks=False)
    except OSError:  # gone by now, as the part of a file that has got its name
        return None
    return (about.st_size, about.st_mtime_ns, about.st_ino) if stat.S_ISREG(about.st_mode) else None


def _is_young(mark: Mark) -> bool:
    return time.time() - mark[1] / 1e9 < YOUNG
