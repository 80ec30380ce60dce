"""Runs side by side on the same probe states: one HTML page with everything in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TextIO

import cv2
import numpy as np

from ..errors import RecordedEventsError
from ..map_key import MapKey
from ..pictures.layout import HEIGHT
from ..pictures.map_picture import newest_frame
from ..records.recorded_events import RecordedEvent, RecordedEvents
from ..states.probe_set import ProbeSet
from ..statistics.directions import better
from ..statistics.map_statistics import magnitude
from ..whole_file import in_utf8
from .html_page import Below, data_block, json_block, page_around_data, resource
from .map_sprite import columns, map_sprite, picture_sprite
from .score_rows import LearningCurve, score_rows

# What the curves of the checks say, by the last part of their names. Gini and entropy describe a map; neither is good or bad.
GOOD = {
    "deletion": f"{better('deletion')}, 1 is chance",
    "insertion": f"{better('insertion')}, 1 is chance",
    "beaten": "share of the comparisons with blind orders that are won; 1 is best",
    "flips": f"{better('flips')}; compare it with flips random",
    "flips_random": "a control in random order; flips should be above it",
    **{name: better(name) for name in ("random_head", "random_all", "similarity_head", "similarity_all", "sensitivity")},
    # of events before 0.2.0
    "deletion_centred": "a control that looks at nothing; deletion should be above it",
    "insertion_centred": "a control that looks at nothing; insertion should be below it",
}
LEAD = "lead_over_"  # and the blind order
SCRIPTS = ("comparison_maps.js", "comparison_curves.js", "comparison_page.js")  # in the order in which they run, as one
START = "comparison_start.js"  # after these, on a page that has its data in it
Shapes = dict[str, tuple[int, ...]]  # (P, h, w) of the maps, by entry of the observations


@dataclass(frozen=True)
class ComparedRun:
    """
    :param name: shown; any text
    :param events: of the run
    :param scores: of its evaluations during training
    """

    name: str
    events: RecordedEvents
    scores: LearningCurve = ()


def check_comparable(runs: Sequence[ComparedRun]) -> None:
    """
    Checks that the maps of these runs can be compared.

    :raises RecordedEventsError: if they are about different states, or no head has maps in all of them
    """
    first = runs[0]
    for run in runs[1:]:
        if run.events.probe_hash != first.events.probe_hash:
            raise RecordedEventsError(
                f"{first.name} ({first.events.folder}) and {run.name} ({run.events.folder}) have maps of different probe states "
                f"(hashes {first.events.probe_hash} and {run.events.probe_hash}); compare runs of the same env and probe set"
            )
    heads = [{key.output for key in run.events.map_keys} for run in runs]
    if not set.intersection(*heads):
        held = "; ".join(f"{run.name}: {', '.join(sorted(names))}" for run, names in zip(runs, heads, strict=True))
        raise RecordedEventsError(f"the runs have no head in common ({held}); explain.py makes maps of other heads with --head")


def write_comparison(file: TextIO, runs: Sequence[ComparedRun], below: Below | None = None) -> None:
    """
    Writes the page, event by event, so that only one event is in memory.

    The page needs no network and runs only its own script: its Content-Security-Policy tells the browser so. It holds each state
    once and each map once, as an 8-bit image that the browser decodes when it shows it. Scores are one curve a run.

    :param file: opened for text in UTF-8
    :param runs: at least one; several may have the same name
    :param below: more to see
    :raises RecordedEventsError: like :func:`check_comparable`, and if an event is damaged or does not fit the others
    """
    check_comparable(runs)
    probes = next((found for found in (run.events.probes() for run in runs) if found is not None), None)
    title = ", ".join(dict.fromkeys(run.name for run in runs))
    head, foot = page_with_its_data(f"Saliency maps: {title}", below)
    file.write(head)
    shapes: Shapes = {}
    listed: list[dict[str, Any]] = []
    for i, run in enumerate(runs):
        events = []
        for j, event in enumerate(run.events):
            row, images = event_row(event, f"map-{i}-{j}", shapes, run.name, runs[0].name)
            for name, image in images.items():
                file.write(data_block(name, image))
            events.append(row)
        listed.append({"name": in_utf8(run.name), "events": events, "scores": score_rows(run.scores)})
    sizes = {}
    for i, (entry, shape) in enumerate(shapes.items()):
        if probes is not None:
            sizes[entry], images = state_images(probes, entry, shape, i)
            for name, image in images.items():
                file.write(data_block(name, image))
    told = {"runs": listed, **about_runs([key for run in runs for key in run.events.map_keys], listed, shapes, sizes, probes)}
    file.write(told_block(told))
    if below is not None:
        below.write(file)
    file.write(foot)


def page_with_its_data(title: str, below: Below | None) -> tuple[str, str]:
    """
    The page of ``saccade compare`` before and after its data.

    :param title: of the page; any text
    :param below: what will stand behind the data
    """
    script = "\n".join(resource(name) for name in (*SCRIPTS, START))
    return page_around_data(in_utf8(title), "saccade compare", script, "" if below is None else below.style)[:2]


def event_row(event: RecordedEvent, name: str, shapes: Shapes, run: str, first: str) -> tuple[dict[str, Any], dict[str, str]]:
    """
    What the page's script is told of an event.

    :param event: with its maps
    :param name: of the event, which the names of its images begin with
    :param shapes: of all maps so far; is filled in if these fit
    :param run: name of the event's run, for messages
    :param first: name of the run that the shapes are of
    :return: the event, and its maps as data URIs by name
    :raises RecordedEventsError: if its maps do not fit those so far
    """
    shown, images, fitting = {}, {}, dict(shapes)
    strengths = {key: magnitude(signed) for key, signed in event.maps.items()}
    for key, strength in strengths.items():
        shape = fitting.setdefault(key.entry, strength.shape)
        if strength.shape != shape:
            raise RecordedEventsError(
                f"the maps of {run} are {strength.shape[0]} of {strength.shape[1:]} places, those of {first} "
                f"{shape[0]} of {shape[1:]}; compare runs whose networks see the same"
            )
    shapes.update(fitting)
    for k, (key, strength) in enumerate(strengths.items()):
        sprite = map_sprite(strength)
        images[f"{name}-{k}"] = sprite.image
        shown[f"{key.output}/{key.method}"] = {"id": f"{name}-{k}", "scales": sprite.scales, "tops": sprite.tops}
    lines = {key: event.verdicts[str(key)] for key in event.maps if str(key) in event.verdicts}
    verdicts = {f"{key.output}/{key.method}": in_utf8(line) for key, line in lines.items()}
    return {"steps": event.env_steps, "maps": shown, "figures": event.figures, "verdicts": verdicts}, images


def about_runs(
    keys: Sequence[MapKey],
    listed: Sequence[dict[str, Any]],
    shapes: Shapes,
    sizes: dict[str, dict[str, int]],
    probes: ProbeSet | None,
) -> dict[str, Any]:
    """
    What the page's script is told beside the events.

    :param keys: of all maps
    :param listed: the runs, with their events as :func:`event_row` gives them
    :param shapes: of the maps
    :param sizes: of the states' pictures by entry, as :func:`state_images` gives them; empty if the states are not known
    :param probes: the states, or None
    """
    lasts = sorted({name.rpartition("/")[2] for run in listed for event in run["events"] for name in event["figures"]})
    entry_of = {key.output: key.entry for key in keys}
    phases = None if probes is None else probes.phases
    sights = [
        {
            "tile": {"count": shape[0], "height": shape[1], "width": shape[2], "columns": columns(shape[0])},
            "picture": sizes.get(entry),
        }
        for entry, shape in shapes.items()
    ]
    return {
        "good": {last: told for last in lasts if (told := good_of(last))},
        "heads": list(entry_of),
        "methods": list(dict.fromkeys(key.method for key in keys)),
        "sights": sights,  # of each entry of the observations
        "sight_of_head": [list(shapes).index(entry) for entry in entry_of.values()],
        "phases": None if phases is None or not np.isfinite(phases).all() else [round(float(phase), 4) for phase in phases],
    }


def good_of(last: str) -> str:
    """
    Which direction of a check's curve is good.

    :param last: the last part of the curve's name, such as ``insertion_grey`` or ``lead_over_contrast``
    :return: empty if neither is, or if it is not known
    """
    if last.startswith(LEAD):
        rival = last.removeprefix(LEAD).replace("_", " ")
        return f"above 0 the map is better than {rival}; the band is a 95 % interval over games or states"
    measure = last.partition("_")[0]
    return GOOD.get(last) or (GOOD[measure] if measure in ("deletion", "insertion") else "")


def state_images(probes: ProbeSet, entry: str, shape: tuple[int, ...], number: int) -> tuple[dict[str, int], dict[str, str]]:
    """
    One entry of the states, in grey below the maps and as pictures beside them.

    :param probes: the states
    :param entry: of the observations
    :param shape: (P, h, w) of its maps
    :param number: of the entry
    :return: the size of the pictures, and data URIs by name
    :raises RecordedEventsError: if the states are not those of the maps
    """
    entries = probes.pictures()
    if entry not in entries:
        raise RecordedEventsError(f"there are maps of {entry!r}, but not in their probes.npz, which holds: {', '.join(entries)}")
    observations = entries[entry]
    if shape[1] == 1 and observations.ndim == 4 and observations[0].size == shape[2]:
        observations = observations.reshape(len(observations), -1)  # before format 3, two axes were written as a vector
    seen = np.stack([newest_frame(observation) for observation in observations])
    if seen.shape[:3] != shape:
        raise RecordedEventsError(
            f"the maps are {shape[0]} of {shape[1:]} places, but the probe states {len(seen)} of "
            f"{seen.shape[1:3]}; the events do not belong to their probes.npz"
        )
    grey = np.stack([cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in seen])
    pictures = seen if probes.frames is None else probes.frames
    if pictures.shape[1] > HEIGHT:  # more than is shown
        width = max(round(pictures.shape[2] * HEIGHT / pictures.shape[1]), 1)
        pictures = np.stack([cv2.resize(picture, (width, HEIGHT), interpolation=cv2.INTER_AREA) for picture in pictures])
    behind = f"-{number}" if number else ""
    images = {f"ground{behind}": picture_sprite(grey), f"pictures{behind}": picture_sprite(pictures)}
    return {"height": pictures.shape[1], "width": pictures.shape[2]}, images


def told_block(told: dict[str, Any]) -> str:
    """What the page's script is told, in the page."""
    return json_block("comparison", told)
