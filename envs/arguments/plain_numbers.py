"""Whether numbers that an env was given are numbers. Networks have the same of their own: envs import no other package of ours."""

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
