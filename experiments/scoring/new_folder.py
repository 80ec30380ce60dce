"""A folder of results that is not there yet, whole or absent."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from ...saliency.whole_file import whole_folder
from ..errors import OutputError
from ..own_output import check_free


def check_new_folder(folder: Path, force: bool, is_ours: Callable[[Path], bool]) -> None:
    """
    Check that a folder can be made, without making it.

    :param folder: that is wanted
    :param force: whether it may take the place of earlier output
    :param is_ours: whether a folder is such output
    :raises OutputError: if it exists and is not to be replaced, or cannot be made
    """
    try:
        check_free(folder, force, is_ours)
        if not folder.absolute().parent.is_dir():
            raise OutputError(f"{folder.parent} is not a folder, so {folder.name} cannot be made there")
        if not folder.exists():  # a name may be too long, or have characters that the file system does not take
            folder.mkdir()
            folder.rmdir()
        with TemporaryDirectory(prefix=".part-", dir=folder.parent):  # the only sure way to know
            pass
    except OSError as error:
        raise OutputError(f"{folder} cannot be made: {error}; choose another output") from error


@contextmanager
def new_folder(folder: Path, force: bool, is_ours: Callable[[Path], bool]) -> Iterator[Path]:
    """
    A folder to write to, which is whole or absent. Earlier output is deleted only when the new one is complete.

    :param folder: as for :func:`check_new_folder`, as are all others
    :raises OutputError: if it cannot be written, or if it exists by now and is not to be replaced
    """
    try:
        with whole_folder(folder) as part:
            yield part
            if folder.exists():
                check_free(folder, force, is_ours)
                shutil.rmtree(folder)
    except OSError as error:
        raise OutputError(f"{folder} cannot be written: {error}") from error
