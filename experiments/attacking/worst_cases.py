"""The worst adversarial example of each canvas over all attacks so far, in a file."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ...saliency.whole_file import NpzError, read_npz, write_npz


@dataclass(frozen=True)
class WorstCases:
    """
    :param images: (N, 1, H, W) float32
    :param shares: (N,) share of right answers to each, as it was judged after its attack
    :param chosen: (N,) index of the attack in ``attacks`` that made it
    :param attacks: keys of the attacks so far
    """

    images: np.ndarray
    shares: np.ndarray
    chosen: np.ndarray
    attacks: tuple[str, ...] = ()

    @classmethod
    def none_yet(cls, images: np.ndarray) -> "WorstCases":
        """
        Before the first attack.

        :param images: (N, 1, H, W) the clean canvases
        """
        return cls(images, np.full(len(images), np.inf), np.zeros(len(images), np.int64))

    def with_attack(self, key: str, images: np.ndarray, shares: np.ndarray) -> "WorstCases":
        """
        After a further attack. An earlier one keeps its canvas where both are as bad.

        :param key: of the attack; one that is there already does not count again
        :param images: (N, 1, H, W) its examples
        :param shares: (N,) share of right answers to each
        """
        if key in self.attacks:
            return self
        worse = shares < self.shares
        return replace(
            self,
            images=np.where(worse[:, None, None, None], images, self.images),
            shares=np.where(worse, shares, self.shares),
            chosen=np.where(worse, len(self.attacks), self.chosen),
            attacks=(*self.attacks, key),
        )

    def save(self, path: Path) -> None:
        """
        :param path: ends in ``.npz``
        :raises OSError: if it cannot be written
        """
        arrays = {"images": self.images, "shares": self.shares, "chosen": self.chosen, "attacks": np.array(self.attacks)}
        write_npz(path, arrays, level=1)

    @classmethod
    def load(cls, path: Path, clean: np.ndarray) -> "WorstCases":
        """
        What :meth:`save` wrote; what there was before the first attack if there is no whole file of these canvases.

        :param path: of the file
        :param clean: (N, 1, H, W) the clean canvases
        """
        try:
            kept = read_npz(path)
            found = cls(kept["images"], kept["shares"], kept["chosen"], tuple(map(str, kept["attacks"])))
        except (NpzError, KeyError):
            return cls.none_yet(clean)
        return found if found.images.shape == clean.shape else cls.none_yet(clean)
