"""What an env shows: images, or dicts with an image among other entries."""

from typing import Any

import numpy as np

Seen = np.ndarray | dict[str, np.ndarray]  # what an env shows
IMAGE = "image"  # in observations that are dicts


def images_of(seen: Seen) -> np.ndarray:
    """The images (N, ...) of what an env shows."""
    return seen[IMAGE] if isinstance(seen, dict) else seen


def by_entry(seen: Any) -> Seen:
    """Dicts of single envs, as gymnasium has them in ``final_obs``, as one dict of arrays of objects; all else as it is."""
    if not (isinstance(seen, np.ndarray) and seen.dtype == object):
        return seen
    first = next((one for one in seen if one is not None), None)
    if not isinstance(first, dict):
        return seen
    apart = {key: np.empty(len(seen), dtype=object) for key in first}
    for key, places in apart.items():
        for i, one in enumerate(seen):
            places[i] = None if one is None else one[key]
    return apart
