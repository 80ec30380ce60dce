"""Command lines read by tyro, from the signature and the docstring of the function that a door calls."""

import inspect
import typing
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import tyro

from saccade.experiments.setup.arguments import Names, Paths
from saccade.experiments.setup.values.key_values import read_key_values
from saccade.scripts.options.number_words import check_numbers
from saccade.scripts.options.refused_words import parsed
from saccade.scripts.word_types import KEY_VALUES, registry

SEVERAL: dict[Any, Any] = {Names: Sequence[str], Names | None: Sequence[str], Paths: Sequence[Path]}  # words are always lists
SAID_OR_NOT = ("trust",)  # switches without a --no-...: by default a file is not trusted
IN_PROGRAMS_ONLY = ("reporter", "callbacks", "stop")  # parameters that no word can give


def read(
    function: Callable[..., Any],
    words: Sequence[str],
    program: str,
    metavars: Mapping[str, str] | None = None,
    spellings: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """
    The keyword arguments that words give a function. The function is not called here, because tyro would print what it raises.

    :param function: with type annotations and a ``:param:`` for each parameter; its required parameters are positional words
    :param words: of the command line
    :param program: name for the help
    :param metavars: names for the values of some parameters in the help
    :param spellings: options of another name than the parameter's, such as ``{"heads": "head"}``
    :raises ConfigError: if a word is unknown or missing, a number is none, or keyword arguments are not ``key=value``
    """
    hints, names = typing.get_type_hints(function), metavars or {}
    shown = []
    for parameter in inspect.signature(function).parameters.values():
        if parameter.name not in IN_PROGRAMS_ONLY:
            hint = SEVERAL.get(hints[parameter.name], hints[parameter.name])
            default = () if hint in SEVERAL.values() and parameter.default is None else parameter.default
            option = tyro.conf.arg(name=(spellings or {}).get(parameter.name), metavar=names.get(parameter.name))
            told: Any = Annotated[hint, option]
            if parameter.name in SAID_OR_NOT:
                told = Annotated[told, tyro.conf.FlagCreatePairsOff]
            shown.append(parameter.replace(annotation=told, default=default))

    def keep(**given: Any) -> dict[str, Any]:
        return given

    keep.__doc__ = function.__doc__
    keep.__signature__ = inspect.Signature(shown)  # type: ignore[attr-defined]
    keep.__annotations__ = {parameter.name: parameter.annotation for parameter in shown}
    check_numbers(given := parsed(keep, words, program, registry=registry, config=(tyro.conf.PositionalRequiredArgs,)))
    read_now = {name: read_key_values(given[name] or (), name) for name, hint in hints.items() if hint in KEY_VALUES}
    return {**given, **read_now}
