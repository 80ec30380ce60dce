"""The states of one event with their maps, as pictures."""

from collections.abc import Iterator

import numpy as np

from ..map_key import Maps
from ..states.game_pictures import as_rgb
from ..states.notes import Notes
from ..states.states import States
from .entry_picture import entry_parts, strength_of
from .layout import contact_sheet, side_by_side
from .map_picture import full_colour_at
from .text import paragraph, text_strip
from .vector_picture import Rows

OF_IMAGES = (
    "Colour: how much the head changes when the pixel changes (absolute value, summed over stacked frames), from none over orange "
    "to yellow. Each map has its own scale, which stands below it."
)
OF_VECTORS = (
    "Bars: how much the head changes when the feature grows, to the right (orange) if the head rises, to the left (blue) if it "
    "falls. Each map has its own scale."
)

OF_RETINAS = " Outlines: the patches that the retina sees, the sharpest one brightest."


def event_sheet(title: str, states: States, maps: Maps, notes: Notes | None = None) -> np.ndarray:
    """
    All states of an event with their maps, below a title and a line on how to read them.

    :param title: of the event
    :param states: B states
    :param maps: signed (B, ...)
    :param notes: what is said of the states
    :return: (H, W, 3) uint8 RGB
    """
    panels = state_panels(states, maps, notes)
    width = max(panel.shape[1] for panel in panels)
    legend = OF_VECTORS if np.ndim(states.observations) < 3 else OF_IMAGES
    legend += OF_RETINAS if notes is not None and notes.boxes is not None else ""
    return contact_sheet([np.concatenate([text_strip(title, width), paragraph(legend, width)]), *panels])


def state_panels(states: States, maps: Maps, notes: Notes | None = None) -> list[np.ndarray]:
    """
    A picture for each state: the state, and every map beside it.

    :param states: B states
    :param maps: signed (B, ...)
    :param notes: what is said of the states
    :return: (H, W, 3) uint8 RGB each
    """
    return [_panel(states, i, {key: signed[i] for key, signed in maps.items()}, notes or Notes()) for i in range(len(states))]


def map_pictures(states: States, maps: Maps, notes: Notes | None = None) -> dict[str, np.ndarray]:
    """
    A picture for each map: ``value/probe_00`` and so on. Viewers lay those of several runs side by side.

    :param states: B states
    :param maps: signed (B, ...)
    :param notes: what is said of the states
    :return: (H, W, 3) uint8 RGB each, by name
    """
    return {
        f"{key}/probe_{i:02d}": _panel(states, i, {key: signed[i]}, notes or Notes())
        for key, signed in maps.items()
        for i in range(len(states))
    }


def trajectory_panels(states: States, maps: Maps, notes: Notes | None = None) -> Iterator[np.ndarray]:
    """
    The frames of a video: consecutive states with their maps. Each map has one colour scale throughout, so that one sees it come
    and go.

    :param states: T consecutive states
    :param maps: signed (T, ...)
    :param notes: what is said of the states; by default the number of each step
    :return: T pictures (H, W, 3) uint8 RGB, one after the other
    """
    said = notes or Notes()
    vectors = np.ndim(states.observations) < 3
    scales = {
        key: float(np.nanmax(np.abs(x))) if vectors else full_colour_at(np.stack([*map(strength_of, x)])) for key, x in maps.items()
    }
    rows = Rows.of(maps, said.features) if vectors and maps else None
    for t in range(len(states)):
        yield _panel(states, t, {key: signed[t] for key, signed in maps.items()}, said, scales, rows, f"step {t}")


def _panel(
    states: States, i: int, maps: Maps, notes: Notes, scales: dict | None = None, rows: Rows | None = None, otherwise: str = ""
) -> np.ndarray:  # fmt: skip
    frame = None if states.frames is None else as_rgb(states.frames[i])
    parts = side_by_side(entry_parts(states.observations[i], maps, frame, scales, notes.features, rows, notes.boxes_of(i)))
    caption = notes.caption(i) or otherwise
    return np.concatenate([text_strip(caption, parts.shape[1]), parts]) if caption else parts
