"""A picture of a sequence: a row of cells for what is read, and below it one for what is said."""

import colorsys

import cv2
import numpy as np

CELL, GAP = 24, 4  # pixels
BACKGROUND, EMPTY, FRAME, WRONG = 255, (225, 225, 225), (0, 0, 0), (200, 0, 0)  # RGB
Colour = tuple[int, int, int]
GOLDEN = 0.618  # of the circle of hues: neighbours differ most


def name_of(symbol: int) -> str:
    """The letter of a symbol; behind the alphabet its number."""
    return chr(ord("A") + symbol) if symbol < 26 else str(symbol)


def draw_cells(read: np.ndarray, said: np.ndarray, right: np.ndarray, step: int) -> np.ndarray:
    """
    The state of an episode of Reorder.

    Only what the agent knows is shown: symbols up to the present step, and what it has said. The present cell has a frame. A wrong
    word has a red one.

    :param read: (T,) symbols; below 0 for silence
    :param said: (T,) the agent's symbols so far; below 0 for those to come
    :param right: (T,) the right symbols; below 0 behind the end of a sentence
    :param step: of the episode, from 0 to 2 T
    :return: (h, w, 3) uint8
    """
    words = len(read)
    picture = np.full((2 * CELL + 3 * GAP, words * (CELL + GAP) + GAP, 3), BACKGROUND, np.uint8)
    for place in range(words):
        _cell(picture, 0, place, int(read[place]) if place <= step else -1, FRAME if place == step else None)
        wrong = 0 <= right[place] != said[place] and words + place < step
        now = words + place == step
        _cell(picture, 1, place, int(said[place]), WRONG if wrong else FRAME if now else None)
    return picture


def _cell(picture: np.ndarray, row: int, place: int, symbol: int, frame: Colour | None) -> None:
    draw_cell(picture, GAP + row * (CELL + GAP), GAP + place * (CELL + GAP), symbol, frame)


def draw_cell(picture: np.ndarray, top: int, left: int, symbol: int, frame: Colour | None, side: int = CELL) -> None:
    """
    Draw a symbol as a letter on its colour.

    :param picture: (H, W, 3) uint8, which is changed
    :param top: of the cell, pixels
    :param left: of the cell, pixels
    :param symbol: below 0 for an empty cell
    :param frame: its colour; None: no frame
    :param side: pixels
    """
    light = EMPTY if symbol < 0 else tuple(round(255 * part) for part in colorsys.hls_to_rgb(symbol * GOLDEN % 1, 0.75, 0.7))
    picture[top : top + side, left : left + side] = light
    if frame is not None:
        cv2.rectangle(picture, (left, top), (left + side - 1, top + side - 1), frame, 2)
    if symbol >= 0:
        text, size = name_of(symbol), 0.45 * side / CELL
        (width, height), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, size, 1)
        place_of = (left + (side - width) // 2, top + (side + height) // 2)
        cv2.putText(picture, text, place_of, cv2.FONT_HERSHEY_SIMPLEX, size, FRAME, 1, cv2.LINE_AA)
