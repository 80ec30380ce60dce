"""Unfinished files that a killed process left in a run folder."""

import os
import re
import shutil
from pathlib import Path

NAME = re.compile(r"\.part-(\d+)-")
NOT_OURS = ("wandb",)


def delete_leftover_parts(run: Path) -> None:
    """
    Delete the ``.part-<process>-...`` of processes that are gone. Those of living ones stay, such as a running evaluation's.

    :param run: run folder
    """
    for folder in (run, *(each for each in run.iterdir() if each.is_dir() and each.name not in NOT_OURS)):
        for part in (*folder.glob(".part-*"), *folder.glob("*/.part-*")):
            found = NAME.match(part.name)
            if found is None or _is_alive(int(found[1])) or part.relative_to(run).parts[0] in NOT_OURS:
                continue
            if part.is_dir():
                shutil.rmtree(part, ignore_errors=True)
            else:
                part.unlink(missing_ok=True)


def _is_alive(process: int) -> bool:
    if os.name != "posix":  # elsewhere asking would end it
        return True
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
