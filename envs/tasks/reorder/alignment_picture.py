"""A picture of what one decision rests on: cells of symbols, and arcs from the steps that count to the one that decides."""

import cv2
import numpy as np

from ..strength_colours import strength_colour
from .word_cells import BACKGROUND, FRAME, draw_cell

SIDE, SPACE = 40, 8  # of a cell, pixels
LEFT, TOP, BETWEEN, BELOW = 64, 60, 100, 60  # room for the words "read" and "say", and for arcs
WEAK = np.array([200, 200, 210])  # an arc of the strength 0
THICKEST, FAINTEST = 8, 0.02  # pixels of the strongest arc; strengths below are left out
POINTS = 24  # of an arc


def draw_arcs(read: np.ndarray, said: np.ndarray, strengths: np.ndarray | None, decision: int) -> np.ndarray:
    """
    Symbols up to a decision, and from each step an arc to the decision, thick and red where it is strong.

    The decision's cell has a frame. A bar at it stands for what was seen at that step itself. Arcs between two cells of one row run
    outside.

    :param read: (T,) symbols; below 0 for none
    :param said: (T,) symbols; below 0 for none
    :param strengths: (2 T,) of the steps of both rows, from 0 to 1; None: there are no arcs
    :param decision: its step, from 0 to 2 T - 1
    :return: (300, 64 + 48 T, 3) uint8
    """
    words = len(read)
    shape = (TOP + 2 * SIDE + BETWEEN + BELOW, LEFT + words * (SIDE + SPACE), 3)
    picture = np.full(shape, BACKGROUND, np.uint8)
    known = np.zeros(2 * words) if strengths is None else np.asarray(strengths)
    for step in np.argsort(known, kind="stable").tolist():  # the strongest last, so that nothing hides it
        if step != decision and known[step] >= FAINTEST:
            points = _arc(_place(step, words), _place(decision, words))
            cv2.polylines(picture, [points], False, strength_colour(known[step], WEAK), _thickness(known[step]), cv2.LINE_AA)
    for row, (word, symbols) in enumerate((("read", read), ("say", said))):
        top = TOP + row * (SIDE + BETWEEN)
        cv2.putText(picture, word, (8, top + SIDE // 2 + 6), cv2.FONT_HERSHEY_SIMPLEX, 0.6, FRAME, 1, cv2.LINE_AA)
        for place, symbol in enumerate(symbols.tolist()):
            step = row * words + place
            frame = FRAME if step == decision else None
            draw_cell(picture, top, _place(step, words)[1], symbol if step <= decision else -1, frame, SIDE)
    if known[decision] >= FAINTEST:
        row, left = _place(decision, words)
        edge = TOP - THICKEST if row == 0 else TOP + 2 * SIDE + BETWEEN + THICKEST
        thickness = _thickness(known[decision])
        cv2.line(picture, (left, edge), (left + SIDE - 1, edge), strength_colour(known[decision], WEAK), thickness, cv2.LINE_AA)
    return picture


def _place(step: int, words: int) -> tuple[int, int]:
    """Row, and left edge in pixels."""
    return step // words, LEFT + step % words * (SIDE + SPACE)


def _arc(start: tuple[int, int], end: tuple[int, int]) -> np.ndarray:
    """A curve (POINTS, 1, 2) from edge to edge of two cells: a quadratic Bezier curve within a row, else an S."""
    edges = {0: TOP, 1: TOP + 2 * SIDE + BETWEEN} if start[0] == end[0] else {0: TOP + SIDE, 1: TOP + SIDE + BETWEEN}
    first, last = (np.array([left + SIDE / 2, edges[row]]) for row, left in (start, end))
    share = np.linspace(0, 1, POINTS)[:, None]
    if start[0] == end[0]:
        high = (-1 if start[0] == 0 else 1) * min(1.6 * TOP, 0.5 * abs(last[0] - first[0]))
        middle = (first + last) / 2 + (0, high)
        points = (1 - share) ** 2 * first + 2 * share * (1 - share) * middle + share**2 * last
    else:
        across, down = 3 * share**2 - 2 * share**3, share
        points = np.hstack([first[0] + across * (last[0] - first[0]), first[1] + down * (last[1] - first[1])])
    return np.round(points).astype(np.int32)[:, None]


def _thickness(strength: float) -> int:
    return max(round(THICKEST * float(strength)), 1)
