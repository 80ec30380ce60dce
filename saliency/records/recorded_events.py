"""The events that a callback has left in a folder, read one at a time."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ..errors import RecordedEventsError
from ..map_key import JACOBIAN, MapKey, Maps
from ..states.probe_set import ProbeSet
from ..statistics.map_figures import map_figures
from ..statistics.map_statistics import magnitude
from .event_name import event_files, has_events
from .saliency_event import PROBES, EventFile


@dataclass(frozen=True)
class RecordedEvent:
    """
    One event of a folder.

    :param env_steps: of training, when the maps were made
    :param maps: signed (P, C, H, W) or (P, D)
    :param figures: {curve: value}, finite; computed from the maps if the file has none
    :param verdicts: {map, in the text form of its key: what the checks say of it}; empty if the file has none
    """

    env_steps: int
    maps: Maps
    figures: dict[str, float]
    verdicts: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, event: EventFile, before: Maps | None = None) -> "RecordedEvent":
        """
        The event of a file.

        :param event: with its maps
        :param before: the Jacobians of the event before, for the drift of files without figures
        """
        figures = event.figures if event.figures is not None else map_figures(jacobians(event.maps), before)
        finite = {name: value for name, value in figures.items() if math.isfinite(value)}
        return cls(event.env_steps, event.maps, finite, event.verdicts)


def jacobians(maps: Maps) -> Maps:
    """
    The maps that are Jacobians.

    :param maps: by all methods
    """
    return {key: signed for key, signed in maps.items() if key.method == JACOBIAN}


@dataclass(frozen=True)
class RecordedEvents:
    """
    A folder of ``step_*.npz``, as :class:`saccade.saliency.SaliencyCallback` writes them. Iterating reads one event at a time.

    :param folder: of the events
    :param files: of the events, in the order of training
    :param probe_hash: of the states that all events are about
    :param map_keys: of every map in any event, in the order of their first appearance
    """

    folder: Path
    files: tuple[Path, ...]
    probe_hash: str
    map_keys: tuple[MapKey, ...]

    @classmethod
    def of(cls, run: Path) -> "RecordedEvents":
        """
        The events of a run, without reading their maps.

        :param run: run folder with the events in ``saliency/``, or the folder of the events itself
        :raises RecordedEventsError: if there are none, if a file is damaged, or if they are about different states
        """
        folder = next((place for place in (run / "saliency", run) if has_events(place)), None)
        if folder is None and (run / "gaze").is_dir():
            raise RecordedEventsError(f"{run} has gazes, and no saliency maps; compare runs with gazes only with each other")
        if folder is None:
            raise RecordedEventsError(
                f"{run} has no saliency events (step_*.npz, there or in its saliency/); give a run folder "
                "of saccade train, or the folder that SaliencyCallback wrote"
            )
        events = {path: EventFile.read(path, with_maps=False) for path in event_files(folder)}
        first_of: dict[str, Path] = {}
        for path, event in events.items():
            first_of.setdefault(event.probe_hash, path)
        if len(first_of) > 1:
            first, second, *_ = first_of.values()
            raise RecordedEventsError(
                f"{first} and {second.name} are about different probe states; keep the events of each probe set in its own folder"
            )
        keys = tuple(dict.fromkeys(key for event in events.values() for key in event.map_keys))
        if not keys:
            raise RecordedEventsError(f"the events in {folder} hold no maps; write them with SaliencyCallback")
        return cls(folder, tuple(sorted(events, key=lambda path: events[path].env_steps)), next(iter(first_of)), keys)

    def __len__(self) -> int:
        return len(self.files)

    def __iter__(self) -> Iterator[RecordedEvent]:
        """
        The events in order.

        :raises RecordedEventsError: if a file is damaged, or its maps have another shape than those before
        """
        before: Maps | None = None
        shapes: dict[str, tuple[int, ...]] = {}  # by entry
        for path in self.files:
            event = EventFile.read(path)
            for key, signed in event.maps.items():
                shape = shapes.setdefault(key.entry, magnitude(signed).shape)
                if magnitude(signed).shape != shape:
                    raise RecordedEventsError(
                        f"{path} holds the map {str(key)!r} of shape {signed.shape}, which does not fit the maps before it: "
                        f"{shape[0]} probes, {shape[1]}x{shape[2]}; the events of a folder must be of one run"
                    )
            yield RecordedEvent.of(event, before)
            before = jacobians(event.maps)

    def probes(self) -> ProbeSet | None:
        """
        The states, from ``probes.npz`` beside the events; None if there is no such file.

        :raises RecordedEventsError: if it is damaged, or is about other states than the events
        """
        path = self.folder / PROBES
        if not path.exists():
            return None
        return probes_of(path, self.probe_hash)


def probes_of(path: Path, probe_hash: str) -> ProbeSet:
    """
    The states of events.

    :param path: of ``probes.npz``
    :param probe_hash: of the states that the events are about
    :raises RecordedEventsError: if the file is damaged, or holds other states
    """
    probes = ProbeSet.load(path)
    if probes is None or not _are_pictures(probes.frames, len(probes)):
        raise RecordedEventsError(
            f"{path} is damaged; put the right one in its place, or delete it to see the maps without the states"
        )
    if probes.hash != probe_hash:
        raise RecordedEventsError(
            f"{path} holds other states ({probes.hash}) than those of the events beside it "
            f"({probe_hash}); put the right one in its place, or delete it to see the maps alone"
        )
    return probes


def _are_pictures(frames: np.ndarray | None, count: int) -> bool:
    """Whether frames are None, or that many RGB pictures."""
    return frames is None or (frames.shape == (count, *frames.shape[1:3], 3) and frames.dtype == np.uint8)
