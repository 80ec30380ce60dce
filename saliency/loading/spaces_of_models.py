"""Spaces of gymnasium out of an inert pickle, also those that old files have of gym."""

import re
from collections import OrderedDict
from typing import Any

import numpy as np
from gymnasium import spaces

from ..errors import first_line
from .arrays import array_of, dtype_of, number_of
from .inert_pickle import Made, Name
from .refusal import NeedsTrust, Refusal, quoted

MODULE = re.compile(r"(gymnasium|gym)\.spaces(\.[a-z_]+)?")
DEEPEST, MOST_ENTRIES = 8, 256  # of a Dict


def space_of(node: Any, depth: int = 0) -> spaces.Space:
    """
    A space, made anew by gymnasium from its bounds. Its random generator is a new one.

    :param node: of an inert pickle
    :param depth: of the Dict around it
    :raises Refusal: if it is no space, or one that SB3 has no networks for
    """
    if depth > DEEPEST:
        raise Refusal(f"has Dict spaces nested more than {DEEPEST} times")
    if not isinstance(node, Made):
        raise Refusal("is damaged: it has no space where one must be")
    state = node.state if isinstance(node.state, dict) else {}
    known = isinstance(node.function, Name) and MODULE.fullmatch(node.function.module) and node.args == ()
    make = MAKERS.get(node.function.name) if known else None
    if make is None:
        raise NeedsTrust(f"needs the space {quoted(node.function)}, which is not one of {', '.join(MAKERS)}")
    try:
        return make(state, depth)
    except (ValueError, TypeError, OverflowError, AssertionError) as error:  # gymnasium checks bounds in its constructors
        raise Refusal(f"has a {node.function.name} space that cannot be: {quoted(first_line(error))}") from error


def _box(state: dict[str, Any], _: int) -> spaces.Box:
    low, high, dtype = array_of(state.get("low")), array_of(state.get("high")), dtype_of(state.get("dtype"))
    if low.dtype != dtype or high.dtype != dtype or low.shape != high.shape:
        raise Refusal("has a Box space whose bounds do not fit each other")
    made = spaces.Box(low, high, low.shape, dtype.type)
    for name in ("bounded_below", "bounded_above"):  # an int64 cannot say that it had no bound
        if name in state:
            bounded = array_of(state[name])
            if bounded.dtype != np.bool_ or bounded.shape != low.shape:
                raise Refusal("has a Box space whose bounds do not fit each other")
            setattr(made, name, bounded)
    return made


def _discrete(state: dict[str, Any], _: int) -> spaces.Discrete:
    return spaces.Discrete(_whole(state.get("n")), start=_whole(state.get("start", 0)), dtype=_kind(state, np.int64))


def _multi_discrete(state: dict[str, Any], _: int) -> spaces.MultiDiscrete:
    start = array_of(state["start"]) if state.get("start") is not None else None
    return spaces.MultiDiscrete(array_of(state.get("nvec")), dtype=_kind(state, np.int64), start=start)


def _multi_binary(state: dict[str, Any], _: int) -> spaces.MultiBinary:
    n = state.get("n")
    return spaces.MultiBinary([_whole(size) for size in n] if isinstance(n, tuple | list) else _whole(n))


def _dict(state: dict[str, Any], depth: int) -> spaces.Dict:
    entries = state.get("spaces")
    if isinstance(entries, Made) and entries.calls("collections.OrderedDict"):
        entries = dict(entries.pairs)
    if not isinstance(entries, dict) or len(entries) > MOST_ENTRIES or not all(isinstance(key, str) for key in entries):
        raise Refusal(f"has a Dict space whose entries are not at most {MOST_ENTRIES} named spaces")
    in_order = OrderedDict((key, space_of(entry, depth + 1)) for key, entry in entries.items())
    return spaces.Dict(in_order, sort_keys=state.get("sort_keys") is not False)


def _whole(node: Any) -> int:
    number = number_of(node)
    if type(number) is not int:
        raise Refusal("has a space with a number that is not whole")
    return number


def _kind(state: dict[str, Any], default: Any) -> Any:
    """The type of the numbers in a space; old files of gym do not say it."""
    return dtype_of(state["dtype"]).type if isinstance(state.get("dtype"), Made) else default


MAKERS = {
    "Box": _box,
    "Discrete": _discrete,
    "MultiDiscrete": _multi_discrete,
    "MultiBinary": _multi_binary,
    "Dict": _dict,
}
