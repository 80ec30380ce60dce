"""Whether numbers that a network or an algorithm was given are numbers, and in range."""

from math import inf, isfinite
from typing import Any

import numpy as np


def check_number(
    name: str, given: Any, least: float = -inf, most: float = inf, whole: bool = False, no_limit: bool = False
) -> None:
    """
    :param name: of the argument, for the message
    :param given: its value
    :param least: the smallest value
    :param most: the largest value
    :param whole: whether it must be a whole number
    :param no_limit: whether infinity is a value, too, which then means that there is no limit
    :raises ValueError: if it is none, not finite, or out of range
    """
    kinds = (int, np.integer) if whole else (int, float, np.integer, np.floating)
    if isinstance(given, bool) or not isinstance(given, kinds):
        raise ValueError(f"{name} is {given!r}; it must be a {'whole ' if whole else ''}number")
    if isinstance(given, float | np.floating) and not isfinite(given) and not (no_limit and given == inf):
        raise ValueError(f"{name} is {given}; it must be a finite number")
    if not least <= given <= most:
        bounds = f"at least {least:g}" if most == inf else f"at most {most:g}" if least == -inf else f"from {least:g} to {most:g}"
        raise ValueError(f"{name} is {given}; it must be {bounds}")


def check_whole_numbers(**given: Any) -> None:
    """
    :param given: values by name
    :raises ValueError: if one is not a whole number
    """
    for name, value in given.items():
        check_number(name, value, whole=True)
