"""The events that a callback has left in a folder, read one at a time."""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import RecordedEventsError
from ..states.probe_set import ProbeSet
from ..statistics.map_statistics import magnitude, map_figures
from ..whole_file import NpzError, read_npz
from .saliency_event import PROBES

NOT_MAPS = ("probe_hash", "env_steps", "figures")  # of the arrays in an event's file


@dataclass(frozen=True)
class RecordedEvent:
    """
    :param env_steps: of training, when the maps were made
    :param maps: {head, or head/method: signed (P, C, H, W) or (P, D)}
    :param figures: {curve: value}, as the callback wrote them, else computed from the maps; finite
    """

    env_steps: int
    maps: dict[str, np.ndarray]
    figures: dict[str, float]


@dataclass(frozen=True)
class RecordedEvents:
    """
    A folder of ``step_*.npz``, as :class:`saccade.saliency.SaliencyCallback` writes them; iterating reads one event at a time.

    :param folder: where they lie
    :param files: of the events, in the order of training
    :param probe_hash: of the states that all of them are about
    :param map_names: of all maps that any event has, in the order of their first appearance
    """

    folder: Path
    files: tuple[Path, ...]
    probe_hash: str
    map_names: tuple[str, ...]

    @classmethod
    def of(cls, run: Path) -> "RecordedEvents":
        """
        The events of a run, without reading their maps.

        :param run: run folder with the events in ``saliency/``, or the folder of the events itself
        :raises RecordedEventsError: if there are none, a file is damaged, or they are not all about the same states
        """
        folder = next((place for place in (run / "saliency", run) if any(place.glob("step_*.npz"))), None)
        if folder is None:
            raise RecordedEventsError(
                f"{run} has no saliency events (step_*.npz, there or in its saliency/); give a run folder "
                "of train.py, or the folder that SaliencyCallback wrote"
            )
        when: dict[Path, int] = {}
        hashes: dict[str, Path] = {}
        names: dict[str, None] = {}
        for path in sorted(folder.glob("step_*.npz")):
            arrays = _arrays(path, ("probe_hash", "env_steps"))
            when[path] = int(arrays["env_steps"])
            hashes.setdefault(str(arrays["probe_hash"]), path)
            names |= dict.fromkeys(name for name in arrays if name not in NOT_MAPS)
        if len(hashes) > 1:
            first, second, *_ = hashes.values()
            raise RecordedEventsError(
                f"{first} and {second.name} are about different probe states; keep the events of each probe "
                "set in a folder of their own"
            )
        if not names:
            raise RecordedEventsError(f"the events in {folder} hold no maps; write them with SaliencyCallback")
        return cls(folder, tuple(sorted(when, key=lambda path: when[path])), next(iter(hashes)), tuple(names))

    def __len__(self) -> int:
        return len(self.files)

    def __iter__(self) -> Iterator[RecordedEvent]:
        """
        The events in order.

        :raises RecordedEventsError: if a file is damaged, or its maps are of another shape than those before
        """
        before = None
        shape = None
        for path in self.files:
            arrays = _arrays(path)
            maps = {name: _checked(path, name, array) for name, array in arrays.items() if name not in NOT_MAPS}
            for name, signed in maps.items():
                shape = shape or magnitude(signed).shape
                if magnitude(signed).shape != shape:
                    raise RecordedEventsError(
                        f"{path} holds the map {name!r} of shape {signed.shape}, which does not fit the maps "
                        f"before it: {_described(shape)}; the events of a folder must be of one run"
                    )
            plain = {name: signed for name, signed in maps.items() if "/" not in name}
            figures = _figures(path, arrays["figures"]) if "figures" in arrays else map_figures(plain, before)
            before = plain
            yield RecordedEvent(int(arrays["env_steps"]), maps, {n: v for n, v in figures.items() if math.isfinite(v)})

    def probes(self) -> ProbeSet | None:
        """
        The states, from ``probes.npz`` beside the events; None where there is no such file.

        :raises RecordedEventsError: if it is damaged, or is about other states than the events
        """
        path = self.folder / PROBES
        if not path.exists():
            return None
        probes = ProbeSet.load(path)
        if probes is None or not _pictures(probes.frames, len(probes)):
            raise RecordedEventsError(
                f"{path} is damaged; put the right one in its place, or delete it to see the maps without the states"
            )
        if probes.hash != self.probe_hash:
            raise RecordedEventsError(
                f"{path} holds other states ({probes.hash}) than those of the events beside it "
                f"({self.probe_hash}); put the right one in its place, or delete it to see the maps alone"
            )
        return probes


def _arrays(path: Path, wanted: tuple[str, ...] | None = None) -> dict[str, np.ndarray]:
    """Arrays of a file; if some are wanted, the others are empty. Scalars every event must have are checked."""
    try:
        arrays = read_npz(path, wanted)
        int(arrays["env_steps"]), str(arrays["probe_hash"])
        return arrays
    except (NpzError, KeyError, TypeError, ValueError, OverflowError) as error:
        reason = type(error.__cause__ or error).__name__
        raise RecordedEventsError(f"{path} is damaged or no saliency event ({reason}); delete it, or copy it anew") from error


def _checked(path: Path, name: str, array: np.ndarray) -> np.ndarray:
    """Maps in a form that can be drawn."""
    if array.ndim not in (2, 4) or array.size == 0 or array.dtype.kind != "f":
        raise RecordedEventsError(
            f"{path} is damaged: {name!r} is {array.dtype} of shape {array.shape}, but maps are floats of "
            "shape (P, C, H, W) or (P, D)"
        )
    return array.astype(np.float32)


def _pictures(frames: np.ndarray | None, count: int) -> bool:
    """Whether frames are none, or that many RGB pictures."""
    return frames is None or (frames.shape == (count, *frames.shape[1:3], 3) and frames.dtype == np.uint8)


def _figures(path: Path, array: np.ndarray) -> dict[str, float]:
    try:
        return {str(name): float(value) for name, value in json.loads(str(array)).items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise RecordedEventsError(f"{path} is damaged: its figures are not numbers by name in JSON") from error


def _described(shape: tuple[int, ...]) -> str:
    return f"{shape[0]} probes, {shape[1]}x{shape[2]}"
