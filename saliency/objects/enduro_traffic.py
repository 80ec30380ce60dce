"""The own car's way in Enduro, and whether another car is in it, from the things found on the screen."""

from collections.abc import Mapping

import numpy as np

from .enduro import HORIZON

NEAR = 80  # first row of what counts as ahead; farther away a car is one or two pixels wide
LANE = 0.2  # of the road's width: how far to a side a car still is in the own car's way; a car is 0.14 wide


def own_way(objects: Mapping[str, np.ndarray]) -> np.ndarray:
    """
    The stretch of road before the own car, with whatever is on it: a place that is there with and without a car ahead. Places
    across the road are measured in shares of its width in their row, so that curves and distance do not matter.

    :param objects: of :func:`saccade.saliency.objects.enduro.enduro`, (B, 210, 160) bool each
    :return: (B, 210, 160) bool; empty where the own car is not visible, or the road beside it is not
    """
    on_road = objects["road"] | objects["road_edges"] | objects["own_car"] | objects["other_cars"]
    found = np.zeros_like(on_road)
    for i, (whole, road, own) in enumerate(zip(on_road, objects["road"], objects["own_car"], strict=True)):
        rows, columns = np.nonzero(own)
        if not len(rows) or not road[rows.min()].any():
            continue
        front = int(rows.min())
        mine = _across(whole, np.array([front]), np.array([columns.mean()]))
        before = np.arange(max(NEAR, HORIZON), front)
        before = before[road[before].any(axis=1)]  # the rows in which the road is known
        places = _across(whole, before[:, None], np.arange(whole.shape[1])[None])
        found[i, before] = (np.abs(places - mine) < LANE) & (places >= 0) & (places <= 1)
    return found


def car_ahead(objects: Mapping[str, np.ndarray]) -> np.ndarray:
    """
    Whether another car is in the own car's way.

    :param objects: as for :func:`own_way`
    :return: (B,) bool; False where the own car or the road is not visible
    """
    return np.asarray((own_way(objects) & objects["other_cars"]).any(axis=(1, 2)))


def cars_aside(objects: Mapping[str, np.ndarray]) -> np.ndarray:
    """
    Whether other cars are visible, and none of them is in the own car's way, of which something is visible.

    :param objects: as for :func:`own_way`
    :return: (B,) bool
    """
    way, cars = own_way(objects), objects["other_cars"]
    return np.asarray(way.any(axis=(1, 2)) & cars.any(axis=(1, 2)) & ~(way & cars).any(axis=(1, 2)))


def road_free(objects: Mapping[str, np.ndarray]) -> np.ndarray:
    """
    Whether no other car is visible.

    :param objects: as for :func:`own_way`
    :return: (B,) bool
    """
    return np.logical_not(objects["other_cars"].any(axis=(1, 2)))


def _across(road: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Places across the road, from 0 at its left edge to 1 at its right edge in the same row."""
    shown = road[rows]
    left, right = shown.argmax(axis=-1), road.shape[1] - 1 - shown[..., ::-1].argmax(axis=-1)
    return np.asarray((columns - left) / np.maximum(right - left, 1))
