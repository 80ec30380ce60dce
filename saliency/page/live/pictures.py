"""Pictures and films of a folder that grows: gazes, and how far back a policy looks. Only what the page names is served."""

import hashlib
import html
import io
import re
import urllib.parse
from dataclasses import replace
from pathlib import Path

from ...records.event_name import parse_event_name
from ...records.growing_folder import GrowingFolder, Mark
from ...records.memory_record import SECTION
from ...records.recorded_gazes import ENDS, GazeEvent, gaze_event
from ..gaze_page import STYLE as STYLE_OF_GAZES
from ..gaze_page import GazeRun, gazes_below
from ..memory_page import STYLE as STYLE_OF_MEMORIES
from ..memory_page import MemoryRun, memories_below, one_below_the_other

STYLE = f"{STYLE_OF_MEMORIES.strip()}\n{STYLE_OF_GAZES.strip()}"
OF_MEMORY = f"_{SECTION}.png"  # end of a picture beside an event
OF_EXPLAIN = re.compile(r"through-time-[^/\\]*\.png")
MAPS, GAZE = "maps", "gaze"  # the rooms of the addresses


class LivePictures:
    """
    What stands below the maps.

    :param name: of the run; any text
    :param maps: folder of saliency events, which has pictures of memory
    :param gazes: folder of gaze events
    """

    def __init__(self, name: str, maps: Path, gazes: Path) -> None:
        self.name, self._folders = name, {MAPS: maps, GAZE: gazes}
        self.gazes: GrowingFolder[GazeEvent] = GrowingFolder(gazes, lambda path, serial: gaze_event(path))
        self._marks: dict[str, dict[str, Mark]] = {MAPS: {}, GAZE: {}}

    def look(self, maps: dict[str, Mark], gazes: dict[str, Mark], until: float) -> bool:
        """
        Read what is new.

        :param maps: files of the folder of saliency events
        :param gazes: files of the folder of gaze events
        :param until: when to leave the rest for the next look, by ``time.monotonic()``
        :return: whether something is left
        """
        for room, there in ((MAPS, maps), (GAZE, gazes)):
            self._marks[room] = {name: mark for name, mark in there.items() if _is_served(name)}
        return self.gazes.look(gazes, until)

    def file(self, room: str, name: str) -> Path | None:
        """
        A picture or a film.

        :param room: ``"maps"`` or ``"gaze"``
        :param name: of a file that was there at the latest look; anything else is not found
        """
        return self._folders[room] / name if name in self._marks.get(room, {}) else None

    @property
    def version(self) -> str:
        """Another one when there is something else to see."""
        seen = sorted(self._marks[MAPS].items()), sorted(self._marks[GAZE].items()), sorted(self.gazes.items)
        return hashlib.sha256(repr(seen).encode("utf-8", "surrogateescape")).hexdigest()[:16]

    def written(self) -> str:
        """HTML, the newest first; empty if there is nothing."""
        remembered, looked = self._memories(), self._gazes()
        parts = [
            *([memories_below([remembered], self._address, newest_first=True)] if remembered.pictures else []),
            *([gazes_below([looked], self._address, newest_first=True)] if looked.events else []),
        ]
        file, below = io.StringIO(), one_below_the_other(parts)
        if below is not None:
            below.write(file)
        return file.getvalue()

    def _memories(self) -> MemoryRun:
        folder = self._folders[MAPS]
        named = {name: parse_event_name(name) for name in sorted(self._marks[MAPS])}
        found = {parsed[0]: [folder / name] for name, parsed in named.items() if parsed is not None and parsed[1] == OF_MEMORY}
        explained = [folder / name for name in sorted(self._marks[MAPS]) if name.startswith("through-time-")]
        return MemoryRun(self.name, found or ({0: explained} if explained else {}))

    def _gazes(self) -> GazeRun:
        """The events with the pictures that lie beside them by now."""
        events = []
        for read in self.gazes.in_order():
            stem = read.path.stem
            beside = (read.path.with_name(stem + end) if stem + end in self._marks[GAZE] else None for end in ENDS)
            heat_map, paths, film = beside
            events.append(replace(read.item, heat_map=heat_map, paths=paths, film=film))
        return GazeRun(self.name, events)

    def _address(self, kind: str, path: Path) -> str:
        """Relative to the page. The time of the last change is in it, so that a file that was made anew is fetched anew."""
        room = GAZE if path.parent == self._folders[GAZE] else MAPS
        quoted = urllib.parse.quote(path.name, safe="", errors="surrogateescape")
        return html.escape(f"file/{room}/{quoted}?{self._marks[room][path.name][1]}")


def _is_served(name: str) -> bool:
    """Whether a file is a picture or a film of an event, or a picture of ``explain``."""
    named = parse_event_name(name)
    return OF_EXPLAIN.fullmatch(name) is not None if named is None else named[1] in (*ENDS, OF_MEMORY)
