"""A saliency map as a picture: red over the grey frame."""

import cv2
import numpy as np

from ..map_key import MapKey, Maps
from ..statistics.map_statistics import magnitude
from .layout import captioned, enlarged, side_by_side

SATURATION = 99.5  # percentile of a map that is drawn in full red
RED = (255, 30, 20)  # RGB
DIMMED = 0.65  # of a frame's brightness, so that red stands out


def newest_frame(observation: np.ndarray) -> np.ndarray:
    """
    The frame of an observation that a person would look at: the newest one.

    :param observation: (C, H, W): RGB if C is 3, else a stack of grey frames, newest last; or a vector (D,), drawn as a strip
    :return: (H, W, 3) uint8; floats are stretched from their minimum to their maximum
    """
    if observation.ndim == 3:
        frame = np.moveaxis(observation, 0, 2) if len(observation) == 3 else observation[-1:].transpose(1, 2, 0)
    else:
        frame = observation.reshape(1, -1, 1)
    if frame.dtype != np.uint8:
        low, high = float(frame.min()), float(frame.max())
        frame = np.round(255 * (frame - low) / max(high - low, 1e-12)).astype(np.uint8)
    return np.ascontiguousarray(np.broadcast_to(frame, (*frame.shape[:2], 3)))


def full_colour_at(strength: np.ndarray) -> float:
    """
    The strength drawn in full red. It is a high percentile, so that a single strong pixel does not leave the rest dark.

    :param strength: non-negative, of any shape
    """
    scale = float(np.percentile(strength, SATURATION))
    return scale if scale > 0 else float(strength.max())


def overlay(frame: np.ndarray, strength: np.ndarray, scale: float) -> np.ndarray:
    """
    A grey frame with a map in red over it.

    :param frame: (H, W, 3) uint8
    :param strength: (h, w), non-negative; stretched to the frame's size
    :param scale: the strength that is drawn in full red
    :return: (H, W, 3) uint8 RGB
    """
    height, width = frame.shape[:2]
    nearest = strength.shape[0] == 1  # the cells of a vector's strip do not run into each other
    stretched = cv2.resize(
        strength.astype(np.float32), (width, height), interpolation=cv2.INTER_NEAREST if nearest else cv2.INTER_LINEAR
    )
    alpha = np.clip(stretched / scale if scale > 0 else np.zeros_like(stretched), 0, 1)[:, :, None]
    grey = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)[:, :, None] * DIMMED
    red = np.array(RED, dtype=np.float32)
    return np.clip(grey * (1 - alpha) + red * alpha, 0, 255).astype(np.uint8)


def panel(
    observation: np.ndarray,
    maps: Maps,
    game_frame: np.ndarray | None = None,
    scales: dict[MapKey, float] | None = None,
) -> np.ndarray:
    """
    One observation, and beside it a picture for each map. Each map has its own colour scale, which the caption says.

    :param observation: (C, H, W) or (D,)
    :param maps: signed, of the observation's shape
    :param game_frame: (H, W, 3) uint8, the game's own picture; None: the observation's newest frame
    :param scales: the strength drawn in full red for each map, for a video of many panels; None: each map has its own
    :return: (CAPTION + HEIGHT, W', 3) uint8 RGB
    """
    seen = newest_frame(observation)
    shown = enlarged(seen if game_frame is None else game_frame)
    below = cv2.resize(enlarged(seen), (shown.shape[1], shown.shape[0]), interpolation=cv2.INTER_NEAREST)
    parts = [captioned(shown, "game" if game_frame is not None else "observation")]
    for key, signed in maps.items():
        strength = magnitude(signed[None])[0]
        scale = full_colour_at(strength) if scales is None else scales[key]
        parts.append(captioned(overlay(below, strength, scale), f"{key}: red = {scale:.1e}"))
    return side_by_side(parts)
