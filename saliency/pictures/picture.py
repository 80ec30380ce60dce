"""Saliency as a picture: the grey frame, what a head looks at in red, side by side at a size one can see."""

from pathlib import Path

import cv2
import numpy as np

from ..statistics.map_statistics import magnitude

HEIGHT = 420  # pixels of a picture's image part: twice the height of an Atari screen
WIDEST = 2 * HEIGHT  # of a vector's strip
CAPTION = 28  # pixels of the strip above it
INK = (20, 20, 20)  # RGB of text
SATURATION = 99.5  # percentile of a map that is drawn in full colour


def newest_frame(observation: np.ndarray) -> np.ndarray:
    """
    The frame of an observation that a person would look at.

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
    The strength drawn in full colour: a high percentile, so that a single pixel does not leave the rest dark.

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
    grey = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)[:, :, None] * 0.65
    red = np.array([255, 30, 20], dtype=np.float32)
    return np.clip(grey * (1 - alpha) + red * alpha, 0, 255).astype(np.uint8)


def panel(
    observation: np.ndarray,
    maps: dict[str, np.ndarray],
    game_frame: np.ndarray | None = None,
    scales: dict[str, float] | None = None,
) -> np.ndarray:
    """
    One observation, and beside it a picture a head; each map is normalised on its own, with its scale in the caption.

    :param observation: (C, H, W) or (D,)
    :param maps: {head: signed map of the observation's shape}
    :param game_frame: (H, W, 3) uint8, the game's own picture; the observation's newest frame if None
    :param scales: strength in full red by head, for a video of many panels; each map's own if None
    :return: (CAPTION + HEIGHT, W', 3) uint8 RGB
    """
    seen = newest_frame(observation)
    shown = _enlarged(seen if game_frame is None else game_frame)
    below = cv2.resize(_enlarged(seen), (shown.shape[1], shown.shape[0]), interpolation=cv2.INTER_NEAREST)
    parts = [captioned(shown, "game" if game_frame is not None else "observation")]
    for head, signed in maps.items():
        strength = magnitude(signed[None])[0]
        scale = full_colour_at(strength) if scales is None else scales[head]
        parts.append(captioned(overlay(below, strength, scale), f"{head}: red = {scale:.1e}"))
    return side_by_side(parts)


def side_by_side(parts: list[np.ndarray]) -> np.ndarray:
    """
    Pictures of one height, one beside the other.

    :param parts: (H, W, 3) uint8 each
    """
    gap = np.full((parts[0].shape[0], 6, 3), 255, dtype=np.uint8)
    return np.concatenate([piece for part in parts for piece in (gap, part)][1:], axis=1)


def contact_sheet(panels: list[np.ndarray]) -> np.ndarray:
    """
    Panels of one size, one below the other.

    :param panels: (H, W, 3) uint8 each
    """
    gap = np.full((6, panels[0].shape[1], 3), 255, dtype=np.uint8)
    return np.concatenate([piece for panel_ in panels for piece in (gap, panel_)][1:], axis=0)


def write_png(path: Path, picture: np.ndarray) -> None:
    """
    A picture as a file, which appears under its name only when it is complete.

    :param path: ends in ``.png``
    :param picture: (H, W, 3) uint8 RGB
    :raises OSError: if it cannot be written
    """
    done, data = cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    assert done
    part = path.with_name(f".part-{path.name}")
    part.write_bytes(data.tobytes())
    part.replace(path)


def _enlarged(frame: np.ndarray) -> np.ndarray:
    """A frame at the picture's height, its own proportions kept; a strip gets cells of equal width while there is room."""
    height, width = frame.shape[:2]
    if height > 1:
        return enlarged(frame, HEIGHT)
    return cv2.resize(frame, (min(max(HEIGHT, 24 * width), WIDEST), HEIGHT), interpolation=cv2.INTER_NEAREST)


def enlarged(frame: np.ndarray, height: int) -> np.ndarray:
    """
    A frame at another height, its own proportions and hard edges kept.

    :param frame: (H, W, 3) uint8
    :param height: pixels
    """
    width = max(round(frame.shape[1] * height / frame.shape[0]), 1)
    return cv2.resize(frame, (width, height), interpolation=cv2.INTER_NEAREST)


def captioned(picture: np.ndarray, text: str, colour: tuple[int, int, int] = INK) -> np.ndarray:
    """
    A picture with a line of text above it.

    :param picture: (H, W, 3) uint8
    :param text: short enough for the width
    :param colour: RGB
    :return: (CAPTION + H, W, 3)
    """
    strip = np.full((CAPTION, picture.shape[1], 3), 255, dtype=np.uint8)
    cv2.putText(strip, text, (4, CAPTION - 9), cv2.FONT_HERSHEY_SIMPLEX, 0.5, colour, 1, cv2.LINE_AA)
    return np.concatenate([strip, picture], axis=0)
