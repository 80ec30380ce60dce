"""
Where output goes: to a new place that is whole or absent, and that no other process writes to. With ``force``, in place of what a
command of ours has written.
"""

import csv
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from filelock import FileLock, Timeout

from ..saliency.records.event_name import parse_event_name
from ..saliency.whole_file import whole_folder
from .errors import ExperimentError, OutputError

PAGE_MARK = '<meta name="generator" content="saccade compare">'
PICTURE_MARK = "saccade plot"  # in the metadata of a picture
SUMMARY_MARK = "<!-- written by saccade plot -->"  # first line of a summary in Markdown
OF_EXPLANATIONS = re.compile(r"probes\.npz|report\.(json|md)|(objects|attentions)\.png|through-time-.*\.(npz|png|mp4)")


def check_free(path: Path, force: bool, is_ours: Callable[[Path], bool], instead: str = "output") -> None:
    """
    Check that output can go to a path.

    :param path: to write
    :param force: whether it may take the place of earlier output
    :param is_ours: whether what is there is output of the same command
    :param instead: the option that leads elsewhere
    :raises OutputError: if there is something that is not to be overwritten
    """
    if not (path.exists() or path.is_symlink()):
        return
    if not force:
        there = f"{path} exists already and is not overwritten"
        raise OutputError(f"{there}; choose another {instead}, or replace it with force", option="force")
    if path.is_symlink() or not is_ours(path):
        raise OutputError(
            f"{path} is not what this command writes, so it is not overwritten, even with force; move it, or delete it",
            option="force",
        )


def check_new_folder(folder: Path, force: bool, is_ours: Callable[[Path], bool]) -> None:
    """
    Check that a folder can be made, without making it.

    :param folder: that is wanted
    :param force: whether it may take the place of earlier output
    :param is_ours: whether a folder is such output
    :raises OutputError: if it exists and is not to be replaced, or cannot be made
    """
    try:
        check_free(folder, force, is_ours)
        if not folder.absolute().parent.is_dir():
            raise OutputError(f"{folder.parent} is not a folder, so {folder.name} cannot be made there")
        if not folder.exists():  # a name may be too long, or have characters that the file system does not take
            folder.mkdir()
            folder.rmdir()
        with TemporaryDirectory(prefix=".part-", dir=folder.parent):  # the only sure way to know
            pass
    except OSError as error:
        raise OutputError(f"{folder} cannot be made: {error}; choose another output") from error


def check_can_be_made(path: Path, error: type[ExperimentError]) -> None:
    """
    :param path: of a folder that does not exist
    :param error: what to raise if the user may not make it
    """
    parent = path.absolute().parent
    while not parent.exists():
        parent = parent.parent
    if not parent.is_dir() or not os.access(parent, os.W_OK | os.X_OK):
        raise error(f"{path} cannot be made, because {parent} is not a folder that you may write to; choose another output")


@contextmanager
def locked(path: Path, occupied: str, error: type[ExperimentError]) -> Iterator[None]:
    """
    While the block runs, no other process has the lock of a folder.

    :param path: of the folder
    :param occupied: what to say if another process has it
    :param error: what to raise then, or if the file system has no locks
    """
    lock = FileLock(path / ".lock", blocking=False)
    try:
        lock.acquire()
    except Timeout as timeout:
        raise error(f"{path} {occupied}") from timeout
    except OSError as problem:
        raise error(f"{path} cannot be locked against other processes: {problem}") from problem
    try:
        yield
    finally:
        lock.release()


@contextmanager
def new_folder(folder: Path, force: bool, is_ours: Callable[[Path], bool]) -> Iterator[Path]:
    """
    A folder to write to, which is whole or absent. Earlier output is deleted only when the new one is complete.

    :param folder: as for :func:`check_new_folder`, as are all others
    :raises OutputError: if it cannot be written, or if it exists by now and is not to be replaced
    """
    try:
        with whole_folder(folder) as part:
            yield part
            if folder.exists():
                check_free(folder, force, is_ours)
                shutil.rmtree(folder)
    except OSError as error:
        raise OutputError(f"{folder} cannot be written: {error}") from error


def free_path(wanted: Path) -> Path:
    """The path itself, or with the first number behind it of which there is nothing yet: ``name``, ``name-2``, ``name-3``."""
    path, number = wanted, 2
    while path.exists():
        path, number = wanted.with_name(f"{wanted.name}-{number}"), number + 1
    return path


def is_page(path: Path) -> bool:
    """Whether a file is a page of compare."""
    return path.is_file() and PAGE_MARK.encode() in _start(path)


def is_plot(path: Path) -> bool:
    """Whether a file is a picture of learning curves."""
    return path.is_file() and PICTURE_MARK.encode() in path.read_bytes()


def is_summary(path: Path, mark: str = SUMMARY_MARK) -> bool:
    """Whether a file is a summary in Markdown that begins with this mark."""
    return path.is_file() and _start(path).startswith(mark.encode())


def is_table(path: Path, columns: list[str]) -> bool:
    """Whether a file is a table with these columns."""
    if not path.is_file():
        return False
    first, *_ = [*_start(path).decode("utf-8", "replace").splitlines(), ""]
    return next(csv.reader([first]), []) == columns


def is_explanation(path: Path) -> bool:
    """Whether a folder holds what explain writes, and not one file more."""
    if not (path / "report.json").is_file():
        return False
    return all(inner.is_file() and _is_of_explanations(inner.name) for inner in path.iterdir())


def is_evaluation(path: Path) -> bool:
    """Whether a folder holds what evaluate writes of a model, and not one file more."""
    return is_report(path / "scores.json") and {inner.name for inner in path.iterdir()} <= {
        "scores.json",
        "scores.csv",
        "video.mp4",
    }


def is_report(path: Path) -> bool:
    """Whether a file has the scores of an evaluation."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(content, dict) and {"checkpoint", "env_steps", "seed"} <= content.keys()


def _is_of_explanations(name: str) -> bool:
    named = parse_event_name(name)
    return OF_EXPLANATIONS.fullmatch(name) is not None if named is None else named[1] in (".npz", ".png", ".mp4")


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4096)
