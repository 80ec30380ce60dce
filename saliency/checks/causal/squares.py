"""Squares of an image: the most salient one, and those that nobody has to look at a map for."""

import numpy as np
import torch as th
from torch.nn import functional as F

from ...errors import NoRoomError
from ...statistics.map_statistics import is_constant

NOWHERE = -1  # row and column of a square that there is not


def side_of(shape: tuple[int, int], share: float) -> int:
    """
    The side of a square that covers a share of an image.

    :param shape: height and width in pixels
    :param share: of the image
    :raises NoRoomError: if two such squares do not fit
    """
    side = max(round((share * shape[0] * shape[1]) ** 0.5), 1)
    if side > min(shape) or 2 * side > max(shape):
        raise NoRoomError(f"two squares of {share:.0%} of the image do not fit beside each other into {shape[0]}x{shape[1]}")
    return side


def top_corners(strength: np.ndarray, side: int) -> np.ndarray:
    """
    The most salient square of each map. A map of zeros has none, nor has a map that is the same everywhere.

    :param strength: (B, H, W)
    :param side: of the square
    :return: (B, 2) row and column of its top left corner; -1 if there is none
    """
    sums = F.avg_pool2d(th.from_numpy(np.ascontiguousarray(strength))[:, None].double(), side, stride=1)[:, 0].numpy()
    corners = np.stack(np.divmod(sums.reshape(len(sums), -1).argmax(1), sums.shape[2]), axis=1)
    most = strength.reshape(len(strength), -1).max(1)
    mapped = (most > 0) & ~is_constant(strength)  # not if it is not a number
    return np.where(mapped[:, None], corners, NOWHERE)


def corners_elsewhere(corners: np.ndarray, shape: tuple[int, int], side: int, random: np.random.Generator) -> np.ndarray:
    """
    A random place for each square that does not overlap it.

    :param corners: (B, 2) of the squares
    :param shape: height and width of the image
    :param side: of the squares
    :param random: draws the places; as many numbers for a square that there is not
    :return: (B, 2), -1 where the square is not there
    :raises NoRoomError: if a square leaves no room for another one
    """
    down, right = np.indices((shape[0] - side + 1, shape[1] - side + 1))
    found = np.full_like(corners, NOWHERE)
    for i, ((row, column), draw) in enumerate(zip(corners, random.random(len(corners)), strict=True)):
        if row == NOWHERE:
            continue
        free = np.flatnonzero((np.abs(down - row) >= side) | (np.abs(right - column) >= side))
        if not len(free):
            raise NoRoomError(f"beside a square of {side}x{side} pixels in the middle no other fits into {shape[0]}x{shape[1]}")
        found[i] = divmod(int(free[int(draw * len(free))]), down.shape[1])
    return found


def centre_corners(count: int, shape: tuple[int, int], side: int) -> np.ndarray:
    """
    The square in the middle.

    :param count: of images
    :param shape: height and width of the image
    :param side: of the square
    :return: (count, 2)
    """
    return np.tile([(shape[0] - side) // 2, (shape[1] - side) // 2], (count, 1))


class Holding:
    """
    A square elsewhere that stays as long as the most salient one does: it gets a new place when that one has moved by its side or
    more. So it is blank for as many steps at a time.
    """

    def __init__(self) -> None:
        self._anchors: np.ndarray | None = None  # (B, 2) where the most salient square was when the place was drawn
        self._held: np.ndarray | None = None  # (B, 2)

    def follow(self, corners: np.ndarray, shape: tuple[int, int], side: int, random: np.random.Generator) -> np.ndarray:
        """
        The squares of the next step.

        :param corners: (B, 2) of the most salient squares
        :param shape: as for :func:`corners_elsewhere`, as are the others
        :return: (B, 2), -1 where there is no most salient square
        """
        new = corners_elsewhere(corners, shape, side, random)
        if self._anchors is None or self._held is None:
            self._anchors, self._held = corners.copy(), new
        there = corners[:, 0] != NOWHERE
        moved = (np.abs(corners - self._anchors).max(axis=1) >= side) | (self._anchors[:, 0] == NOWHERE)
        redrawn = (there & moved)[:, None]
        self._anchors = np.where(redrawn, corners, self._anchors)
        self._held = np.where(redrawn, new, self._held)
        return np.where(there[:, None], self._held, NOWHERE)


def square_masks(corners: np.ndarray, shape: tuple[int, int], side: int) -> np.ndarray:
    """
    The pixels of squares.

    :param corners: (B, 2); -1 for no pixels
    :param shape: height and width of the image
    :param side: of the squares
    :return: (B, H, W) bool
    """
    masks = np.zeros((len(corners), *shape), dtype=bool)
    for mask, (row, column) in zip(masks, corners, strict=True):
        if row != NOWHERE:
            mask[row : row + side, column : column + side] = True
    return masks
