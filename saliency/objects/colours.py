"""Colours of a screen as whole numbers, which compare faster than three channels do."""

import numpy as np


def packed(frames: np.ndarray) -> np.ndarray:
    """
    One number for each colour.

    :param frames: (..., 3) uint8 RGB
    :return: (...) int32, red * 65536 + green * 256 + blue
    """
    red, green, blue = np.moveaxis(frames.astype(np.int32), -1, 0)
    return red << 16 | green << 8 | blue


def rgb(red: int, green: int, blue: int) -> int:
    """The number that :func:`packed` gives a colour."""
    return red << 16 | green << 8 | blue


def is_grey(frames: np.ndarray) -> np.ndarray:
    """
    Where the three channels are equal; black and white count as grey.

    :param frames: (..., 3) uint8 RGB
    :return: (...) bool
    """
    return (frames[..., 0] == frames[..., 1]) & (frames[..., 1] == frames[..., 2])


def long_runs(mask: np.ndarray, least: int) -> np.ndarray:
    """
    The parts of rows in which a mask holds without a gap.

    :param mask: (..., W) bool
    :param least: pixels of the shortest run that stays, at least 1
    :return: (..., W) bool; none if ``least`` is above W
    """
    width = max(mask.shape[-1] - least + 1, 0)
    starts = np.ones((*mask.shape[:-1], width), dtype=bool)
    for shift in range(least):
        starts &= mask[..., shift : shift + width]
    kept = np.zeros_like(mask)
    for shift in range(least):
        kept[..., shift : shift + width] |= starts
    return kept


def box(shape: tuple[int, ...], rows: slice, columns: slice) -> np.ndarray:
    """
    The same rectangle on every screen.

    :param shape: (B, H, W)
    :param rows: of the rectangle
    :param columns: of the rectangle
    :return: (B, H, W) bool
    """
    found = np.zeros(shape, dtype=bool)
    found[:, rows, columns] = True
    return found
