"""Files that are either whole or absent: write to a part file, flush, rename."""

import os
import secrets
import shutil
import zipfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

LONGEST_END = 40  # characters of a name, of at most 4 bytes each; file systems take 255 bytes


class NpzError(ValueError):
    """A file is missing, damaged, or no ``.npz``; the cause says which."""


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """
    A name to write to. When the block ends, the file that was written there replaces ``path``; if the block fails, it is deleted.

    The part file lies beside ``path`` and ends like it. Several processes or threads may write the same file: the last one wins.

    :param path: the file that is wanted
    :raises OSError: if it cannot be written
    """
    part = part_of(path)
    try:
        yield part
        _flush(part)
        part.replace(path)
        _flush_names(path.parent)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """
    A folder to write to. When the block ends, it gets the name ``path``; if the block fails, it is deleted with everything in it.

    :param path: the folder that is wanted; it must not exist
    :raises OSError: if it cannot be written, or if ``path`` exists by now and is not empty
    """
    part = part_of(path)
    part.mkdir()
    try:
        yield part
        for inner in sorted(part.rglob("*")):
            if inner.is_file():
                _flush(inner)
        for inner in (part, *(each for each in part.rglob("*") if each.is_dir())):
            _flush_names(inner)
        part.replace(path)
        _flush_names(path.parent)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _flush(file: Path) -> None:
    """Have the content on the disk, else a power failure can leave an empty file under the final name."""
    with file.open("rb+") as opened:
        os.fsync(opened.fileno())


def _flush_names(folder: Path) -> None:
    """Have a folder's names on the disk, else a power failure can take the new name back."""
    try:
        opened = os.open(folder, os.O_RDONLY)
    except OSError:  # Windows opens no folders, and a folder that we may not read can still be written
        return
    try:
        os.fsync(opened)
    except OSError:  # some network file systems cannot do it; the file itself is whole
        pass
    finally:
        os.close(opened)


def part_of(path: Path) -> Path:
    """A new name beside ``path`` for a file or folder that is not finished; it begins with ``.part-`` and ends like ``path``."""
    end = path.name[-LONGEST_END:]  # so that a name of the greatest length can be written as well
    return path.with_name(f".part-{os.getpid()}-{secrets.token_hex(4)}-{end}")


def write_text(path: Path, text: str) -> None:
    """
    Text in UTF-8, as :func:`in_utf8` makes it.

    :param path: the file
    :param text: its content
    :raises OSError: if it cannot be written
    """
    with whole_file(path) as part:
        part.write_text(in_utf8(text), encoding="utf-8")


def in_utf8(text: str) -> str:
    """
    Text that UTF-8 can write. Where the locale is not UTF-8, Python gives names of files with their bytes as surrogates (PEP 383);
    these become the letters again. What is not a letter is replaced.

    :param text: may hold names of files
    """
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    except UnicodeEncodeError:  # other surrogates, which stand for no bytes
        return text.encode("utf-8", "replace").decode()


def write_npz(path: Path, arrays: dict[str, np.ndarray], level: int | None = None) -> None:
    """
    Compressed arrays.

    :param path: ends in ``.npz``
    :param arrays: by name, without objects of Python
    :param level: of the compression, 1 (fast) to 9 (small); None for zlib's own, which is 6
    :raises OSError: if it cannot be written
    """
    with whole_file(path) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
                np.lib.format.write_array(file, np.asanyarray(array), allow_pickle=False)


def read_npz(path: Path, wanted: Collection[str] | None = None) -> dict[str, np.ndarray]:
    """
    What :func:`write_npz` wrote.

    :param path: the file
    :param wanted: names of the arrays to read; the others come back empty. None: all
    :return: arrays by name
    :raises NpzError: if the file cannot be read
    """
    try:
        with path.open("rb") as file, np.load(file) as data:  # numpy leaves a damaged file open that it opened itself
            return {name: data[name] if wanted is None or name in wanted else np.empty(0) for name in data.files}
    # A missing file is an OSError. What a damaged one raises depends on the byte: errors of zipfile, zlib and struct, EOFError,
    # KeyError, ValueError, TypeError, NotImplementedError, MemoryError.
    except Exception as error:
        raise NpzError(f"{path} cannot be read: {type(error).__name__}") from error
