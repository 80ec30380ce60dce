"""Which map: of which head, by which method."""

from typing import NamedTuple

import numpy as np

JACOBIAN = "jacobian"  # the method of maps that files name after their head alone


class MapKey(NamedTuple):
    """
    The identity of a map. Its text form is for files and Weights & Biases only.

    :param head: name of the head
    :param method: name of the method
    """

    head: str
    method: str = JACOBIAN

    def __str__(self) -> str:
        """``value`` for the Jacobian, ``value/greydanus`` for another method."""
        return self.head if self.method == JACOBIAN else f"{self.head}/{self.method}"

    @classmethod
    def parse(cls, text: str) -> "MapKey":
        """
        The key that a text form stands for.

        :param text: as :meth:`__str__` gives it
        """
        head, _, method = text.partition("/")
        return cls(head, method or JACOBIAN)


Maps = dict[MapKey, np.ndarray]  # signed (B, ...)
