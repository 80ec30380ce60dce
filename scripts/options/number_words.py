"""Numbers as words of a command line: whole ones may have an exponent, and what is none becomes a plain line."""

import contextlib
from collections.abc import Mapping
from typing import Any

from tyro.constructors import PrimitiveConstructorSpec, PrimitiveTypeInfo

from saccade.experiments import ConfigError

NUMBERS: dict[Any, type] = {int: int, int | None: int, float: float, float | None: float}


class NoNumber(str):
    """A word in the place of a number. :func:`check_numbers` refuses it in a plain line, where tyro would draw a box."""

    wanted = ""


def numbers(info: PrimitiveTypeInfo) -> PrimitiveConstructorSpec | None:
    """How tyro reads numbers. Whole ones may have an exponent, as in the file of a sweep: 1e6."""
    if info.type not in NUMBERS:
        return None
    kind, may_be_none = NUMBERS[info.type], info.type not in (int, float)
    return PrimitiveConstructorSpec(
        nargs=1,
        metavar=f"{{None}}|{kind.__name__.upper()}" if may_be_none else kind.__name__.upper(),
        instance_from_str=lambda words: None if may_be_none and words[0] == "None" else read_number(words[0], kind),
        is_instance=lambda _: True,
        str_from_instance=lambda number: [str(number)],
    )


def read_number(word: str, kind: type) -> int | float | NoNumber:
    """
    A number, or the word where it is none.

    :param word: of a command line
    :param kind: int or float
    """
    with contextlib.suppress(ValueError):
        number: int | float = kind(word)
        return number
    with contextlib.suppress(ValueError, OverflowError):
        number = float(word)
        if number == int(number):
            return int(number)
    unread = NoNumber(word)
    unread.wanted = "a whole number, such as 100 or 1e6" if kind is int else "a number"
    return unread


def check_numbers(given: Mapping[str, Any]) -> None:
    """
    :param given: the values of options, as tyro has read them
    :raises ConfigError: if a number could not be read
    """
    for name, value in given.items():
        for one in value if isinstance(value, list | tuple) else [value]:
            if isinstance(one, NoNumber):
                raise ConfigError(f"is {str(one)!r}; it must be {one.wanted}", option=name)
