"""Which map: of which head, by which method."""

from typing import NamedTuple

import numpy as np

JACOBIAN = "jacobian"  # the method of maps that files name after their head alone
ATTENTION = "attention"  # the method of a network's own soft attention


class MapKey(NamedTuple):
    """
    The identity of a map. Its text form is for files and Weights & Biases only.

    :param head: name of the head
    :param method: name of the method
    :param entry: of dict observations, which entry the map is of; empty if only one can have a map
    """

    head: str
    method: str = JACOBIAN
    entry: str = ""

    def __str__(self) -> str:
        """``value`` for the Jacobian, ``value/greydanus`` for another method, ``value@image`` of one entry of a dict."""
        of_entry = f"@{self.entry}" if self.entry else ""
        return (self.head if self.method == JACOBIAN else f"{self.head}/{self.method}") + of_entry

    @property
    def output(self) -> str:
        """What is explained, whatever the method: ``value``, or ``value@image``."""
        return str(self._replace(method=JACOBIAN))

    @classmethod
    def parse(cls, text: str) -> "MapKey":
        """
        The key that a text form stands for.

        :param text: as :meth:`__str__` gives it
        """
        name, _, entry = text.partition("@")  # an entry may have any name, heads and methods have neither @ nor /
        head, _, method = name.partition("/")
        return cls(head, method or JACOBIAN, entry)


Maps = dict[MapKey, np.ndarray]  # signed (B, C, H, W) of pictures, (B, D) of vectors
