"""Whether arguments of an env are numbers. Each env checks bounds itself; those of networks are in `policies/plain_numbers.py`."""

from typing import Any

import numpy as np


def check_whole_numbers(**arguments: Any) -> None:
    """
    :param arguments: by name
    :raises ValueError: if one is not a whole number
    """
    for name, value in arguments.items():
        if isinstance(value, bool) or not isinstance(value, int | np.integer):
            raise ValueError(f"{name} is {value!r}; it must be a whole number")


def check_numbers(**arguments: Any) -> None:
    """
    :param arguments: by name
    :raises ValueError: if one is not a number
    """
    for name, value in arguments.items():
        if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
            raise ValueError(f"{name} is {value!r}; it must be a number")
