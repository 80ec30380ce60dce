"""What the axes of an observation mean: rows and columns of a picture, its planes, or the components of a vector."""

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
import torch as th

Array = TypeVar("Array", np.ndarray, th.Tensor)

# Axes are a text with one letter for each axis of one observation: H rows, W columns, C channels, T frames of a stack, D components
# of a vector. A picture has one H and one W, a vector has neither.
LETTERS = "HWCTD"


def is_picture(axes: str) -> bool:
    """Whether there are rows and columns."""
    return "H" in axes


def are_axes(axes: str, dimensions: int) -> bool:
    """
    Whether letters are axes: those of a picture, or of a vector.

    :param axes: any text
    :param dimensions: of one observation
    """
    one_picture = axes.count("H") == axes.count("W") == 1 and "D" not in axes
    return len(axes) == dimensions and set(axes) <= set(LETTERS) and (one_picture or set(axes) <= {"D"})


def usual_axes(dimensions: int) -> str:
    """
    The axes where nothing more is known: SB3's images are (C, H, W), two axes are rows and columns.

    :param dimensions: of one observation
    """
    return {2: "HW", 3: "CHW"}.get(dimensions, "D" * dimensions)


def as_picture(x: Array, axes: str) -> Array:
    """
    Observations, or maps of them, in the form in which maps are measured and drawn.

    :param x: (..., *observation), with any number of axes in front
    :param axes: of an observation
    :return: (..., C, H, W) for pictures, where C counts every plane; (..., D) for vectors
    """
    if axes in ("CHW", "D"):
        return x
    front = x.ndim - len(axes)
    if not is_picture(axes):
        return x.reshape(*x.shape[:front], -1)
    moved = _moved(x, _order(axes, front))
    return moved.reshape(*x.shape[:front], -1, *moved.shape[-2:])


def from_picture(x: Array, axes: str, shape: Sequence[int]) -> Array:
    """
    The way back from :func:`as_picture`.

    :param x: (..., C, H, W) or (..., D)
    :param axes: of an observation
    :param shape: of an observation
    :return: (..., *shape)
    """
    if axes in ("CHW", "D"):
        return x
    if not is_picture(axes):
        return x.reshape(*x.shape[:-1], *shape)
    front = x.ndim - 3
    order = _order(axes, front)
    opened = x.reshape(*x.shape[:front], *(shape[i - front] for i in order[front:-2]), *x.shape[-2:])
    back = _moved(opened, np.argsort(order).tolist())
    return _contiguous(back)  # networks may call `view`


def _order(axes: str, front: int) -> list[int]:
    """Planes first, then rows and columns."""
    planes = [i for i, letter in enumerate(axes) if letter not in "HW"]
    return [*range(front), *(front + i for i in (*planes, axes.index("H"), axes.index("W")))]


def _moved(x: Any, order: list[int]) -> Any:
    return x.permute(order) if isinstance(x, th.Tensor) else x.transpose(order)


def _contiguous(x: Any) -> Any:
    return x.contiguous() if isinstance(x, th.Tensor) else np.ascontiguousarray(x)
