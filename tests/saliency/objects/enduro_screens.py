"""Screens of Enduro by hand."""

import numpy as np

from saccade.saliency.objects.enduro import BOTTOM, HORIZON, LEFT

BLUE, GREEN = (24, 26, 167), (0, 68, 0)  # sky and ground by day


def landscape(sky: tuple[int, int, int] = BLUE, ground: tuple[int, int, int] = GREEN) -> np.ndarray:
    """(210, 160, 3) without a road."""
    frame = np.zeros((210, 160, 3), np.uint8)
    frame[:HORIZON, LEFT:], frame[HORIZON:BOTTOM, LEFT:] = sky, ground
    return frame


def screen(own: int = 74, others: tuple[tuple[int, int], ...] = (), bend: float = 0.0) -> np.ndarray:
    """
    A screen by day, (210, 160, 3).

    :param own: first column of the own car, 12 pixels wide
    :param others: rows and first columns of cars of 6 pixels
    :param bend: pixels by which the road is shifted to the right at the horizon
    """
    frame = landscape()
    for row in range(HORIZON + 1, BOTTOM):
        middle = 80 + round(bend * (BOTTOM - row) / 100)
        frame[row, [middle - (row - HORIZON) // 2, middle + (row - HORIZON) // 2]] = 170
    frame[144:154, own : own + 12] = 192
    for row, column in others:
        frame[row : row + 4, column : column + 6] = (162, 162, 42)
    return frame
