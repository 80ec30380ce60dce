"""Arrays in a file that is whole or not there."""

import os
from pathlib import Path

import numpy as np


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
