"""How far back recurrent policies look, in the course of training: the pictures of several runs side by side."""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from ..records.event_name import parse_event_name
from ..records.memory_record import SECTION
from ..records.recorded_events import RecordedEvents
from ..whole_file import in_utf8
from .gaze_page import Address, picture_data, spread
from .html_page import Below

STYLE = """
.memories { border-collapse: collapse; margin: 12px 0; }
.memories td, .memories th { padding: 6px 16px 14px 0; text-align: left; vertical-align: top; }
.memories img { display: block; width: min(100%, 720px); }
"""
LEGEND = (
    "Each square: decisions down, observations across, red where a decision rests on an observation. Beside it the same by how "
    "many steps back the observation was. The steps are of each run's own play."
)


@dataclass(frozen=True)
class MemoryRun:
    """
    :param name: shown; any text
    :param pictures: {env steps: files}, at least one
    """

    name: str
    pictures: dict[int, list[Path]]


def memories_of(name: str, events: RecordedEvents) -> MemoryRun | None:
    """
    The pictures through time beside a run's events: those of the callback, or those of ``explain``.

    :param name: of the run
    :param events: of the run
    :return: None if it has none
    """
    found = {}
    for event in events.files:
        picture = event.with_name(f"{event.stem}_{SECTION}.png")
        named = parse_event_name(event.name)
        if named is not None and picture.is_file():
            found[named[0]] = [picture]
    explained = sorted(events.folder.glob("through-time-*.png"))
    if explained and not found:
        found[0] = explained
    return MemoryRun(name, found) if found else None


def memories_below(runs: Sequence[MemoryRun], address: Address | None = None, newest_first: bool = False) -> Below:
    """
    A table of pictures as a part of a page: a column for each run, a row for each moment of training. It runs no script.

    :param runs: at least one
    :param address: of pictures; None: they are in the page
    :param newest_first: rather than in the order of training
    """

    def write(file: TextIO) -> None:
        file.write(f'<section aria-labelledby="memories-title">\n<h2 id="memories-title">How far back they look</h2>\n<p>{LEGEND}')
        moments = sorted({moment for run in runs for moment in run.pictures})
        shown = spread(moments)
        file.write(f" {len(shown)} of {len(moments)} moments are shown.</p>\n" if len(shown) < len(moments) else "</p>\n")
        names = "".join(f'<th scope="col"><bdi>{html.escape(in_utf8(run.name))}</bdi></th>' for run in runs)
        file.write(f'<table class="memories">\n<tr><th scope="col">Env steps</th>{names}</tr>\n')
        for moment in reversed(shown) if newest_first else shown:
            file.write(f'<tr><th scope="row">{moment:,}</th>\n')
            for run in runs:
                file.write("<td>")
                for picture in run.pictures.get(moment, []):
                    about = html.escape(in_utf8(f"{run.name} through time at {moment:,} env steps"))
                    file.write(f'<img loading="lazy" alt="{about}" src="{(address or picture_data)("image/png", picture)}">\n')
                file.write("</td>\n")
            file.write("</tr>\n")
        file.write("</table>\n</section>\n")

    return Below(STYLE, write)


def one_below_the_other(parts: Sequence[Below]) -> Below | None:
    """
    Several parts of a page as one.

    :param parts: in their order
    :return: None if there is none
    """

    def write(file: TextIO) -> None:
        for part in parts:
            part.write(file)

    return Below("\n".join(part.style.strip() for part in parts), write) if parts else None
