"""A saliency map of an image as a picture: orange to yellow over the dimmed grey frame."""

import cv2
import numpy as np

from .colours import BAR, colour_scale, coloured, ground
from .layout import CAPTION, padded, resized
from .text import EDGE, FAINT, short, text_strip, width_of, write

SATURATION = 99.5  # percentile of a map that is drawn in full colour
FOVEA, COARSER = (0, 255, 255), (0, 140, 190)  # RGB of the outlines of what a retina sees
OLDEST, LAST = 0.3, 0.7  # opacity of the outlines of the oldest gaze, and of the last one before the newest
LEGEND = 22  # pixels of the strip with the colour scale


def newest_frame(observation: np.ndarray) -> np.ndarray:
    """
    The frame of an observation that a person would look at: the newest one.

    :param observation: (C, H, W): RGB if C is 3, else a stack of grey frames, newest last; a grid (H, W); with more axes, the
        first ones count as a stack; or a vector (D,), drawn as a strip
    :return: (H, W, 3) uint8; floats are stretched from their minimum to their maximum
    """
    if observation.ndim >= 3:
        stack = observation.reshape(-1, *observation.shape[-2:])
        is_rgb = observation.ndim == 3 and len(stack) == 3
        frame = np.moveaxis(stack, 0, 2) if is_rgb else stack[-1:].transpose(1, 2, 0)
    elif observation.ndim == 2:
        frame = observation[:, :, None]
    else:
        frame = observation.reshape(1, -1, 1)
    if frame.dtype != np.uint8:
        finite = np.nan_to_num(frame.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
        low, high = float(finite.min()), float(finite.max())
        frame = np.round(255 * (finite - low) / max(high - low, 1e-12)).astype(np.uint8)
    return np.ascontiguousarray(np.broadcast_to(frame, (*frame.shape[:2], 3)))


def full_colour_at(strength: np.ndarray) -> float:
    """
    The strength drawn in full colour. It is a high percentile, so that a single strong pixel does not leave the rest dark.

    :param strength: non-negative, of any shape
    """
    scale = float(np.percentile(strength, SATURATION))
    return scale if not scale <= 0 else float(strength.max())


def overlay(frame: np.ndarray, strength: np.ndarray, scale: float) -> np.ndarray:
    """
    A dimmed grey frame with a map over it. Each place of the map is a square.

    :param frame: (H, W, 3) uint8
    :param strength: (h, w), non-negative; stretched to the frame's size
    :param scale: the strength that is drawn in full colour
    :return: (H, W, 3) uint8 RGB
    """
    stretched = resized(np.nan_to_num(strength).astype(np.float32), *frame.shape[:2])
    known = np.isfinite(scale) and scale > 0
    return coloured(ground(frame), stretched / scale if known else np.zeros_like(stretched))


def piece(picture: np.ndarray, title: str, scale: float | None = None) -> np.ndarray:
    """
    A picture with its name above, and a colour scale below if it has one.

    :param picture: (H, W, 3) uint8
    :param title: a line
    :param scale: the strength in full colour; None for a picture that is not a map
    :return: (CAPTION + H + LEGEND, W', 3) uint8 RGB, wide enough for the name
    """
    width = max(picture.shape[1], min(width_of(title) + 2 * EDGE, 2 * picture.shape[1] + 100))
    legend = np.full((LEGEND, width, 3), 255, np.uint8) if scale is None else scale_strip(width, scale)
    return np.concatenate([text_strip(title, width, height=CAPTION), padded(picture, width=width), legend], axis=0)


def scale_strip(width: int, scale: float) -> np.ndarray:
    """
    A colour scale from 0 to a strength, with both numbers.

    :param width: pixels
    :param scale: the strength in full colour
    :return: (LEGEND, width, 3) uint8 RGB
    """
    if not np.isfinite(scale) or scale <= 0:
        return text_strip("0 everywhere" if scale == 0 else "not finite", width, FAINT, LEGEND)
    strip = np.full((LEGEND, width, 3), 255, np.uint8)
    most = short(scale)
    left, right = EDGE + width_of("0") + EDGE, width - 3 * EDGE - width_of(most)
    write(strip, "0", EDGE, LEGEND - 6, FAINT)
    write(strip, most, right + EDGE, LEGEND - 6, FAINT)
    if right > left:
        strip[LEGEND - 6 - BAR : LEGEND - 6, left:right] = colour_scale(right - left)
    return strip


def outlined(picture: np.ndarray, boxes: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """
    A picture with the patches outlined that a retina sees, the sharpest one brightest. Of the gazes before the newest one the
    sharpest patch is outlined, the older the fainter.

    :param picture: (H, W, 3) uint8
    :param boxes: (K, 4) left, top, right and bottom of each patch in pixels of the observation, the finest first; or (M, K, 4) at M
        gazes, the newest last
    :param size: height and width of the observation
    :return: a copy
    """
    drawn = picture.copy()
    zoom = np.array([picture.shape[1] / size[1], picture.shape[0] / size[0]] * 2)
    *older, newest = np.round(boxes.reshape(-1, *boxes.shape[-2:]) * zoom).astype(int).tolist()
    for (finest, *_), share in zip(older, np.linspace(LAST, OLDEST, len(older))[::-1].tolist(), strict=True):
        bright = cv2.rectangle(drawn.copy(), tuple(finest[:2]), tuple(finest[2:]), FOVEA, 2)
        drawn = cv2.addWeighted(bright, share, drawn, 1 - share, 0)
    for k, box in reversed(list(enumerate(newest))):
        if k == 0:  # a dark line below the bright one, which then reads on every ground
            cv2.rectangle(drawn, tuple(box[:2]), tuple(box[2:]), (0, 0, 0), 4)
        cv2.rectangle(drawn, tuple(box[:2]), tuple(box[2:]), FOVEA if k == 0 else COARSER, 2)
    return drawn
