"""RL Zoo's YAML files, which hold Python objects, read without making any of them."""

from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ...saliency.errors import first_line
from ..errors import ZooError
from ..reading.yaml_file import SizeOfNodes, YamlError

# RL Zoo's files have a few kilobytes. PyYAML takes seconds for a megabyte, and longer for one that is made to be slow.
MOST_BYTES, DEEPEST = 64_000, 50
ORDERED = "tag:yaml.org,2002:python/object/apply:collections.OrderedDict"


@dataclass(frozen=True)
class Unread:
    """
    In place of a Python object that was not made.

    :param tag: as the file has it
    """

    tag: str


class _ZooLoader(yaml.SafeLoader):
    """Plain values, OrderedDict and tuple. Anything else becomes :class:`Unread`."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """As PyYAML does it, with a limit: it calls itself for what is inside."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise yaml.composer.ComposerError(None, None, f"it is nested more than {DEEPEST} deep", None)
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def ordered(self, node: yaml.Node) -> Any:
        """RL Zoo writes ``OrderedDict([(key, value), ...])``."""
        given = self.construct_sequence(node, deep=True) if isinstance(node, yaml.SequenceNode) else None
        if given is None or len(given) > 1:
            raise yaml.constructor.ConstructorError(None, None, "an OrderedDict has another form", node.start_mark)
        return OrderedDict(given[0] if given else ())

    def pair(self, node: yaml.Node) -> Any:
        """A tuple."""
        return tuple(self.construct_sequence(node, deep=True))  # type: ignore[arg-type]  # another node raises an error

    def unread(self, node: yaml.Node) -> Unread:
        """Any object of a class that is not known here."""
        return Unread(node.tag.replace("tag:yaml.org,2002:", "!!"))


_ZooLoader.add_constructor(ORDERED, _ZooLoader.ordered)
_ZooLoader.add_constructor("tag:yaml.org,2002:python/tuple", _ZooLoader.pair)
_ZooLoader.add_constructor(None, _ZooLoader.unread)


def read_zoo_yaml(path: Path) -> dict[str, Any]:
    """
    The entries of args.yml, config.yml or env_kwargs.yml. No object is made and nothing is imported: an entry that holds one is
    :class:`Unread`.

    :param path: of the file
    :raises ZooError: if it is too large, damaged, or no mapping
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ZooError(f"{path} has {path.stat().st_size:,} bytes; at most {MOST_BYTES:,} are read")
        loader = _ZooLoader(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ZooError(f"{path} cannot be read: {first_line(error)}") from error
    try:
        node = loader.get_single_node()
        if node is not None:
            SizeOfNodes().check(node)
        content = None if node is None else loader.construct_document(node)
    except YamlError as error:
        raise ZooError(f"{path} {error}") from error
    except Exception as error:  # PyYAML's constructors raise whatever a malformed value happens to raise, such as KeyError
        raise ZooError(f"{path} is not YAML as RL Zoo writes it: {first_line(error)}") from error
    finally:
        loader.dispose()
    if isinstance(content, Unread):
        raise ZooError(f"{path} holds {content.tag}, which is not read, because it can run code")
    if not isinstance(content, dict):
        raise ZooError(f"{path} holds no entries by name, as RL Zoo writes them")
    return content
