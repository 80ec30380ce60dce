"""Methods by name, and what is said of a name that there is not."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from ..errors import UnknownMethodError

Thing = TypeVar("Thing")


def known_by_name(known: Mapping[str, Thing], names: Sequence[str], what: str) -> dict[str, Thing]:
    """
    Some of the things that are known by name.

    :param known: all of them
    :param names: those that are wanted
    :param what: they are, in a message
    :raises UnknownMethodError: if one of the names is not known
    """
    for name in names:
        if name not in known:
            raise UnknownMethodError(f"there is no {what} {name!r}; it must be one of: {', '.join(known)}")
    return {name: known[name] for name in names}
