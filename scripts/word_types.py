"""How tyro reads the types of saccade.experiments that are not its own."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tyro
from tyro.constructors import PrimitiveConstructorSpec, PrimitiveTypeInfo

from saccade.scripts.options.number_words import numbers

KEY_VALUES = (Mapping[str, Any], Mapping[str, Any] | None)

registry = tyro.constructors.ConstructorRegistry()
registry.primitive_rule(numbers)


@registry.primitive_rule
def _key_values(info: PrimitiveTypeInfo) -> PrimitiveConstructorSpec | None:
    """Keyword arguments are words at first: :func:`read` turns them into a dict, where a mistake becomes a plain line."""
    if info.type not in KEY_VALUES:
        return None
    return PrimitiveConstructorSpec(
        nargs="*", metavar="KEY=VALUE", instance_from_str=list, is_instance=lambda _: True, str_from_instance=lambda _: []
    )


@registry.primitive_rule
def _paths(info: PrimitiveTypeInfo) -> PrimitiveConstructorSpec | None:
    """Where a program may give a str or a mapping instead, a word is a path."""
    if info.type not in (Path | str, Path | str | None, Path | str | Mapping[str, Any] | None):
        return None
    return PrimitiveConstructorSpec(
        nargs=1,
        metavar="PATH",
        instance_from_str=lambda words: Path(words[0]),
        is_instance=lambda _: True,
        str_from_instance=lambda path: [str(path)],
    )
