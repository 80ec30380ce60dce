"""Unfinished files that a killed process left in a run folder."""

import re
import shutil
import time
from pathlib import Path

from ..endings.alive import is_alive

NAME = re.compile(r"\.part-(\d+)-")
NOT_OURS = ("wandb",)
OF_TRAINING = "checkpoints"  # where nothing but a training writes
OLD = 24 * 3600  # seconds without a change


def delete_leftover_parts(run: Path) -> None:
    """
    Delete the ``.part-<process>-...`` of processes that are gone. Those of living ones stay, such as a running evaluation's.

    A process of another machine, or of another container, cannot be asked. So a part stays for a day after its last change, except
    among the checkpoints: the caller trains in the folder, so nobody else does.

    :param run: run folder, which the caller has locked
    """
    for folder in (run, *(each for each in run.iterdir() if each.is_dir() and each.name not in NOT_OURS)):
        for part in (*folder.glob(".part-*"), *folder.glob("*/.part-*")):
            found, place = NAME.match(part.name), part.relative_to(run).parts[0]
            if found is None or place in NOT_OURS or is_alive(int(found[1])):
                continue
            if place != OF_TRAINING and time.time() - _last_change(part) < OLD:
                continue
            if part.is_dir():
                shutil.rmtree(part, ignore_errors=True)
            else:
                part.unlink(missing_ok=True)


def _last_change(part: Path) -> float:
    """Of a file, or of a folder with all that is in it, in seconds since the epoch; now if it changes just now."""
    try:
        return max(each.stat().st_mtime for each in (part, *part.rglob("*")))
    except FileNotFoundError:  # its process is renaming files
        return time.time()
