"""The maps of a folder that grows, as the page's script is told of them."""

from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import RecordedEventsError, first_line
from ...map_key import MapKey
from ...records.growing_folder import GrowingFolder, Mark
from ...records.recorded_events import RecordedEvent, probes_of
from ...records.saliency_event import PROBES, EventFile
from ...states.probe_set import ProbeSet
from ..comparison_page import Shapes, about_runs, event_row, state_images

MOST_KEPT = 256 * 2**20  # bytes of images of maps in memory; others are drawn again when they are asked for


@dataclass(frozen=True)
class KnownEvent:
    """
    :param row: what the script is told
    :param keys: of its maps
    """

    row: dict[str, Any]
    keys: tuple[MapKey, ...]


class LiveMaps:
    """
    The events of a folder as far as they have been read, and their maps as images.

    :param name: of the run; any text
    :param folder: of the events
    :param most_kept: bytes of images that stay in memory
    """

    def __init__(self, name: str, folder: Path, most_kept: int = MOST_KEPT) -> None:
        self.name, self.folder, self._most_kept = name, folder, most_kept
        self.events = GrowingFolder(folder, self._drawn)
        self._images: OrderedDict[str, str] = OrderedDict()  # data URIs of maps, those asked for last at the end
        self._kept = 0
        self._shapes: Shapes = {}
        self._hash: str | None = None  # of the states of all events
        self._probes: ProbeSet | None = None
        self._sizes: dict[str, dict[str, int]] = {}
        self._states: dict[str, str] = {}  # data URIs
        self._states_of: tuple[Mark | None, tuple[str, ...]] | None = None  # what they were made from
        self._problem = ""

    def look(self, there: dict[str, Mark], until: float) -> bool:
        """
        Read what is new.

        :param there: files of the folder
        :param until: when to leave the rest for the next look, by ``time.monotonic()``
        :return: whether something is left
        """
        if self.events.forget(there) and not self.events.items:
            self._shapes, self._hash, self._states_of = {}, None, None  # a new run in the same place may be about other states
        more = self.events.look(there, until)
        self._look_at_states(there.get(PROBES))
        return more

    def rows(self, after: int) -> list[dict[str, Any]]:
        """Events that were read after the one of this number, in the order of training."""
        return [read.item.row for read in self.events.in_order() if read.serial > after]

    def newest(self) -> int:
        """The number of the event that was read last; 0 before the first."""
        return max((read.serial for read in self.events.items.values()), default=0)

    def about(self) -> dict[str, Any]:
        """What the script is told beside the events."""
        found = self.events.in_order()
        keys = [key for read in found for key in read.item.keys]
        return about_runs(keys, [{"events": [read.item.row for read in found]}], self._shapes, self._sizes, self._probes)

    def image(self, name: str) -> str | None:
        """
        A map, or the states, as a data URI.

        :param name: as the script was told it; anything else is not found
        """
        if name in self._states:
            return self._states[name]
        if name not in self._images:
            serial = name.removeprefix("map-").partition("-")[0]
            read = next((read for read in self.events.items.values() if str(read.serial) == serial), None)
            if read is None:
                return None
            try:
                self._drawn(read.path, read.serial)
            except RecordedEventsError:  # it was deleted just now
                return None
        if name in self._images:
            self._images.move_to_end(name)
        return self._images.get(name)

    def problems(self) -> list[str]:
        """What cannot be shown, and why."""
        return [*self.events.problems(), *([self._problem] if self._problem else [])]

    def _drawn(self, path: Path, serial: int) -> KnownEvent:
        event = EventFile.read(path)
        if self._hash is not None and event.probe_hash != self._hash:
            raise RecordedEventsError(
                f"{path} is about other probe states than the other events; keep the events of each probe set in its own folder"
            )
        if not event.maps:
            raise RecordedEventsError(f"{path} holds no maps")
        row, images = event_row(RecordedEvent.of(event), f"map-{serial}", self._shapes, path.name, "the other events")
        self._hash = event.probe_hash
        for name, image in images.items():
            self._kept += len(image) - len(self._images.get(name, ""))
            self._images[name] = image
            self._images.move_to_end(name)
        while self._kept > self._most_kept and len(self._images) > len(images):
            self._kept -= len(self._images.popitem(last=False)[1])
        return KnownEvent(row, event.map_keys)

    def _look_at_states(self, mark: Mark | None) -> None:
        """The states are written after the first event. They are read again if they have changed."""
        made_from = mark, tuple(self._shapes)
        if self._hash is None or made_from == self._states_of:
            return
        self._states_of = made_from
        self._probes, self._sizes, self._states, self._problem = None, {}, {}, ""
        if mark is None:
            return
        try:
            probes = probes_of(self.folder / PROBES, self._hash)
            for i, (entry, shape) in enumerate(self._shapes.items()):
                self._sizes[entry], images = state_images(probes, entry, shape, i)
                self._states |= images
            self._probes = probes
        except RecordedEventsError as error:
            self._sizes, self._states, self._problem = {}, {}, first_line(error)
