"""Whether a car is ahead in Enduro, from the things found on the screen."""

from collections.abc import Mapping

import numpy as np

from .enduro import HORIZON

NEAR = 80  # first row of what counts as ahead; farther away a car is one or two pixels wide
LANE = 0.2  # of the road's width: how far to a side a car still is in the own car's way; a car is 0.14 wide


def car_ahead(objects: Mapping[str, np.ndarray], lane: float = LANE, near: int = NEAR) -> np.ndarray:
    """
    Whether another car is in the own car's way. Places across the road are measured in shares of its width in their row, so that
    curves and distance do not matter.

    :param objects: of :func:`saccade.saliency.objects.enduro.enduro`, (B, 210, 160) bool each
    :param lane: how far to a side a pixel of a car may be, in widths of the road
    :param near: first row that counts
    :return: (B,) bool; False where the own car or the road is not visible
    """
    on_road = objects["road"] | objects["road_edges"] | objects["own_car"] | objects["other_cars"]
    found = np.zeros(len(on_road), dtype=bool)
    for i, (road, own, others) in enumerate(zip(on_road, objects["own_car"], objects["other_cars"], strict=True)):
        rows, columns = np.nonzero(own)
        if not len(rows) or not objects["road"][i].any():
            continue
        front = int(rows.min())
        mine = _across(road, np.array([front]), np.array([columns.mean()]))
        rows, columns = np.nonzero(others)
        before = (rows >= max(near, HORIZON)) & (rows < front)
        theirs = _across(road, rows[before], columns[before])
        found[i] = bool((np.abs(theirs - mine) < lane).any())
    return found


def road_free(objects: Mapping[str, np.ndarray]) -> np.ndarray:
    """
    Whether no other car is visible.

    :param objects: as for :func:`car_ahead`
    :return: (B,) bool
    """
    return np.logical_not(objects["other_cars"].any(axis=(1, 2)))


def _across(road: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Places across the road, from 0 at its left edge to 1 at its right edge in the same row."""
    shown = road[rows]
    left, right = shown.argmax(axis=1), road.shape[1] - 1 - shown[:, ::-1].argmax(axis=1)
    return (columns - left) / np.maximum(right - left, 1)
