"""Numpy's arrays, numbers and types out of an inert pickle."""

import math
import re
from typing import Any

import numpy as np

from .inert_pickle import Made
from .refusal import Refusal

PLAIN_TYPE = re.compile(r"[<>|=]?(b1|[iu][1248]|f[248])")
CORES = ("numpy.core", "numpy._core")  # before and since numpy 2
MOST_AXES = 16


def called(function: str) -> tuple[str, ...]:
    """The names under which numpy's versions pickle a function."""
    return tuple(f"{core}.{function}" for core in CORES)


def dtype_of(node: Any) -> np.dtype:
    """
    A plain dtype: a number or a truth value.

    :param node: of an inert pickle
    :raises Refusal: if it is anything else, such as a dtype of objects
    """
    code = node.args[0] if isinstance(node, Made) and isinstance(node.args, tuple) and node.args else None
    if not (isinstance(node, Made) and node.calls("numpy.dtype") and isinstance(code, str) and PLAIN_TYPE.fullmatch(code)):
        raise Refusal("has an array whose values are not plain numbers")
    state = node.state
    order = state[1] if isinstance(state, tuple) and len(state) > 1 else "="
    return np.dtype(code).newbyteorder(">" if order == ">" else "<" if order == "<" else "=")


def array_of(node: Any) -> np.ndarray:
    """
    An array, in either of the two forms in which numpy pickles one.

    :param node: of an inert pickle
    :raises Refusal: if it is not an array of plain numbers
    """
    if isinstance(node, Made) and node.calls(*called("numeric._frombuffer")):
        data, kind, shape, order = _parts(node.args, 4)
    elif isinstance(node, Made) and node.calls(*called("multiarray._reconstruct")):
        _, shape, kind, fortran, data = _parts(node.state, 5)
        order = "F" if fortran is True else "C"
    else:
        raise Refusal("lacks an array where one must be")
    data, dtype = _bytes_of(data), dtype_of(kind)
    if order not in ("C", "F") or not _is_shape(shape) or math.prod(shape) * dtype.itemsize != len(data):
        raise Refusal("is damaged: it has an array whose shape does not fit its bytes")
    return np.frombuffer(data, dtype).reshape(shape, order=order).copy(order=order)


def number_of(node: Any) -> Any:
    """
    A number, of Python or of numpy.

    :param node: of an inert pickle
    :return: of Python
    :raises Refusal: if it is none
    """
    if isinstance(node, Made) and node.calls(*called("multiarray.scalar")):
        kind, data = _parts(node.args, 2)
        data, dtype = _bytes_of(data), dtype_of(kind)
        if len(data) != dtype.itemsize:
            raise Refusal("is damaged: it has a number of too few bytes")
        return np.frombuffer(data, dtype)[0].item()
    if isinstance(node, bool | int | float):
        return node
    raise Refusal("lacks a number where one must be")


def _parts(node: Any, count: int) -> tuple[Any, ...]:
    if not isinstance(node, tuple) or len(node) != count:
        raise Refusal("is damaged: it has an array in an unknown form")
    return node


def _is_shape(shape: Any) -> bool:
    return isinstance(shape, tuple) and len(shape) <= MOST_AXES and all(type(size) is int and 0 <= size < 2**40 for size in shape)


def _bytes_of(node: Any) -> bytes:
    """Bytes; pickles of protocol 2 write them as a text to be encoded, or as a call if there are none."""
    if isinstance(node, Made) and node.calls("__builtin__.bytes", "builtins.bytes") and node.args == ():
        return b""
    if isinstance(node, Made) and node.calls("_codecs.encode") and isinstance(node.args, tuple) and len(node.args) == 2:
        text, coding = node.args
        if isinstance(text, str) and coding == "latin1":
            return text.encode("latin1", "replace")
    if not isinstance(node, bytes | bytearray):
        raise Refusal("is damaged: it has an array without bytes")
    return bytes(node)
