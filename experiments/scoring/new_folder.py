"""A folder of results that is not there yet, whole or absent."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from ...saliency.whole_file import whole_folder
from ..errors import OutputError


def check_new_folder(folder: Path) -> None:
    """
    Check that a folder can be made, without making it.

    :raises OutputError: if it exists, or cannot be made
    """
    try:
        if os.path.lexists(folder):
            raise OutputError(f"{folder} exists already and is not overwritten; choose another output")
        if not folder.absolute().parent.is_dir():
            raise OutputError(f"{folder.parent} is not a folder, so {folder.name} cannot be made there")
        folder.mkdir()  # a name may be too long, or have characters that the file system does not take
        folder.rmdir()
        with TemporaryDirectory(prefix=".part-", dir=folder.parent):  # the only sure way to know
            pass
    except OSError as error:
        raise OutputError(f"{folder} cannot be made: {error}; choose another output") from error


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """
    A folder to write to, which is whole or absent.

    :raises OutputError: if it cannot be written
    """
    try:
        with whole_folder(folder) as part:
            yield part
    except OSError as error:
        raise OutputError(f"{folder} cannot be written: {error}") from error
