"""Spaces of gymnasium out of an inert pickle, also those that old files have of gym."""

import re
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np
from gymnasium import spaces

from ..errors import first_line
from .arrays import array_of, dtype_of, number_of
from .inert_pickle import Made, Name, shown
from .refusal import NeedsTrust, Refusal, quoted

MODULE = re.compile(r"(gymnasium|gym)\.spaces(\.[a-z_]+)?")
DEEPEST, MOST_ENTRIES = 8, 256  # of a Dict, those of the Dicts inside it included
MOST_BYTES = 64 * 2**20  # of the arrays of one kind, such as the lower bounds, in all entries


def space_of(node: Any) -> spaces.Space:
    """
    A space, made anew by gymnasium from its bounds. Its random generator is a new one.

    :param node: of an inert pickle
    :raises Refusal: if it is not a space, or one that SB3 has no networks for
    """
    return SpaceReader().space_of(node, 0)


class SpaceReader:
    """Counts what it has read: a small file can say the same large space many times."""

    def __init__(self) -> None:
        self.entries, self.bytes = 0, 0

    def space_of(self, node: Any, depth: int) -> spaces.Space:
        """
        :param node: to read
        :param depth: of the Dict around it
        :raises Refusal: if it is not a space, or one that SB3 has no networks for
        """
        self.entries += 1
        if depth > DEEPEST or self.entries > MOST_ENTRIES + 1:
            raise Refusal(f"has Dict spaces of more than {MOST_ENTRIES} entries, or nested more than {DEEPEST} times")
        if not isinstance(node, Made):
            raise Refusal("is damaged: it has no space where one must be")
        state = node.state if isinstance(node.state, dict) else {}
        known = isinstance(node.function, Name) and MODULE.fullmatch(node.function.module) and node.args == ()
        name = node.function.name if known else ""
        try:
            if name == "Dict":
                return self._dict(state, depth)
            if name in MAKERS:
                return self._counted(MAKERS[name](state))
        except (ValueError, TypeError, OverflowError, AssertionError) as error:  # gymnasium checks bounds in its constructors
            raise Refusal(f"has a {name} space that cannot be: {quoted(first_line(error))}") from error
        raise NeedsTrust(f"needs the space {shown(node.function)}, which is not one of {', '.join((*MAKERS, 'Dict'))}")

    def _dict(self, state: dict[str, Any], depth: int) -> spaces.Dict:
        entries = state.get("spaces")
        if isinstance(entries, Made) and entries.calls("collections.OrderedDict"):
            entries = dict(entries.pairs)
        if not isinstance(entries, dict) or not all(isinstance(key, str) for key in entries):
            raise Refusal("has a Dict space whose entries are not named spaces")
        in_order = OrderedDict((key, self.space_of(entry, depth + 1)) for key, entry in entries.items())
        return spaces.Dict(in_order, sort_keys=state.get("sort_keys") is not False)

    def _counted(self, space: spaces.Space) -> spaces.Space:
        arrays = [one.nbytes for one in vars(space).values() if isinstance(one, np.ndarray)]
        self.bytes += max(arrays, default=0)
        if self.bytes > MOST_BYTES:
            raise Refusal(f"has spaces whose bounds have more than {MOST_BYTES:,} bytes")
        return space


def _box(state: dict[str, Any]) -> spaces.Box:
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


def _discrete(state: dict[str, Any]) -> spaces.Discrete:
    return spaces.Discrete(_whole(state.get("n")), start=_whole(state.get("start", 0)), dtype=_kind(state, np.int64))


def _multi_discrete(state: dict[str, Any]) -> spaces.MultiDiscrete:
    start = array_of(state["start"]) if state.get("start") is not None else None
    return spaces.MultiDiscrete(array_of(state.get("nvec")), dtype=_kind(state, np.int64), start=start)


def _multi_binary(state: dict[str, Any]) -> spaces.MultiBinary:
    n = state.get("n")
    return spaces.MultiBinary([_whole(size) for size in n] if isinstance(n, tuple | list) else _whole(n))


def _whole(node: Any) -> int:
    number = number_of(node)
    if type(number) is not int:
        raise Refusal("has a space with a number that is not whole")
    return number


def _kind(state: dict[str, Any], default: Any) -> Any:
    """The type of the numbers in a space; old files of gym do not say it."""
    return dtype_of(state["dtype"]).type if isinstance(state.get("dtype"), Made) else default


MAKERS: dict[str, Callable[[dict[str, Any]], spaces.Space]] = {
    "Box": _box,
    "Discrete": _discrete,
    "MultiDiscrete": _multi_discrete,
    "MultiBinary": _multi_binary,
}
