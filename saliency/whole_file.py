"""Arrays in a file that is whole or not there."""

import os
from collections.abc import Collection
from pathlib import Path

import numpy as np


class NpzError(ValueError):
    """A file that is missing, damaged, or no ``.npz``; the cause says which."""


def write_npz(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """
    Compressed arrays; the file appears under its name only when it is complete, also where several processes write it.

    :param path: ends in ``.npz``
    :param arrays: by name
    :raises OSError: if it cannot be written
    """
    part = path.with_name(f".part-{os.getpid()}-{path.name}")
    with part.open("wb") as file:
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]
    part.replace(path)


def read_npz(path: Path, wanted: Collection[str] | None = None) -> dict[str, np.ndarray]:
    """
    What :func:`write_npz` wrote.

    :param path: of the file
    :param wanted: names of the arrays to read, of the others the names only; None: all
    :return: by name; empty where not wanted
    :raises NpzError: if it cannot be read
    """
    try:
        with np.load(path) as data:
            return {name: data[name] if wanted is None or name in wanted else np.empty(0) for name in data.files}
    # No file is an OSError; what a damaged one raises depends on the byte: errors of zipfile, zlib and struct, EOFError, KeyError,
    # ValueError, TypeError, NotImplementedError, MemoryError.
    except Exception as error:
        raise NpzError(f"{path} cannot be read: {type(error).__name__}") from error
