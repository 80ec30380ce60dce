"""Pieces of a picture put together, and written to a file."""

from pathlib import Path

import cv2
import numpy as np

from ..whole_file import whole_file

HEIGHT = 420  # pixels of a picture's image part: twice the height of an Atari screen
CAPTION = 28  # pixels of the strip of text above it
CELL = 24  # pixels of a vector's cell, while there is room
INK = (20, 20, 20)  # RGB of text
GAP = 6  # pixels between pieces


def enlarged(frame: np.ndarray, height: int = HEIGHT) -> np.ndarray:
    """
    A frame at another height, with its own proportions and hard edges. The strip of a vector gets cells of equal width, and is at
    most twice as wide as high.

    :param frame: (H, W, 3) uint8; (1, D, 3) for a vector
    :param height: pixels
    """
    rows, columns = frame.shape[:2]
    width = max(round(columns * height / rows), 1) if rows > 1 else min(max(height, CELL * columns), 2 * height)
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


def side_by_side(parts: list[np.ndarray]) -> np.ndarray:
    """
    Pictures of one height, one beside the other.

    :param parts: (H, W, 3) uint8 each
    """
    gap = np.full((parts[0].shape[0], GAP, 3), 255, dtype=np.uint8)
    return np.concatenate([piece for part in parts for piece in (gap, part)][1:], axis=1)


def contact_sheet(panels: list[np.ndarray]) -> np.ndarray:
    """
    Panels of one size, one below the other.

    :param panels: (H, W, 3) uint8 each
    """
    gap = np.full((GAP, panels[0].shape[1], 3), 255, dtype=np.uint8)
    return np.concatenate([piece for panel in panels for piece in (gap, panel)][1:], axis=0)


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
