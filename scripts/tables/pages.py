"""Places in pages that are filled from files: invisible comments before and behind what stands there."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

Table = Callable[[Path], list[str]]  # (results folder) -> lines of Markdown
Value = Callable[[Path], str]  # (results folder) -> words in a line

MARKER = re.compile(r"<!-- (table|value): ([\w-]+) -->(.*?)<!-- end -->", re.DOTALL)


def filled(text: str, tables: Mapping[str, Table], values: Mapping[str, Value], results: Path) -> str:
    """
    A page with all its places filled.

    :param text: of the page
    :param tables: by name; they stand in lines of their own
    :param values: by name; they stand in a line of text
    :param results: the folder of the files
    :raises KeyError: if a place has a name that is in neither
    """

    def fill(place: re.Match[str]) -> str:
        kind, name, _ = place.groups()
        inside = values[name](results) if kind == "value" else "\n" + "\n".join(tables[name](results)) + "\n"
        return f"<!-- {kind}: {name} -->{inside}<!-- end -->"

    return MARKER.sub(fill, text)


def differing(old: str, new: str) -> list[str]:
    """The names of the places that differ between two states of a page."""
    pairs = zip(MARKER.findall(old), MARKER.findall(new), strict=True)
    return [name for (_, name, before), (_, _, after) in pairs if before != after]
