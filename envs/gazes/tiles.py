"""Grids of places and of moves that a gaze can choose from."""

import operator
from typing import Any

import numpy as np

Tiles = int | tuple[int, int] | None


def rows_and_columns(tiles: Any) -> tuple[int, int]:
    """
    The numbers of rows and columns of a grid.

    :param tiles: one number for both, or (rows, columns)
    :raises ValueError: if it is something else
    """
    try:
        rows, columns = tiles if isinstance(tiles, tuple | list) else (tiles, tiles)
        return operator.index(rows), operator.index(columns)
    except (TypeError, ValueError) as error:
        raise ValueError(f"tiles must be None, a whole number or (rows, columns), not {tiles!r}") from error


def tile_centers(rows: int, columns: int) -> np.ndarray:
    """Centres of the tiles of an image, row by row, (rows * columns, 2) float32 as (x, y) in [-1, 1]."""
    y, x = ((2 * np.arange(count) + 1) / count - 1 for count in (rows, columns))
    return np.stack(np.broadcast_arrays(x[None, :], y[:, None]), axis=2).reshape(-1, 2).astype(np.float32)


def grid_of_moves(rows: int, columns: int, step: float) -> np.ndarray:
    """Moves of the gaze around none at all, row by row, (rows * columns, 2) float32 as (x, y), ``step`` from one to the next."""
    return tile_centers(rows, columns) * np.array([columns, rows], dtype=np.float32) * np.float32(step / 2)
