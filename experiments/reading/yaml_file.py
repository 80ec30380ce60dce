"""YAML with limits: plain values only, no name twice, and not more values than a person writes."""

import re
from itertools import accumulate
from pathlib import Path
from typing import Any, Protocol

import yaml

MOST_BYTES, MOST_VALUES, MOST_OPEN, DEEPEST = 2**20, 20_000, 100, 20


class Readable(Protocol):
    """A path, or a file of an installed package."""

    def read_bytes(self) -> bytes:
        """Everything in it."""


class YamlError(ValueError):
    """What is wrong with a text in YAML, in one line."""


def read_yaml(file: Readable) -> Any:
    """
    What a file in YAML holds.

    :param file: in UTF-8
    :raises YamlError: if it cannot be read, or is not YAML of plain values
    """
    if isinstance(file, Path) and file.is_file() and file.stat().st_size > MOST_BYTES:
        raise YamlError(f"has more than {MOST_BYTES:,} bytes, which is not a file of settings")
    try:
        data = file.read_bytes()
    except OSError as error:
        raise YamlError(f"cannot be read: {error}") from error
    try:
        return yaml_value(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise YamlError("cannot be read: it is not a text in UTF-8") from error


def yaml_value(text: str) -> Any:
    """
    What a text in YAML says.

    :param text: one document
    :raises YamlError: if it is not YAML of plain values
    """
    if _open_at_once(text) > MOST_OPEN:  # before the parser, which takes minutes for many open ones
        raise YamlError("cannot be read: it is nested too deeply")
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        if node is None:
            return None
        SizeOfNodes().check(node)
        return loader.construct_document(node)
    except yaml.YAMLError as error:
        raise YamlError(f"cannot be read: {' '.join(str(error).split())}") from error
    except RecursionError as error:
        raise YamlError("cannot be read: it is nested too deeply") from error
    except ValueError as error:  # YAML's own types check what they read, such as a date of the month 13
        if isinstance(error, YamlError):
            raise
        raise YamlError(f"cannot be read: {' '.join(str(error).split())}") from error


def _open_at_once(text: str) -> int:
    """Brackets that are open at the same time, also those in comments and quotes."""
    levels = accumulate(1 if bracket in "[{" else -1 for bracket in re.findall(r"[\[\]{}]", text))
    return max(levels, default=0)


class SizeOfNodes:
    """Values in a document when every alias is written out. A few aliases of aliases can stand for billions."""

    def __init__(self) -> None:
        self.sizes: dict[int, int] = {}
        self.open: set[int] = set()

    def check(self, node: yaml.Node) -> None:
        """:raises YamlError: if there are too many, or a value contains itself, or a name is there twice"""
        if self._size(node, 0) > MOST_VALUES:
            raise YamlError(f"cannot be read: it has more than {MOST_VALUES:,} values")

    def _size(self, node: yaml.Node, depth: int) -> int:
        key = id(node)
        if key in self.open:
            raise YamlError("cannot be read: a value contains itself")
        if depth > DEEPEST:
            raise YamlError("cannot be read: it is nested too deeply")
        if key not in self.sizes:
            self.open.add(key)
            self.sizes[key] = 1 + sum(self._size(one, depth + 1) for one in self._inside(node))
            self.open.remove(key)
        return self.sizes[key]

    def _inside(self, node: yaml.Node) -> list[yaml.Node]:
        if isinstance(node, yaml.MappingNode):
            names = [name.value for name, _ in node.value if isinstance(name, yaml.ScalarNode) and name.value != "<<"]
            if len(set(names)) < len(names):
                twice = next(name for at, name in enumerate(names) if name in names[:at])
                raise YamlError(f"cannot be read: it has {twice!r} twice in one place")
            return [one for pair in node.value for one in pair]
        return list(node.value) if isinstance(node, yaml.SequenceNode) else []
