"""Pieces of a picture put together, and written to a file."""

from pathlib import Path

import cv2
import numpy as np

from ..whole_file import whole_file
from .text import INK, text_strip

HEIGHT = 420  # pixels of a picture's image part: twice the height of an Atari screen
CAPTION = 28  # pixels of the strip of text above it
GAP = 6  # pixels between pieces
WIDEST = 2 * HEIGHT  # pixels of an image that is much wider than high


def enlarged(frame: np.ndarray, height: int = HEIGHT) -> np.ndarray:
    """
    A frame at another height, with its own proportions. What grows keeps hard edges, so that a pixel is a square. What shrinks is
    averaged. A frame that is very wide is less high.

    :param frame: (H, W, 3) uint8
    :param height: pixels
    """
    rows, columns = frame.shape[:2]
    zoom = min(height / rows, WIDEST * height / HEIGHT / columns)
    return resized(frame, max(round(rows * zoom), 1), max(round(columns * zoom), 1))


def resized(picture: np.ndarray, height: int, width: int) -> np.ndarray:
    """
    A picture, or a map, in another size. A pixel that grows becomes a square; pixels that shrink are averaged.

    :param picture: (H, W) or (H, W, 3)
    :param height: pixels
    :param width: pixels
    """
    shrinks = height < picture.shape[0] or width < picture.shape[1]
    return cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_NEAREST_EXACT)


def captioned(picture: np.ndarray, text: str, colour: tuple[int, int, int] = INK) -> np.ndarray:
    """
    A picture with a line of text above it.

    :param picture: (H, W, 3) uint8
    :param text: cut off where it does not fit
    :param colour: RGB
    :return: (CAPTION + H, W, 3)
    """
    return np.concatenate([text_strip(text, picture.shape[1], colour, CAPTION), picture], axis=0)


def padded(picture: np.ndarray, height: int = 0, width: int = 0) -> np.ndarray:
    """
    A picture with white below it and to its right, where it is smaller than wanted.

    :param picture: (H, W, 3) uint8
    :param height: pixels at least
    :param width: pixels at least
    """
    below, right = max(height - picture.shape[0], 0), max(width - picture.shape[1], 0)
    return np.pad(picture, ((0, below), (0, right), (0, 0)), constant_values=255) if below or right else picture


def side_by_side(parts: list[np.ndarray]) -> np.ndarray:
    """
    Pictures beside each other, their tops in one line.

    :param parts: (H, W, 3) uint8 each
    """
    height = max(part.shape[0] for part in parts)
    gap = np.full((height, GAP, 3), 255, dtype=np.uint8)
    return np.concatenate([piece for part in parts for piece in (gap, padded(part, height))][1:], axis=1)


def contact_sheet(panels: list[np.ndarray]) -> np.ndarray:
    """
    Panels one below the other.

    :param panels: (H, W, 3) uint8 each
    """
    width = max(panel.shape[1] for panel in panels)
    gap = np.full((GAP, width, 3), 255, dtype=np.uint8)
    return np.concatenate([piece for panel in panels for piece in (gap, padded(panel, width=width))][1:], axis=0)


def write_png(path: Path, picture: np.ndarray) -> None:
    """
    A picture as a file.

    :param path: ends in ``.png``
    :param picture: (H, W, 3) uint8 RGB
    :raises OSError: if it cannot be written
    """
    done, data = cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    assert done  # PNG takes any uint8 picture
    with whole_file(path) as part:
        part.write_bytes(data.tobytes())
