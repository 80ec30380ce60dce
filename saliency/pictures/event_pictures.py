"""The states of one event with their maps, as pictures."""

from collections.abc import Iterator

import numpy as np

from ..map_key import Maps
from ..states.states import States
from ..statistics.map_statistics import magnitude
from .map_picture import full_colour_at, panel


def state_panels(states: States, maps: Maps) -> list[np.ndarray]:
    """
    A picture for each state: the state, and every map beside it.

    :param states: B states
    :param maps: signed (B, ...)
    :return: (H, W, 3) uint8 RGB each
    """
    return [
        panel(observation, {key: signed[i] for key, signed in maps.items()}, _frame(states, i))
        for i, observation in enumerate(states.observations)
    ]


def map_pictures(states: States, maps: Maps) -> dict[str, np.ndarray]:
    """
    A picture for each map: ``value/probe_00`` and so on. Viewers lay those of several runs side by side.

    :param states: B states
    :param maps: signed (B, ...)
    :return: (H, W, 3) uint8 RGB each, by name
    """
    return {
        f"{key}/probe_{i:02d}": panel(observation, {key: signed[i]}, _frame(states, i))
        for key, signed in maps.items()
        for i, observation in enumerate(states.observations)
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
    for t, observation in enumerate(states.observations):
        yield panel(observation, {key: signed[t] for key, signed in maps.items()}, _frame(states, t), scales)


def _frame(states: States, i: int) -> np.ndarray | None:
    return None if states.frames is None else states.frames[i]
