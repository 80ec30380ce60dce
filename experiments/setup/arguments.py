"""The forms in which programs may give names and paths."""

from collections.abc import Iterable, Sequence
from pathlib import Path

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
    """A path of pathlib's; None stays None."""
    return None if path is None else Path(path)


def as_paths(paths: Paths) -> list[Path]:
    """
    Paths as a list.

    :param paths: one, or several
    """
    several: Iterable[Path | str] = [paths] if isinstance(paths, str | Path) else paths
    return [Path(path) for path in several]
