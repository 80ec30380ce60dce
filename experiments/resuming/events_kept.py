"""One folder of events for a run, in the order of its env steps, however often the run was stopped."""

import re
from collections.abc import Iterator
from pathlib import Path

from .set_aside import set_aside

NAME = re.compile(r"step_(\d+)[._]")


def keep_one_folder(folder: Path, env_steps: int) -> Path | None:
    """
    Put the events of a run that goes on into one folder, without those that the run is going to make again.

    Events after ``env_steps`` go into a folder inside, where no page looks for events. Versions before this one made a numbered
    folder for each part of a run; their events move into the first folder.

    :param folder: ``saliency/`` or ``gaze/`` of the run
    :param env_steps: from which the run goes on
    :return: where later events lie now; None if there were none
    :raises OSError: if a file cannot be moved
    """
    for numbered in sorted(folder.parent.glob(f"{folder.name}-*"), key=_number):
        if folder.is_dir() and _number(numbered):
            _merge(numbered, folder)
    # A run that goes on from its very start makes the event of its start again.
    later = [file for step, file in events(folder) if step > env_steps or step == env_steps == 0]
    return set_aside(later, folder, env_steps)


def events(folder: Path) -> Iterator[tuple[int, Path]]:
    """Env steps and file of each part of an event: maps, pictures, video."""
    for file in sorted(folder.iterdir()) if folder.is_dir() else ():
        found = NAME.match(file.name)
        if found and file.is_file():
            yield int(found[1]), file


def _merge(numbered: Path, folder: Path) -> None:
    """Move what is not there yet."""
    for file in sorted(numbered.iterdir()):
        if file.is_file() and not (folder / file.name).exists():
            file.rename(folder / file.name)
    if not any(file.suffix == ".npz" and NAME.match(file.name) for file in numbered.iterdir()):
        for file in numbered.iterdir():  # the same probes, and pictures that the first folder has as well
            if file.is_file():
                file.unlink()
        if not any(numbered.iterdir()):
            numbered.rmdir()


def _number(folder: Path) -> int:
    """The number behind the name of a folder; 0 if there is none."""
    end = folder.name.rpartition("-")[2]
    return int(end) if end.isdigit() and folder.is_dir() else 0
