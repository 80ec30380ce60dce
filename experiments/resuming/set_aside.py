"""Files of a run that goes on from an earlier moment than theirs: they are kept, but out of the way."""

from collections.abc import Sequence
from pathlib import Path

from ..own_output import free_path


def set_aside(files: Sequence[Path], folder: Path, env_steps: int) -> Path | None:
    """
    Move files into a new folder, ``after-<env steps>``, where nobody looks for files of the run.

    :param files: that are later than where the run goes on
    :param folder: in which the new one is made
    :param env_steps: from which the run goes on
    :return: where they lie now; None if there are none
    :raises OSError: if one cannot be moved
    """
    if not files:
        return None
    apart = free_path(folder / f"after-{env_steps}")
    apart.mkdir()
    for file in files:
        file.rename(apart / file.name)
    return apart
