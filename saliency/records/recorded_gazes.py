"""The events that GazeCallback has left in a folder: gazes, and the pictures beside them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import RecordedEventsError
from ..states.gaze_record import GazeRecord
from ..whole_file import NpzError, read_npz
from .event_name import event_files, has_events

NOTHING = np.empty(0)
ENDS = ("_heat_map.png", "_paths.png", ".mp4")  # of the files beside an event, in the order of GazeEvent


@dataclass(frozen=True)
class GazeEvent:
    """
    One event.

    :param env_steps: of training
    :param figures: {curve: value}, as :meth:`saccade.saliency.GazeRecord.curves` gives them
    :param heat_map: picture of all gazes, or None
    :param paths: picture of episodes, or None
    :param film: video of a long episode, or None
    """

    env_steps: int
    figures: dict[str, float]
    heat_map: Path | None
    paths: Path | None
    film: Path | None


def gaze_folder(run: Path) -> Path | None:
    """
    Where the gaze events of a run are; None if it has none. A run may have maps beside them.

    :param run: run folder with ``gaze/``, or the folder of the events itself
    :raises RecordedEventsError: if the folder's first file is damaged
    """
    if has_events(run / "gaze"):
        return run / "gaze"
    if has_events(run / "saliency"):
        return None
    first = next(iter(event_files(run)), None)
    return run if first is not None and "gazes" in _arrays(first, names_only=True) else None


def gaze_events(folder: Path) -> list[GazeEvent]:
    """
    The events of a folder, in the order of training.

    :param folder: as :func:`gaze_folder` gives it
    :raises RecordedEventsError: if a file is damaged
    """
    return [gaze_event(path) for path in event_files(folder)]


def gaze_event(path: Path) -> GazeEvent:
    """
    One event, with the pictures that lie beside it.

    :param path: ``step_<env steps>.npz``
    :raises RecordedEventsError: if the file is damaged
    """
    arrays = _arrays(path)
    try:
        believed = str(arrays.get("believed", "probability"))  # before 0.2.0 all were probabilities
        record = GazeRecord(NOTHING, arrays["gazes"], NOTHING, arrays["beliefs"], arrays.get("labels"), believed=believed)
        figures, env_steps = record.curves(), int(arrays["env_steps"])
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise RecordedEventsError(f"{path} is damaged or not a gaze event ({type(error).__name__}); delete it") from error
    heat_map, paths, film = (path.with_name(path.stem + end) for end in ENDS)
    there = (file if file.is_file() else None for file in (heat_map, paths, film))
    return GazeEvent(env_steps, figures, *there)


def _arrays(path: Path, names_only: bool = False) -> dict[str, np.ndarray]:
    try:
        return read_npz(path, () if names_only else None)
    except NpzError as error:
        raise RecordedEventsError(f"{path} is damaged; delete it, or copy it again") from error
