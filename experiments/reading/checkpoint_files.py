"""The checkpoints of a run as files: which there are, and whether they are whole."""

import hashlib
import json
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path

from ..errors import RunFolderError
from ..reporting import Reporter

PARTS = ("data", "policy.pth")  # that every model of SB3's has
NAME = re.compile(r"step_[0-9]+\.zip")


def checkpoint_file(folder: Path, env_steps: int) -> Path:
    """``step_<env steps>.zip``: the names sort by time."""
    return folder / f"step_{env_steps:010d}.zip"


def checkpoint_files(folder: Path) -> list[Path]:
    """All checkpoints of a folder, the newest last. Files of other names are the user's."""
    return sorted(path for path in folder.glob("step_*.zip") if NAME.fullmatch(path.name))


def steps_of(checkpoint: Path) -> int:
    """Env steps of a checkpoint, from its name."""
    return int(checkpoint.stem.removeprefix("step_"))


def is_whole(checkpoint: Path) -> bool:
    """Whether a file is a model of SB3's, with every byte as it was written."""
    try:
        with zipfile.ZipFile(checkpoint) as archive:
            if archive.testzip() is not None or not set(PARTS) <= set(archive.namelist()):
                return False
            return isinstance(json.loads(archive.read("data")), dict)
    except Exception:  # a damaged byte may raise anything: errors of zipfile, zlib, struct, json, or an unknown compression
        return False


def digest(file: Path) -> str:
    """SHA-256 of a file."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def newest_whole(found: Sequence[Path], reporter: Reporter) -> Path:
    """
    The newest checkpoint that is whole.

    :param found: checkpoints, the newest last; not empty
    :param reporter: is told if newer ones are damaged
    :raises RunFolderError: if all are damaged
    """
    for place in reversed(range(len(found))):
        if is_whole(found[place]):
            if place < len(found) - 1:
                damaged = ", ".join(path.name for path in found[place + 1 :])
                reporter.say(f"{damaged} in {found[place].parent} is damaged, so {found[place].name} before it is used")
            return found[place]
    raise RunFolderError(f"{found[-1]} is damaged and cannot be read, and no other checkpoint is whole; start a new run")
