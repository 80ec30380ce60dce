"""Values as config.yml can have them: numbers, texts, lists and dicts."""

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

import numpy as np

from ...errors import ConfigError


def plain(value: Any, name: str) -> Any:
    """
    A copy made of Python's own types: numpy's numbers and arrays become numbers and lists, paths become texts.

    :param value: number, text, None, path, or a list, a tuple or a dict of these
    :param name: of the value, for the message
    :raises ConfigError: if there is anything else in it, such as a class
    """
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if isinstance(value, str):
        return str(value)  # also what numpy and enum derive from it
    if value is None or type(value) in (bool, int, float):
        return value
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, Mapping):
        return {plain(key, name): plain(one, f"{name}: {key}") for key, one in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(plain(one, name) for one in value)
    raise ConfigError(f"{name} has the value {value!r}; a run takes numbers, texts, lists and dicts, which its config.yml can keep")
