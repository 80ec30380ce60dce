"""What is right about the maps of an agent whose task has known causes."""

from pathlib import Path

import numpy as np

from ...envs.tasks.quadrant import CAUSES, PATCHES, patch_places
from ...saliency.errors import RecordedEventsError
from ...saliency.map_key import MapKey, Maps
from ...saliency.records.recorded_events import RecordedEvents
from ...saliency.statistics.map_statistics import magnitude
from ..setup.env_names import task_id


def patch_shares(maps: np.ndarray) -> dict[str, float]:
    """
    The share of each patch of Quadrant in the sum of all absolute values.

    :param maps: signed (P, C, H, W)
    :return: {patch: share from 0 to 1}; the shares of maps of zeros are NaN
    """
    strength = magnitude(maps).sum(axis=0, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        return {patch: float(strength[patch_places(patch, len(strength))].sum() / strength.sum()) for patch in PATCHES}


def known_causes(env: str, folder: Path) -> list[str]:
    """
    Lines that say how much of each head's maps lies in the patch that causes it, in the first and in the last event of a run.

    :param env: of the run
    :param folder: of its saliency events
    :return: nothing for tasks without known causes, or if there are no events that can be read
    """
    if task_id(env) != "saccade/Quadrant-v0":
        return []
    try:
        events = [event.maps for event in RecordedEvents.of(folder)]
    except RecordedEventsError as error:  # a full disk, say; the training itself went well
        return [f"the maps cannot be compared with what is known: {error}"]
    lines = ["Quadrant's causes are known, so here is what is right about the maps (by chance each patch has 25 %):"]
    # Of each head the map that is shown first. A run that an older version began may not have had it at its beginning.
    firsts = {key.head: key for key in reversed(events[-1]) if key in events[0]}
    return lines + [_line(firsts[head], cause, events[0], events[-1]) for head, cause in CAUSES.items() if head in firsts]


def _line(key: MapKey, cause: str, before: Maps, after: Maps) -> str:
    shares = patch_shares(after[key])
    first = f"; before training {100 * patch_shares(before[key])[cause]:.0f} %" if before is not after else ""
    others = ", ".join(f"{patch} {100 * share:.0f} %" for patch, share in shares.items() if patch != cause)
    return f"  {key.head}: {100 * shares[cause]:.0f} % of its map lies in the patch that makes it, {cause} ({others}{first})"
