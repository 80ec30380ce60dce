"""Handwritten digits: MNIST from a mirror or a folder, or the digits bundled with scikit-learn."""

import gzip
import hashlib
import logging
import os
import zlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import pooch
import torch as th
from torch.nn import functional as F

from .cache_folder import cache_folder

SIDE = 28  # pixels of a digit's box
FOLDER_VARIABLE = "SACCADE_MNIST"
MIRRORS = ("https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/")
TIMEOUT = 20  # seconds to wait for a mirror
FILES = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}
# SHA-256 of the uncompressed files, because mirrors compress them differently.
CONTENT = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
Split = Literal["train", "validation", "train+validation", "test"]
# Index of the first digit of validation in MNIST's file for training. The last 10,000 are a common choice, such as that of
# Goodfellow et al. (Maxout networks, 2013), and need no seed.
FIRST_OF_VALIDATION = 50_000
HELD_OUT = 5  # a fifth of scikit-learn's digits is the test split, and as many are for validation


class DigitsError(RuntimeError):
    """A data set is missing or damaged."""


@dataclass(frozen=True)
class Digits:
    """
    :param images: (M, 28, 28) uint8, white on black
    :param labels: (M,) int64, 0 to 9
    """

    images: th.Tensor
    labels: th.Tensor


def load_digits(dataset: str = "mnist", split: str = "train", folder: str | Path | None = None) -> Digits:
    """
    One split of a data set.

    No digit is in two of the splits ``"train"``, ``"validation"`` and ``"test"``. Choose settings by the errors on
    ``"validation"``, and use ``"test"`` once, at the end. ``"train+validation"`` has all digits for training, as published
    results use them.

    ``"mnist"`` is by LeCun, Cortes and Burges (CC BY-SA 3.0): 60,000 digits for training and 10,000 for testing. The first 50,000
    are ``"train"``, the last 10,000 of the 60,000 are ``"validation"``. It is read from ``folder``, or else from the folder in
    ``$SACCADE_MNIST``, or else from the cache in ``$SACCADE_CACHE`` or ``~/.cache/saccade``. The first use downloads it into the
    cache.

    ``"digits"`` is scikit-learn's copy of the UCI test set and needs no network: 1,797 digits of 8x8 pixels, enlarged here. The
    last fifth (359) is the test split, and as many before it are ``"validation"``.

    :param dataset: ``"mnist"`` or ``"digits"``
    :param split: ``"train"``, ``"validation"``, ``"train+validation"`` or ``"test"``
    :param folder: has MNIST's four files, compressed or not
    :raises ValueError: if the name of the data set or of the split is unknown
    :raises DigitsError: if a file is missing or damaged, or cannot be downloaded
    """
    if dataset not in ("mnist", "digits"):
        raise ValueError(f"unknown data set {dataset!r}; it must be 'mnist' or 'digits'")
    check_split(split)
    if dataset == "digits":
        digits = _bundled()
        tested = len(digits.labels) // HELD_OUT
        return _part(digits, split, len(digits.labels) - 2 * tested, len(digits.labels) - tested)
    place = folder or os.environ.get(FOLDER_VARIABLE)
    digits = _mnist("test" if split == "test" else "train", None if place is None else Path(place))
    return digits if split == "test" else _part(digits, split, FIRST_OF_VALIDATION, len(digits.labels))


def check_split(split: str) -> None:
    """
    :raises ValueError: if no data set has a split of this name
    """
    if split not in get_args(Split):
        raise ValueError(f"unknown split {split!r}; it must be one of: {', '.join(get_args(Split))}")


def _part(digits: Digits, split: str, validation: int, test: int) -> Digits:
    """The digits of a split, given where those for validation and for testing begin."""
    first, end = {
        "train": (0, validation),
        "validation": (validation, test),
        "train+validation": (0, test),
        "test": (test, len(digits.labels)),
    }[split]
    return Digits(digits.images[first:end], digits.labels[first:end])


@lru_cache
def _bundled() -> Digits:
    from sklearn.datasets import load_digits as bundled_digits  # slow to import

    small, labels = bundled_digits(return_X_y=True)
    large = F.interpolate(th.from_numpy(small).float().view(-1, 1, 8, 8), scale_factor=3, mode="bilinear", align_corners=False)
    images = F.pad(large * (255 / 16), (2, 2, 2, 2)).squeeze(1).round().to(th.uint8)
    return Digits(images, th.from_numpy(labels.astype(np.int64)))


@lru_cache
def _mnist(files: str, folder: Path | None) -> Digits:
    images, labels = (_content(name) if folder is None else _checked(_in_folder(folder, name), name) for name in FILES[files])
    # idx: two zero bytes, type, number of dimensions, then each dimension in 4 bytes
    return Digits(
        th.frombuffer(bytearray(images[16:]), dtype=th.uint8).view(-1, SIDE, SIDE),
        th.frombuffer(bytearray(labels[8:]), dtype=th.uint8).long(),
    )


def _in_folder(folder: Path, name: str) -> Path:
    for path in (folder / f"{name}.gz", folder / name):
        if path.is_file():
            return path
    raise DigitsError(
        f"{folder} has neither {name}.gz nor {name}; put MNIST's four files there, or use dataset='digits', the digits "
        "bundled with scikit-learn"
    )


def _content(name: str) -> bytes:
    """Content of a file from the cache, or from the first mirror that has the right one."""
    cache = cache_folder() / "mnist"
    kept = cache / f"{name}.gz"
    if kept.is_file():
        return _checked(kept, name)
    reasons = []
    pooch.get_logger().setLevel(logging.WARNING)
    for mirror in MIRRORS:
        try:
            file = pooch.retrieve(
                f"{mirror}{name}.gz",
                known_hash=None,
                fname=f".part-{name}.gz",
                path=cache,
                downloader=pooch.HTTPDownloader(timeout=TIMEOUT),
            )
            content = _checked(Path(file), name)
            Path(file).replace(kept)
        except (OSError, DigitsError) as error:  # errors of requests are OSErrors; try the next mirror
            reasons.append(f"{mirror}: {error if isinstance(error, DigitsError) else type(error).__name__}")
            (cache / f".part-{name}.gz").unlink(missing_ok=True)
        else:
            return content
    raise DigitsError(
        f"MNIST could not be downloaded ({'; '.join(reasons)}). Put its four files into a folder and name it with "
        f"data=... or ${FOLDER_VARIABLE}; or use dataset='digits', the digits bundled with scikit-learn"
    )


def _checked(path: Path, name: str) -> bytes:
    """
    Content of a file.

    :raises DigitsError: if the file cannot be read, or its content is not MNIST's
    """
    try:
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (OSError, EOFError, zlib.error) as error:
        raise DigitsError(f"{path} is damaged or truncated ({error}); delete it, or put MNIST's {name} in its place") from error
    if hashlib.sha256(content).hexdigest() != CONTENT[name]:
        raise DigitsError(
            f"{path} is not MNIST's {name}, or is damaged (its content has another SHA-256); delete it, or put the "
            "original in its place"
        )
    return content
