"""The states of one event with their maps, as pictures."""

from collections.abc import Iterator, Mapping

import numpy as np

from ..map_key import ATTENTION, JACOBIAN, MapKey, Maps
from ..states.game_pictures import as_rgb
from ..states.notes import Notes
from ..states.states import States
from .entry_picture import entry_parts, strength_of
from .layout import contact_sheet, side_by_side
from .map_picture import full_colour_at
from .text import paragraph, text_strip
from .vector_picture import Rows

OF_IMAGES = (
    "Colour: how strong the map is at the pixel (absolute value, summed over stacked frames), from none over orange to yellow. "
    "Each map has its own scale, which stands below it."
)
OF_METHODS = {  # of the maps that are shown by default
    JACOBIAN: " A head alone is the Jacobian: how much the head changes when the pixel changes.",
    ATTENTION: " attention: how much the network's own soft attention reads of the place.",
    "jacobian_x_contrast": " jacobian_x_contrast: about how much the head changes when the pixel is blurred away.",
}
OF_VECTORS = (
    "Bars: how much the head changes when the feature grows, to the right (orange) if the head rises, to the left (blue) if it "
    "falls. Each map has its own scale."
)

OF_RETINAS = "Outlines: the patches that the retina sees, the sharpest one brightest."
OF_MEMORIES = " Fainter ones: where the sharpest patch was at earlier gazes that the network still has, the older the fainter."


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
    mapped = [x for entry, x in states.pictures().items() if any(key.entry == entry for key in maps)]
    legends = [OF_VECTORS if _is_vector(x) else legend_of_images(maps) for x in mapped]
    legends += [*legends_of_retinas(notes), *([notes.assumed] if notes is not None and notes.assumed else [])]
    lines = [paragraph(legend, width) for legend in dict.fromkeys(legends)]
    return contact_sheet([np.concatenate([text_strip(title, width), *lines]), *panels])


def legends_of_retinas(notes: Notes | None) -> list[str]:
    """
    How to read the outlines of a retina.

    :param notes: what is said of the states
    :return: a text, or none if nothing is outlined
    """
    boxes = None if notes is None else notes.boxes_of(0)
    return [] if boxes is None else [OF_RETINAS + (OF_MEMORIES if len(boxes) > 1 else "")]


def legend_of_images(maps: Maps) -> str:
    """
    How to read the colours of maps of images.

    :param maps: whose methods are named
    """
    return OF_IMAGES + "".join(OF_METHODS.get(method, "") for method in dict.fromkeys(key.method for key in maps))


def state_panels(states: States, maps: Maps, notes: Notes | None = None) -> list[np.ndarray]:
    """
    A picture for each state: the state, and every map beside it; of dict observations each entry with its maps.

    :param states: B states
    :param maps: signed (B, ...)
    :param notes: what is said of the states
    :return: (H, W, 3) uint8 RGB each
    """
    entries = states.pictures()
    return [
        _panel(states, entries, i, {key: signed[i] for key, signed in maps.items()}, notes or Notes()) for i in range(len(states))
    ]


def map_pictures(states: States, maps: Maps, notes: Notes | None = None) -> dict[str, np.ndarray]:
    """
    A picture for each map: ``value/probe_00`` and so on. Viewers lay those of several runs side by side.

    :param states: B states
    :param maps: signed (B, ...)
    :param notes: what is said of the states
    :return: (H, W, 3) uint8 RGB each, by name
    """
    entries = states.pictures()
    return {
        f"{key}/probe_{i:02d}": _panel(states, {key.entry: entries[key.entry]}, i, {key: signed[i]}, notes or Notes())
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
    said, entries = notes or Notes(), states.pictures()
    scales = {
        key: float(np.nanmax(np.abs(x))) if _is_vector(x) else full_colour_at(np.stack([*map(strength_of, x)]))
        for key, x in maps.items()
    }
    by_entry = {entry: {key: x for key, x in maps.items() if key.entry == entry} for entry in entries}
    rows = {entry: Rows.of(some, said.features) for entry, some in by_entry.items() if some and _is_vector(entries[entry])}
    for t in range(len(states)):
        yield _panel(states, entries, t, {key: signed[t] for key, signed in maps.items()}, said, scales, rows, f"step {t}")


def _panel(
    states: States,
    entries: Mapping[str, np.ndarray],
    i: int,
    maps: Maps,
    notes: Notes,
    scales: Mapping[MapKey, float] | None = None,
    rows: Mapping[str, Rows] | None = None,
    otherwise: str = "",
) -> np.ndarray:
    """One state below its caption, entry by entry, each with its maps. The game's own picture stands in the first."""
    pieces: list[np.ndarray] = []
    for entry, observations in entries.items():
        of_entry = {key: signed for key, signed in maps.items() if key.entry == entry}
        if of_entry or not maps or len(entries) == 1:
            frame = None if pieces or states.frames is None else as_rgb(states.frames[i])
            parts = entry_parts(
                observations[i], of_entry, frame, scales, notes.features, (rows or {}).get(entry), notes.boxes_of(i)
            )
            pieces.append(side_by_side(parts))
    together = pieces[0] if len(pieces) == 1 else contact_sheet(pieces)
    caption = notes.caption(i) or otherwise
    return np.concatenate([text_strip(caption, together.shape[1]), together]) if caption else together


def _is_vector(observations: np.ndarray) -> bool:
    return np.ndim(observations) < 3
