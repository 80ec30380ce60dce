"""The colours of maps: they stand out by their brightness, so they read on dark and on bright frames, and in grey print."""

import cv2
import numpy as np

GROUND = 0.5  # of a frame's brightness is left below a map
WEAK = np.array([255.0, 80.0, 0.0])  # RGB of a strength just above 0, where it covers the frame: orange
FULL = np.array([255.0, 240.0, 80.0])  # RGB of the full strength: yellow
POSITIVE, NEGATIVE = (196, 78, 0), (0, 94, 184)  # RGB of signed bars on white, told apart by the colour-blind
BAR = 10  # pixels of the height of a colour scale


def ground(frame: np.ndarray) -> np.ndarray:
    """
    What is left of a frame below a map: grey, and darker than any colour of the map.

    :param frame: (H, W, 3) uint8
    :return: (H, W, 1)
    """
    return cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)[:, :, None] * np.float32(GROUND)


def coloured(below: np.ndarray, share: np.ndarray) -> np.ndarray:
    """
    Strengths over a ground: none shows the ground, weak ones are orange, full is yellow.

    :param below: (H, W, 1) grey
    :param share: (H, W) of the full strength; what is above 1 counts as 1
    :return: (H, W, 3) uint8 RGB
    """
    part = np.clip(share, 0, 1).astype(np.float32)
    opacity = part * (1.5 - 0.5 * part)
    left, strong = below[:, :, 0] * (1 - opacity), part * opacity
    # Channel by channel, which is three times as fast as with an axis of three at the end.
    channels = [left + float(weak) * opacity + float(full - weak) * strong for weak, full in zip(WEAK, FULL, strict=True)]
    return cv2.merge([np.minimum(channel, 255).astype(np.uint8) for channel in channels])


def colour_scale(width: int) -> np.ndarray:
    """
    The colours from none to full strength, from left to right.

    :param width: pixels
    :return: (BAR, width, 3) uint8 RGB
    """
    share = np.broadcast_to(np.linspace(0, 1, max(width, 1)), (BAR, max(width, 1)))
    return coloured(np.full((BAR, max(width, 1), 1), 128 * GROUND, np.float32), share)
