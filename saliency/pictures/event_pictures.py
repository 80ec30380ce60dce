"""The states of one event with their maps, as pictures."""

from collections.abc import Iterator

import numpy as np

from ..map_key import MapKey, Maps
from ..states.states import States
from ..statistics.map_statistics import magnitude
from .layout import side_by_side
from .map_picture import full_colour_at, panel


def state_panels(states: States, maps: Maps) -> list[np.ndarray]:
    """
    A picture for each state: the state, and every map beside it; of dict observations each entry with its maps.

    :param states: B states
    :param maps: signed (B, ...)
    :return: (H, W, 3) uint8 RGB each
    """
    entries = states.pictures()
    return [_panel(states, entries, maps, i) for i in range(len(states))]


def map_pictures(states: States, maps: Maps) -> dict[str, np.ndarray]:
    """
    A picture for each map: ``value/probe_00`` and so on. Viewers lay those of several runs side by side.

    :param states: B states
    :param maps: signed (B, ...)
    :return: (H, W, 3) uint8 RGB each, by name
    """
    entries = states.pictures()
    return {
        f"{key}/probe_{i:02d}": panel(entries[key.entry][i], {key: signed[i]}, _frame(states, i))
        for key, signed in maps.items()
        for i in range(len(states))
    }


def trajectory_panels(states: States, maps: Maps) -> Iterator[np.ndarray]:
    """
    The frames of a video: consecutive states with their maps. Each map has one colour scale throughout, so that one sees it come
    and go.

    :param states: T consecutive states
    :param maps: signed (T, ...)
    :return: T pictures (H, W, 3) uint8 RGB, one after the other
    """
    scales = {key: full_colour_at(magnitude(signed)) for key, signed in maps.items()}
    entries = states.pictures()
    for t in range(len(states)):
        yield _panel(states, entries, maps, t, scales)


def _panel(
    states: States, entries: dict[str, np.ndarray], maps: Maps, i: int, scales: dict[MapKey, float] | None = None
) -> np.ndarray:
    """One state, entry by entry, each with its maps; the game's own picture stands before the first."""
    parts: list[np.ndarray] = []
    for entry, observations in entries.items():
        of_entry = {key: signed[i] for key, signed in maps.items() if key.entry == entry}
        if of_entry:
            frame = None if parts else _frame(states, i)
            parts.append(panel(observations[i], of_entry, frame, scales))
    return side_by_side(parts)


def _frame(states: States, i: int) -> np.ndarray | None:
    return None if states.frames is None else states.frames[i]
