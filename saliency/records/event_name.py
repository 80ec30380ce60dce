"""How the files of an event are named: ``step_<env steps>`` and what the file is. No other place knows it."""

import re
from pathlib import Path

RECORD = ".npz"  # end of the file that is read again; pictures and a video have other ends
NAME = re.compile(r"step_(\d{1,20})([._].*)", re.ASCII | re.DOTALL)


def event_name(env_steps: int, end: str = "") -> str:
    """
    The name of a file. Names sort by time.

    :param env_steps: of training, when the event was made
    :param end: of the name, such as ``.npz`` or ``_paths.png``; empty for the part that all files of an event share
    """
    return f"step_{env_steps:010d}{end}"


def parse_event_name(name: str) -> tuple[int, str] | None:
    """
    Env steps and end of a file's name, as :func:`event_name` was given them.

    :param name: of any file
    :return: None if an event has no file of such a name
    """
    found = NAME.fullmatch(name)
    return (int(found[1]), found[2]) if found else None


def event_files(folder: Path) -> list[Path]:
    """
    The records of a folder, by name. What a user has put there under a similar name is among them, so that it can be refused.

    :param folder: may be missing
    """
    return sorted(folder.glob(f"step_*{RECORD}"))


def has_events(folder: Path) -> bool:
    """
    Whether a folder has such a record.

    :param folder: may be missing
    """
    return any(folder.glob(f"step_*{RECORD}"))
