"""One folder of events for a run, in the order of its env steps, however often the run was stopped."""

import filecmp
import re
from collections.abc import Iterator
from pathlib import Path

from ...saliency.records.event_name import RECORD, parse_event_name
from ...saliency.records.saliency_event import PROBES
from .set_aside import set_aside


def keep_one_folder(folder: Path, env_steps: int) -> Path | None:
    """
    Put the events of a run that goes on into one folder, without those that the run is going to make again.

    Events after ``env_steps`` go into a folder inside, where no page looks for events. Versions before this one made a numbered
    folder for each part of a run; their events move into the first folder. Other files stay where they are, and so does what the
    first folder has in another form.

    :param folder: ``saliency/`` or ``gaze/`` of the run
    :param env_steps: from which the run goes on
    :return: where later events lie now; None if there were none
    :raises OSError: if a file cannot be moved
    """
    for part in _later_parts(folder) if folder.is_dir() else ():
        _merge(part, folder)
    # A run that goes on from its very start makes the event of its start again.
    later = [file for step, file in events(folder) if step > env_steps or step == env_steps == 0]
    return set_aside(later, folder, env_steps)


def events(folder: Path) -> Iterator[tuple[int, Path]]:
    """Env steps and file of each part of an event: maps, pictures, video."""
    for file in sorted(folder.iterdir()) if folder.is_dir() else ():
        found = parse_event_name(file.name)
        if found is not None and file.is_file():
            yield found[0], file


def _later_parts(folder: Path) -> list[Path]:
    """Folders with events whose name is that of the folder and a number: ``saliency-2`` and so on, in order."""
    name = re.compile(rf"{re.escape(folder.name)}-([2-9]|[1-9][0-9]+)")
    numbers = {path: int(found[1]) for path in folder.parent.iterdir() if (found := name.fullmatch(path.name))}
    return [path for path in sorted(numbers, key=numbers.__getitem__) if any(file.suffix == RECORD for _, file in events(path))]


def _merge(part: Path, folder: Path) -> None:
    """Move what is not there yet, and delete what is there with the same bytes."""
    for file in (*(file for _, file in events(part)), part / PROBES):
        there = folder / file.name
        if not file.is_file():
            continue
        if not there.exists():
            file.rename(there)
        elif filecmp.cmp(file, there, shallow=False):
            file.unlink()
    if not any(part.iterdir()):
        part.rmdir()
