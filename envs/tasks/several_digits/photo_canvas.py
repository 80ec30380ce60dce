"""Photographs of house numbers, in place of numbers that are drawn."""

from pathlib import Path

import numpy as np
import torch as th

from ..digits import DigitsError
from ..naming.naming import NOTHING
from .svhn import fitted, street_numbers


class PhotoCanvas:
    """
    The photographs of a split of SVHN, each fitted into the canvas. A photograph is drawn for each episode.

    All of them are kept in memory: 30,000 of 110x110 pixels take 360 MB.

    :param split: see :func:`.svhn.street_numbers`
    :param folder: with the data set; None to download it
    :param height: of the canvas in pixels
    :param width: of the canvas in pixels
    :param most: digits of the longest number; photographs of longer ones are left out
    :param device: torch device
    :raises DigitsError: if files are missing or damaged, or there is no photograph
    """

    draws = 1  # random numbers

    def __init__(
        self, split: str, folder: Path | None, height: int, width: int, most: int, device: th.device | str = "cpu"
    ) -> None:
        found = street_numbers(split, folder, most)
        if not found:
            raise DigitsError(f"there is no photograph of at most {most} digits in the split {split!r}")
        self.images = th.from_numpy(np.stack([fitted(one.file, height, width) for one in found])).to(device)
        rows = [[*one.digits, *[NOTHING] * (most - len(one.digits))] for one in found]
        self.labels = th.tensor(rows, dtype=th.int64, device=device)

    def chosen(self, uniforms: th.Tensor, first: th.Tensor | None = None) -> th.Tensor:
        """
        Which photographs are shown.

        :param uniforms: (N, 1) in [0, 1)
        :param first: (N,) int64, which ones; None for random ones
        :return: (N,) int64
        """
        return (uniforms[:, 0] * len(self.images)).long() if first is None else first % len(self.images)

    def draw(self, uniforms: th.Tensor, first: th.Tensor | None = None) -> tuple[th.Tensor, th.Tensor]:
        """
        A batch of photographs.

        :param uniforms: as for :meth:`chosen`, as is ``first``
        :return: (N, height, width) uint8; their digits (N, ``most``) int64, -1 behind the last one
        """
        chosen = self.chosen(uniforms, first)
        return self.images[chosen], self.labels[chosen]

    def objects(self, uniforms: th.Tensor, first: th.Tensor | None = None) -> dict[str, th.Tensor]:
        """Nothing: it is not known which pixels are ink."""
        return {}
