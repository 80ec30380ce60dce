"""Where agents looked in the course of training: one HTML page with the pictures and films of their events."""

import base64
import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO, TypeVar

from ..records.recorded_gazes import GazeEvent
from ..whole_file import in_utf8
from .html_page import Below, common_style, page_head

Shown = TypeVar("Shown")
Address = Callable[[str, Path], str]  # (media type, file) -> where a page finds it
MOST_EVENTS = 12  # of a run; a page of all events of a long run would be too large for a browser
STYLE = """
.gazes { border-collapse: collapse; margin: 12px 0; }
.gazes td, .gazes th { padding: 6px 10px 14px 0; text-align: left; vertical-align: top; }
.gazes img, .gazes video { display: block; max-width: min(100%, 1240px); }
.last-gazes { display: flex; flex-wrap: wrap; gap: 12px; }
.last-gazes figure { width: 200px; margin: 0; overflow-wrap: anywhere; }
.last-gazes img { display: block; width: 100%; }
.gazes .figures { font-variant-numeric: tabular-nums; white-space: nowrap; }
"""
MEANINGS = {
    "spread": "standard deviation of the gazes, in half images",
    "step_length": "mean distance between two gazes, in half images",
    "belief": "mean probability of the right answer after the last look; higher is better",
}


@dataclass(frozen=True)
class GazeRun:
    """
    :param name: shown; any text
    :param events: in the order of training, at least one
    """

    name: str
    events: Sequence[GazeEvent]


def write_gaze_page(file: TextIO, runs: Sequence[GazeRun], above: Below | None = None) -> None:
    """
    Writes the page. It needs no network and runs no script.

    :param file: opened for text in UTF-8
    :param runs: at least one
    :param above: more to see, above the gazes
    :raises OSError: if a picture cannot be read
    """
    style = common_style() + STYLE + ("" if above is None else above.style)
    title = f"Gazes: {in_utf8(', '.join(dict.fromkeys(run.name for run in runs)))}"
    head, _ = page_head(title, "saccade compare", style)
    file.write(f"{head}<h1>Where the agents look</h1>\n")
    if above is not None:
        above.write(file)
    _write_runs(file, runs, "h2", picture_data)
    file.write("</body>\n</html>\n")


def gazes_below(runs: Sequence[GazeRun], address: Address | None = None, newest_first: bool = False) -> Below:
    """
    The gazes of runs, as a part of a page of maps.

    :param runs: at least one
    :param address: of pictures and films; None: they are in the page
    :param newest_first: rather than in the order of training
    """

    def write(file: TextIO) -> None:
        file.write('<section aria-labelledby="gazes-title">\n<h2 id="gazes-title">Where the agents look</h2>\n')
        _write_runs(file, runs, "h3", address or picture_data, newest_first)
        file.write("</section>\n")

    return Below(STYLE, write)


def _write_runs(file: TextIO, runs: Sequence[GazeRun], heading: str, address: Address, newest_first: bool = False) -> None:
    file.write("".join(f"<p><b>{name.replace('_', ' ')}</b>: {meaning}</p>\n" for name, meaning in MEANINGS.items()))
    if len(runs) > 1:
        _write_last(file, runs, heading, address)
    for run in runs:
        _write_run(file, run, heading, address, newest_first)


def _write_last(file: TextIO, runs: Sequence[GazeRun], heading: str, address: Address) -> None:
    """Where each run looks at its end, side by side."""
    last = [(html.escape(in_utf8(run.name)), run.events[-1]) for run in runs]
    shown = [(name, event, event.heat_map) for name, event in last if event.heat_map is not None]
    if len(shown) < 2:
        return
    file.write(f'<{heading}>All runs, last event</{heading}>\n<div class="last-gazes">\n')
    for name, event, picture in shown:
        told = f"<bdi>{name}</bdi><br>{event.env_steps:,} env steps"
        image = f'<img alt="Where {name} looks at its end" src="{address("image/png", picture)}">'
        file.write(f"<figure><figcaption>{told}</figcaption>{image}</figure>\n")
    file.write("</div>\n")


def _write_run(file: TextIO, run: GazeRun, heading: str, address: Address, newest_first: bool) -> None:
    shown = spread(run.events)
    left_out = f" {len(shown)} of {len(run.events)} events are shown." if len(shown) < len(run.events) else ""
    name = f"<{heading}><bdi>{html.escape(in_utf8(run.name))}</bdi></{heading}>"
    file.write(f'{name}\n<p>By env steps of training.{left_out}</p>\n<table class="gazes">\n')
    for event in reversed(shown) if newest_first else shown:
        figures = "".join(f"<br>{html.escape(name)} {value:.2f}" for name, value in told_of(event).items())
        file.write(f'<tr><th scope="row" class="figures">{event.env_steps:,}<small>{figures}</small></th>\n<td>')
        for picture, what in ((event.paths, "Paths of the gaze"), (event.heat_map, "Heat map of all gazes")):
            if picture is not None:
                file.write(f'<img alt="{what} at {event.env_steps:,} env steps" src="{address("image/png", picture)}">\n')
        if event.film is not None:
            file.write(f'<video controls loop muted preload="metadata" src="{address("video/mp4", event.film)}"></video>\n')
        file.write("</td></tr>\n")
    file.write("</table>\n")


def told_of(event: GazeEvent) -> dict[str, float]:
    """
    Spread, length of steps, and the belief after the last look, if the answer is known.

    :return: {name for a reader: value}
    """
    looks = sorted(name for name in event.figures if name.startswith("belief/"))
    told = {name.replace("_", " "): event.figures[name] for name in ("spread", "step_length")}
    return told | ({"belief": event.figures[looks[-1]]} if looks else {})


def spread(events: Sequence[Shown]) -> Sequence[Shown]:
    """
    At most so many events, the first and the last among them.

    :param events: in the order of training
    """
    if len(events) <= MOST_EVENTS:
        return events
    return [events[round(k * (len(events) - 1) / (MOST_EVENTS - 1))] for k in range(MOST_EVENTS)]


def picture_data(kind: str, path: Path) -> str:
    """
    A file as the address of a picture or film in a page.

    :param kind: its media type
    :param path: the file
    :raises OSError: if it cannot be read
    """
    return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"
