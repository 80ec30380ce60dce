"""Both attentions of one network side by side: the weights of its own soft attention, and maps of the same heads."""

import numpy as np

from ..map_key import ATTENTION, Maps
from ..states.notes import Notes
from ..states.states import States
from .event_pictures import event_sheet


def both_attentions(maps: Maps, method: str) -> Maps:
    """
    The maps of one row: the attention of each head, then the other map of each head.

    :param maps: of some heads by some methods
    :param method: of the other map
    :return: those of heads that have both, in the order of the row; empty if there is no such head
    """
    attended = [key for key in maps if key.method == ATTENTION and key._replace(method=method) in maps and method != ATTENTION]
    return {key: maps[key] for key in (*attended, *(key._replace(method=method) for key in attended))}


def attention_sheet(title: str, states: States, maps: Maps, method: str, notes: Notes | None = None) -> np.ndarray:
    """
    A row for each state: the frame (with the path of the gaze, if the policy has one), what the stream of each head attends to, and
    on what each head depends by another method.

    :param title: of the sheet
    :param states: B states
    :param maps: signed (B, ...), of both methods
    :param method: of the other map
    :param notes: what is said of the states
    :return: (H, W, 3) uint8 RGB
    :raises ValueError: if no head has both maps
    """
    both = both_attentions(maps, method)
    if not both:
        raise ValueError(f"no head has both an attention and a map {method!r}; the maps are: {', '.join(map(str, maps))}")
    return event_sheet(title, states, both, notes)
