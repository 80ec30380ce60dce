"""One event of training: its maps and figures in a file, written and read here, and its pictures beside it."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import RecordedEventsError
from ..extras import Extras
from ..map_key import MapKey, Maps
from ..pictures.event_pictures import event_sheet, trajectory_panels
from ..pictures.layout import write_png
from ..pictures.map_picture import full_colour_at
from ..pictures.video import write_mp4
from ..states.notes import Notes
from ..states.probe_set import ProbeSet
from ..states.states import States
from ..statistics.map_statistics import entropy, gini, magnitude, norms
from ..whole_file import NpzError, read_npz, write_npz
from .event_name import event_name
from .memory_record import SECTION, MemoryRecord

FORMAT = 5  # of an event's file; 4 had no maps through time, 3 had no verdicts, 2 had no maps of several entries, 1 had no number
PROBES = "probes.npz"  # beside the events
ABOUT = ("format", "probe_hash", "env_steps", "figures", "verdicts")  # the arrays that are not maps


@dataclass(frozen=True)
class SaliencyEvent:
    """
    What the callback or ``explain`` leaves.

    :param env_steps: of training, when the maps were made
    :param probes: the states
    :param maps: signed (P, ...), on the states
    :param trajectory: consecutive states for a video, or None
    :param trajectory_maps: signed (T, ...), on the trajectory
    :param figures: {curve: value}, kept with the maps
    :param notes: what pictures say of the states
    :param trajectory_notes: what the video says of its states
    :param title: of the picture of all states; None: the env steps of training
    :param verdicts: {map, in the text form of its key: what the checks say of it}; empty without checks
    :param memory: maps through time of a recurrent policy, or None
    """

    env_steps: int
    probes: ProbeSet
    maps: Maps
    trajectory: States | None = None
    trajectory_maps: Maps | None = None
    figures: dict[str, float] = field(default_factory=dict)
    notes: Notes = field(default_factory=Notes)
    trajectory_notes: Notes = field(default_factory=Notes)
    title: str | None = None
    verdicts: dict[str, str] = field(default_factory=dict)
    memory: MemoryRecord | None = None

    @property
    def stem(self) -> str:
        """Of the file names. They sort by time."""
        return event_name(self.env_steps)

    def rows(self) -> list[dict[str, Any]]:
        """
        A table with a row for each map: probe, head, method, entry (of dict observations only), the name of its picture, the
        strength that is drawn in full colour, its figures, and the verdict on the maps of all probes (if they were checked).
        """
        of_entries = any(key.entry for key in self.maps)
        return [
            {
                "probe": i,
                "head": key.head,
                "method": key.method,
                **({"entry": key.entry} if of_entries else {}),
                "map": f"{key}/probe_{i:02d}",
                "scale": full_colour_at(strength[i]),
                "norm": float(sizes[i]),
                "entropy": float(spread[i]),
                "gini": float(uneven[i]),
                **({"verdict": self.verdicts.get(str(key), "")} if self.verdicts else {}),
            }
            for key, maps in self.maps.items()
            for strength, sizes in [(magnitude(maps), norms(maps))]
            for spread, uneven in [(entropy(strength), gini(strength))]
            for i in range(len(maps))
        ]

    def write(self, folder: Path, extras: Extras | None = None) -> Path | None:
        """
        ``step_<env steps>.npz`` (signed maps, the hash of the states, figures), ``.png`` (all states) and ``.mp4`` (the
        trajectory), and ``_through_time.png`` of a recurrent policy. The first event of a folder also writes the states,
        ``probes.npz``.

        :param folder: where
        :param extras: try the picture and the video; by default their failure is said in the log
        :return: the video, if there is one
        :raises OSError: if the maps cannot be written
        """
        folder.mkdir(parents=True, exist_ok=True)
        raw, sheet, video = (folder / f"{self.stem}{suffix}" for suffix in (".npz", ".png", ".mp4"))
        # The file holds pictures and vectors. Anything else becomes a vector.
        flat = {str(key): x if x.ndim == 4 else x.reshape(len(x), -1) for key, x in self.maps.items()}
        about = {
            "format": FORMAT,
            "probe_hash": self.probes.hash,
            "env_steps": self.env_steps,
            "figures": json.dumps(self.figures),
            "verdicts": json.dumps(self.verdicts),
        }
        memory = self.memory
        through_time = {} if memory is None else memory.arrays()
        write_npz(raw, {**{name: np.array(x) for name, x in about.items()}, **flat, **through_time})
        if not (folder / PROBES).exists():
            self.probes.save(folder / PROBES)
        extras = extras or Extras("saliency pictures")
        title = f"saliency after {self.env_steps:,} env steps of training" if self.title is None else self.title
        extras.tried(lambda: write_png(sheet, event_sheet(title, self.probes, self.maps, self.notes)))
        if memory is not None:
            extras.tried(lambda: write_png(folder / f"{self.stem}_{SECTION}.png", memory.sheet()))
        trajectory, maps = self.trajectory, self.trajectory_maps
        if trajectory is not None and maps is not None:
            extras.tried(lambda: write_mp4(video, trajectory_panels(trajectory, maps, self.trajectory_notes)))
        return video if video.exists() else None


@dataclass(frozen=True)
class EventFile:
    """
    What an event's file says.

    :param env_steps: of training, when the maps were made
    :param probe_hash: of the states
    :param map_keys: of the maps, in their order
    :param maps: signed (P, C, H, W) or (P, D); empty if they were not asked for
    :param figures: {curve: value}; None if the file has none
    :param verdicts: {map, in the text form of its key: what the checks say of it}; empty if the file has none
    """

    env_steps: int
    probe_hash: str
    map_keys: tuple[MapKey, ...]
    maps: Maps
    figures: dict[str, float] | None
    verdicts: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path, with_maps: bool = True) -> "EventFile":
        """
        Reads what :meth:`SaliencyEvent.write` wrote, in this format or an earlier one.

        :param path: ``step_<env steps>.npz``
        :param with_maps: whether to read the maps too
        :raises RecordedEventsError: if the file is damaged, is not an event, or has a later format
        """
        try:
            arrays = read_npz(path, None if with_maps else ABOUT)
            number = int(arrays["format"]) if "format" in arrays else 1
            env_steps, probe_hash = int(arrays["env_steps"]), str(arrays["probe_hash"])
        except (NpzError, KeyError, TypeError, ValueError, OverflowError) as error:
            reason = type(error.__cause__ or error).__name__
            raise RecordedEventsError(
                f"{path} is damaged or not a saliency event ({reason}); delete it, or copy it again"
            ) from error
        if number > FORMAT:
            raise RecordedEventsError(f"{path} has format {number}, and this version reads up to {FORMAT}; install a newer saccade")
        found = {MapKey.parse(name): array for name, array in arrays.items() if _is_map(name)}
        maps = {key: _checked(path, key, array) for key, array in found.items()} if with_maps else {}
        figures = _figures(path, arrays["figures"]) if "figures" in arrays else None
        verdicts = _verdicts(path, arrays["verdicts"]) if "verdicts" in arrays else {}
        return cls(env_steps, probe_hash, tuple(found), maps, figures, verdicts)


def _is_map(name: str) -> bool:
    """Whether an array of an event's file is a map of the probes."""
    return name not in ABOUT and not name.startswith(f"{SECTION}/")


def _checked(path: Path, key: MapKey, array: np.ndarray) -> np.ndarray:
    """Maps in a form that can be drawn."""
    if array.ndim not in (2, 4) or array.size == 0 or array.dtype.kind != "f":
        raise RecordedEventsError(
            f"{path} is damaged: {str(key)!r} is {array.dtype} of shape {array.shape}, but maps are floats of "
            "shape (P, C, H, W) or (P, D)"
        )
    return array.astype(np.float32)


def _figures(path: Path, array: np.ndarray) -> dict[str, float]:
    try:
        return {str(name): float(value) for name, value in json.loads(str(array)).items()}
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise RecordedEventsError(f"{path} is damaged: its figures are not numbers by name in JSON") from error


def _verdicts(path: Path, array: np.ndarray) -> dict[str, str]:
    try:
        return {str(name): str(line) for name, line in json.loads(str(array)).items()}
    except (ValueError, AttributeError, RecursionError) as error:
        raise RecordedEventsError(f"{path} is damaged: its verdicts are not lines by name in JSON") from error
