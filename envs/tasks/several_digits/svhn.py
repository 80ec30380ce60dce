"""The Street View House Numbers data set (Netzer et al. 2011), format 1: photographs, and which digits are where on them."""

import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import gymnasium as gym
import numpy as np
import pooch

from ..cache_folder import cache_folder
from ..digits import DigitsError, check_split

FOLDER_VARIABLE = "SACCADE_SVHN"
ADDRESS = "http://ufldl.stanford.edu/housenumbers/"
TIMEOUT = 60  # seconds to wait for it
ARCHIVES = {  # name: SHA-256
    "train": "4b17bb33b6cd8f963493168f80143da956f28ec406cc12f8e5745a9f91a51898",
    "test": "57ac9ceb530e4aa85b55d991be8fc49c695b3d71c6f6a88afea86549efde7fb5",
}
LABELS = "digitStruct.mat"
ZERO = 10  # how the data set writes the digit 0
HELD_OUT = 10  # the last tenth of the photographs for training is for validation


@dataclass(frozen=True)
class Photograph:
    """
    :param file: a .png file
    :param digits: of the number, from left to right
    """

    file: Path
    digits: tuple[int, ...]


def street_numbers(split: str, folder: Path | None, most: int) -> list[Photograph]:
    """
    The photographs of a split.

    They are read from the folders ``train`` and ``test`` in ``folder``, or else in ``$SACCADE_SVHN``, or else in the cache
    (``$SACCADE_CACHE`` or ``~/.cache/saccade``), to which the first use downloads them. Each folder has ``digitStruct.mat`` and the
    photographs, as the archives ``train.tar.gz`` and ``test.tar.gz`` of the data set have them. The data set is for non-commercial
    use.

    :param split: ``"train"``, ``"validation"`` (the last tenth of the photographs for training), ``"train+validation"`` or
        ``"test"``
    :param folder: that has the folders; None for the others
    :param most: longer numbers are left out
    :raises ValueError: if the name of the split is unknown
    :raises DigitsError: if files are missing or damaged, or cannot be downloaded
    """
    check_split(split)
    place = folder or (Path(os.environ[FOLDER_VARIABLE]) if os.environ.get(FOLDER_VARIABLE) else None)
    archive = "test" if split == "test" else "train"
    where = _downloaded(archive) if place is None else place / archive
    found = [one for one in read_labels(where / LABELS) if len(one.digits) <= most]
    first = len(found) - len(found) // HELD_OUT
    return {"train": found[:first], "validation": found[first:], "train+validation": found, "test": found}[split]


def read_labels(file: Path) -> list[Photograph]:
    """
    Which digits are on which photographs.

    :param file: ``digitStruct.mat``, which is in MATLAB's format 7.3 (HDF5), which SciPy does not read
    :raises DigitsError: if it is missing or damaged
    :raises DependencyNotInstalled: if h5py is not there
    """
    try:
        import h5py
    except ImportError as error:
        raise gym.error.DependencyNotInstalled(
            "the labels of SVHN are an HDF5 file, which needs h5py: pip install 'saccade-rl[svhn]'"
        ) from error
    if not file.is_file():
        raise DigitsError(f"{file} is missing; unpack SVHN's train.tar.gz and test.tar.gz there, or use dataset='digits'")
    try:
        with h5py.File(file, "r") as content:
            names, boxes = content["digitStruct/name"], content["digitStruct/bbox"]
            found = [(_text(content[names[i, 0]]), _digits(content, content[boxes[i, 0]])) for i in range(len(names))]
    except (OSError, KeyError, ValueError, IndexError) as error:
        raise DigitsError(f"{file} is damaged ({error}); unpack it again") from error
    return [Photograph(file.parent / name, digits) for name, digits in found]


def fitted(file: Path, height: int, width: int) -> np.ndarray:
    """
    A photograph in grey, as large as fits in its own proportions, in the middle of black.

    :param file: of the photograph
    :param height: pixels
    :param width: pixels
    :return: (height, width) uint8
    :raises DigitsError: if it is missing or damaged
    """
    picture = cv2.imread(str(file), cv2.IMREAD_GRAYSCALE)
    if picture is None:
        raise DigitsError(f"{file} is missing or damaged; unpack it again")
    zoom = min(height / picture.shape[0], width / picture.shape[1])
    rows, columns = (min(max(round(side * zoom), 1), end) for side, end in zip(picture.shape, (height, width), strict=True))
    shape = cv2.INTER_AREA if zoom < 1 else cv2.INTER_LINEAR
    canvas = np.zeros((height, width), dtype=np.uint8)
    top, left = (height - rows) // 2, (width - columns) // 2
    canvas[top : top + rows, left : left + columns] = cv2.resize(picture, (columns, rows), interpolation=shape)
    return canvas


def _text(characters: Any) -> str:
    """MATLAB's texts are columns of codes."""
    return "".join(map(chr, characters[()].flatten()))


def _digits(content: Any, box: Any) -> tuple[int, ...]:
    """Of one photograph, from left to right. MATLAB writes one number as it is, and several as references."""
    labels, lefts = (
        [float(x if isinstance(x, np.floating) else content[x][0, 0]) for x in box[name][:, 0]] for name in ("label", "left")
    )
    order = np.argsort(lefts, kind="stable")
    return tuple(int(labels[i]) % ZERO for i in order)


def _downloaded(archive: str) -> Path:
    cache = cache_folder() / "svhn"
    pooch.get_logger().setLevel(logging.WARNING)
    try:
        pooch.retrieve(
            f"{ADDRESS}{archive}.tar.gz",
            known_hash=f"sha256:{ARCHIVES[archive]}",
            fname=f"{archive}.tar.gz",
            path=cache,
            downloader=pooch.HTTPDownloader(timeout=TIMEOUT),
            processor=pooch.Untar(extract_dir="."),
        )
    except (OSError, ValueError) as error:  # errors of requests are OSErrors; pooch raises ValueError for another hash
        raise DigitsError(
            f"SVHN could not be downloaded ({type(error).__name__}). Unpack its train.tar.gz and test.tar.gz into a folder and "
            f"name it with data=... or ${FOLDER_VARIABLE}; or use dataset='digits', the digits bundled with scikit-learn"
        ) from error
    return cache / archive
