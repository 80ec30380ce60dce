"""The forms in which programs may give names and paths."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from ..errors import ConfigError

LONGEST_NAME = 255  # bytes of a file's name, in all common file systems
Names = str | Sequence[str]  # one name counts as a list of one
Paths = Path | str | Sequence[Path | str]


def as_list(names: Names | None) -> list[str]:
    """
    Names as a list.

    :param names: one, or several; None for none
    """
    if names is None:
        return []
    return [names] if isinstance(names, str) else list(names)


def as_path(path: Path | str | None) -> Path | None:
    """
    A path of pathlib's; None stays None.

    :param path: as a program gave it
    :raises ConfigError: if no file system takes such a name
    """
    return None if path is None else to_path(path)


def to_path(path: Path | str) -> Path:
    """
    A path of pathlib's.

    :param path: as a program gave it
    :raises ConfigError: if no file system takes such a name
    """
    for name in Path(path).parts:
        try:
            length = len(os.fsencode(name))
        except UnicodeEncodeError as error:
            raise ConfigError(f"the name {name!a} cannot be written in {error.encoding}; set LC_ALL=C.UTF-8") from error
        if length > LONGEST_NAME:
            raise ConfigError(f"the name {name[:24]}... has {length} bytes; give one of at most {LONGEST_NAME}")
        if "\0" in name:
            raise ConfigError(f"the name {name[:24]!r} has a null character; give one without it")
    return Path(path)


def said_axes(words: Sequence[str]) -> str | dict[str, str]:
    """
    The letters of the axes of observations, such as HWC; for a dict observation by entry.

    :param words: one word for all, or ``entry=HWC`` for each entry; none for an empty dict
    :raises ConfigError: if there are several words without an entry
    """
    pairs = [word.rpartition("=") for word in words]
    if len(words) == 1 and not pairs[0][1]:
        return words[0]
    if not all(entry for entry, _, _ in pairs):
        raise ConfigError("takes one word such as HWC, or words such as board=HWC", option="axes")
    return {entry: letters for entry, _, letters in pairs}


def as_paths(paths: Paths) -> list[Path]:
    """
    Paths as a list.

    :param paths: one, or several
    :raises ConfigError: if no file system takes such a name
    """
    several: Iterable[Path | str] = [paths] if isinstance(paths, str | Path) else paths
    return [to_path(path) for path in several]
