"""Files that are either whole or absent: write to a part file, flush, rename."""

import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np


class NpzError(ValueError):
    """A file is missing, damaged, or no ``.npz``; the cause says which."""


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """
    A name to write to. When the block ends, the file that was written there replaces ``path``; if the block fails, it is deleted.

    The part file lies beside ``path`` and ends like it. Several processes may write the same file: the last one wins.

    :param path: the file that is wanted
    :raises OSError: if it cannot be written
    """
    part = path.with_name(f".part-{os.getpid()}-{path.name}")
    try:
        yield part
        with part.open("rb+") as file:
            os.fsync(file.fileno())  # else a power failure can leave an empty file under the final name
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """
    Text in UTF-8.

    :param path: the file
    :param text: its content
    :raises OSError: if it cannot be written
    """
    with whole_file(path) as part:
        part.write_text(text, encoding="utf-8")


def write_npz(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """
    Compressed arrays.

    :param path: ends in ``.npz``
    :param arrays: by name
    :raises OSError: if it cannot be written
    """
    with whole_file(path) as part, part.open("wb") as file:
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]


def read_npz(path: Path, wanted: Collection[str] | None = None) -> dict[str, np.ndarray]:
    """
    What :func:`write_npz` wrote.

    :param path: the file
    :param wanted: names of the arrays to read; the others come back empty. None: all
    :return: arrays by name
    :raises NpzError: if the file cannot be read
    """
    try:
        with np.load(path) as data:
            return {name: data[name] if wanted is None or name in wanted else np.empty(0) for name in data.files}
    # A missing file is an OSError. What a damaged one raises depends on the byte: errors of zipfile, zlib and struct, EOFError,
    # KeyError, ValueError, TypeError, NotImplementedError, MemoryError.
    except Exception as error:
        raise NpzError(f"{path} cannot be read: {type(error).__name__}") from error
