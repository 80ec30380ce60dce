"""Whether keyword arguments fit a function, found by looking at its signature."""

import inspect
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import ConfigError

WORDS: dict[Any, str] = {
    int: "a whole number",
    float: "a number",
    bool: "True or False",
    str: "text",
    type(None): "None",
    Path: "a path",
}

LISTED: dict[Any, str] = {  # as of net_arch
    list[int]: "a list of whole numbers, such as [64]",
    dict[str, list[int]]: "a dict of such lists",
}

KNOWN_PACKAGES = ("saccade", "stable_baselines3", "sb3_contrib")  # their constructors pass **kwargs on to their parents


def check_keywords(given: Mapping[str, Any], functions: Iterable[Callable[..., Any]], what: str, ours: Iterable[str] = ()) -> None:
    """
    Check the names and the plain types of keyword arguments.

    :param given: the arguments
    :param functions: the functions that take them between them
    :param what: what the arguments are, for the message
    :param ours: parameters that are not the user's to choose
    :raises ConfigError: if there is no such parameter, or a value has the wrong type
    """
    hints: dict[str, Any] = {}
    for function in functions:
        hints |= parameter_types(function)
    allowed = [name for name in hints if name not in ours]
    for name, value in given.items():
        if name not in allowed:
            raise ConfigError(f"{what} has no {name!r}; it has: {', '.join(allowed)}")
        problem = problem_of(value, hints[name])
        if problem is not None:
            raise ConfigError(f"{name} {problem}")


def parameters(function: Callable[..., Any]) -> list[str]:
    """Names of the parameters of a function or of a class's constructor, as :func:`parameter_types` finds them."""
    return list(parameter_types(function))


def parameter_types(function: Callable[..., Any]) -> dict[str, Any]:
    """
    Types of the parameters of a function or of a class's constructor, by name; Any for those that are not annotated.

    A constructor that passes ``**kwargs`` on to its parent class takes the parent's parameters too.
    """
    found: dict[str, Any] = {}
    for init in _constructors(function):
        hints, taken = _types(init), inspect.signature(init).parameters.values()
        named = [one.name for one in taken if one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)]
        found |= {name: hints.get(name, Any) for name in named if name != "self" and name not in found}
        if not _takes_more(init):
            break
    return found


def takes_own_names(function: Callable[..., Any]) -> bool:
    """Whether a class of the user's has a constructor that may take any name, since it has ``**kwargs``."""
    init = next(iter(_constructors(function)))
    return _takes_more(init) and not is_known(init)


def is_known(function: Callable[..., Any]) -> bool:
    """Whether a function or class is of this suite or of SB3, and not of the user's."""
    return function.__module__.partition(".")[0] in KNOWN_PACKAGES


def _constructors(function: Callable[..., Any]) -> list[Callable[..., Any]]:
    if not inspect.isclass(function):
        return [function]
    return [vars(one)["__init__"] for one in inspect.getmro(function) if "__init__" in vars(one)]


def _types(function: Callable[..., Any]) -> dict[str, Any]:
    try:
        return typing.get_type_hints(function)
    except NameError:  # a type was imported for type checkers only, as SB3 does it
        return {name: hint for name, hint in inspect.get_annotations(function).items() if not isinstance(hint, str)}


def _takes_more(init: Callable[..., Any]) -> bool:
    return any(one.kind is one.VAR_KEYWORD for one in inspect.signature(init).parameters.values())


def problem_of(value: Any, hint: Any) -> str | None:
    """What is wrong with a value that does not have a type, to be put behind its name; None if it has."""
    return None if fits(value, hint) else f"is {value!r}; it must be {described(hint)}"


def check_option(value: Any, hint: Any, option: str) -> None:
    """
    Check one argument of a command.

    :param value: what was given
    :param hint: the type that it must have, such as a Literal
    :param option: its name
    :raises ConfigError: if it has another type
    """
    problem = problem_of(value, hint)
    if problem is not None:
        raise ConfigError(problem, option=option)


def fits(value: Any, hint: Any) -> bool:
    """Whether a value has a type. Types other than plain ones, unions of them and literals take every value."""
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
        return any(fits(value, part) for part in typing.get_args(hint))
    if typing.get_origin(hint) is typing.Literal:
        return value in typing.get_args(hint)
    if hint is bool:
        return isinstance(value, bool)
    if hint in (int, float):
        kinds = (int, np.integer) if hint is int else (int, float, np.integer, np.floating)
        return isinstance(value, kinds) and not isinstance(value, bool)
    if hint is Path:
        return isinstance(value, str | Path)
    if typing.get_origin(hint) in (Mapping, dict):
        return isinstance(value, Mapping)
    if typing.get_origin(hint) is list:  # the inner type is a word for checkers, and classes may take more
        return isinstance(value, list | tuple)
    return isinstance(value, hint) if isinstance(hint, type) and not typing.get_args(hint) else True


def described(hint: Any) -> str:
    """A type in words."""
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
        return " or ".join(described(part) for part in typing.get_args(hint))
    if typing.get_origin(hint) is typing.Literal:
        return " or ".join(map(repr, typing.get_args(hint)))
    if typing.get_origin(hint) is Mapping:
        return "a dict of keyword arguments, such as {'size': 60}"
    if typing.get_origin(hint) in (list, dict):
        return LISTED.get(hint, f"a {typing.get_origin(hint).__name__}")
    return WORDS.get(hint, str(getattr(hint, "__name__", hint)))
