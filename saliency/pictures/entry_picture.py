"""One observation with its maps as a picture, whatever it is: an image, a grid, a vector or a number."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..map_key import MapKey, Maps
from ..states.game_pictures import as_rgb
from ..statistics.map_statistics import magnitude
from .layout import CAPTION, contact_sheet, enlarged, resized, side_by_side
from .map_picture import LEGEND, full_colour_at, newest_frame, outlined, overlay, piece
from .text import text_strip
from .vector_picture import Rows, vector_parts

LEAST = 200  # pixels of the game's height beside bars
CHANNELS = (1, 3, 4)  # of an image whose channels may come last


def map_picture(
    observation: Any,
    saliency: Any,
    *,
    frame: Any = None,
    feature_names: Sequence[str] = (),
    caption: str = "",
) -> np.ndarray:
    """
    An observation, and beside it its saliency maps. Maps of images are drawn over the dimmed frame, from orange to yellow with
    their strength; those of vectors are signed bars, one for each feature.

    :param observation: (C, H, W) or (H, W, C) image or stack of frames, (H, W) grid, (D,) vector, or a number
    :param saliency: signed map of the observation's shape, or a dict of maps by name
    :param frame: the env's own picture in any form that ``render`` gives, shown in place of the newest frame
    :param feature_names: of a vector's features; by default ``x0``, ``x1`` ... Of a long vector the 16 strongest features are shown
    :param caption: a line above
    :return: (H, W, 3) uint8 RGB
    :raises ValueError: if a map has another shape than the observation
    """
    named: Mapping[str, Any] = saliency if isinstance(saliency, Mapping) else {"saliency": saliency}
    seen, maps = as_array(observation), {MapKey(name): as_array(x) for name, x in named.items()}
    for key, signed in maps.items():
        if signed.shape != seen.shape:
            raise ValueError(f"the map {key.head} has the shape {signed.shape}, but the observation {seen.shape}; give maps of it")
    if seen.ndim == 3 and seen.shape[2] in CHANNELS and seen.shape[0] not in CHANNELS:
        seen, maps = np.moveaxis(seen, 2, 0), {key: np.moveaxis(signed, 2, 0) for key, signed in maps.items()}
    picture = side_by_side(entry_parts(seen, maps, None if frame is None else as_rgb(as_array(frame)), names=feature_names))
    return np.concatenate([text_strip(caption, picture.shape[1]), picture]) if caption else picture


def map_sheet(observation: Mapping[str, Any], saliency: Mapping[str, Any], *, caption: str = "") -> np.ndarray:
    """
    A dict observation: the picture of each entry that has a map, one below the other.

    :param observation: by entry, each as for :func:`map_picture`
    :param saliency: by entry, a map or a dict of maps. Entries without one are named in the last line
    :param caption: a line above
    :return: (H, W, 3) uint8 RGB
    :raises ValueError: if no entry has a map, or a map has another shape than its entry
    """
    if not any(name in saliency for name in observation):
        raise ValueError(f"there is no map of any entry ({', '.join(observation)}); give one for each entry that is to be drawn")
    pictures = [
        map_picture(x, saliency[name], caption=name, feature_names=(name,)) for name, x in observation.items() if name in saliency
    ]
    without = [name for name in observation if name not in saliency]
    width = max(picture.shape[1] for picture in pictures)
    above = [text_strip(caption, width)] if caption else []
    below = [text_strip(f"without a map: {', '.join(without)}", width)] if without else []
    return contact_sheet([*above, *pictures, *below])


def entry_parts(
    observation: np.ndarray,
    maps: Maps,
    game_frame: np.ndarray | None = None,
    scales: Mapping[MapKey, float] | None = None,
    names: Sequence[str] = (),
    rows: Rows | None = None,
    boxes: np.ndarray | None = None,
) -> list[np.ndarray]:
    """
    The pieces of a picture: the observation, then every map. Each map has its own colour scale, which stands below it.

    :param observation: (C, H, W), (H, W) or (D,); a number counts as a vector
    :param maps: signed, of the observation's shape
    :param game_frame: (H, W, 3) uint8, the game's own picture; None: the observation's newest frame
    :param scales: the strength drawn in full colour for each map, for a video of many panels; None: each map has its own
    :param names: of a vector's features
    :param rows: which features of a vector are shown, for a video
    :param boxes: (K, 4) patches of a retina, in pixels of the observation; or (M, K, 4) of M gazes, the newest last
    :return: (H', W', 3) uint8 RGB each
    """
    if observation.ndim < 2:
        flat = {key: np.ravel(signed) for key, signed in maps.items()}
        parts = vector_parts(np.ravel(observation), flat, names, scales, rows)
        height = max(parts[0].shape[0] - CAPTION - LEGEND, LEAST)
        return parts if game_frame is None else [piece(enlarged(game_frame, height), "game"), *parts]
    seen = newest_frame(observation)
    shown = enlarged(seen if game_frame is None else game_frame)
    below = resized(seen, *shown.shape[:2])
    parts = [piece(_marked(shown, boxes, seen), "observation" if game_frame is None else "game")]
    for key, signed in maps.items():
        strength = strength_of(signed)
        scale = full_colour_at(strength) if scales is None else scales[key]
        parts.append(piece(_marked(overlay(below, strength, scale), boxes, seen), str(key), scale))
    return parts


def strength_of(signed: np.ndarray) -> np.ndarray:
    """
    How strong a map is at each place.

    :param signed: (C, H, W), (H, W), or with more axes in front, which count as channels
    :return: (H, W)
    """
    return magnitude(signed.reshape(1, -1, *signed.shape[-2:]))[0]


def as_array(x: Any) -> np.ndarray:
    """
    Numbers as an array.

    :param x: an array, a torch tensor on any device, or nested lists
    """
    tensor = getattr(x, "detach", None)
    return np.asarray(x if tensor is None else tensor().cpu())


def _marked(picture: np.ndarray, boxes: np.ndarray | None, seen: np.ndarray) -> np.ndarray:
    return picture if boxes is None else outlined(picture, boxes, seen.shape[:2])
