"""How well an agent names things one after the other, and how many looks it takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..clusters import clustered_standard_error
from ..error_rate import ErrorRate

FACTS = ("things", "named", "right", "looks")  # keys of the info of envs in which things are named


@dataclass(frozen=True)
class NamedThings:
    """
    What was named in some episodes.

    :param things: (n,) in each episode
    :param named: (n,) of them that got an answer
    :param right: (n,) that got the right answer
    :param looks: (n,) up to the last answer; all looks where a thing got no answer
    """

    things: np.ndarray
    named: np.ndarray
    right: np.ndarray
    looks: np.ndarray

    @classmethod
    def of(cls, infos: Sequence[Mapping[str, Any]]) -> "NamedThings | None":
        """
        :param infos: of the last step of each episode
        :return: None if they are of an env in which nothing is named
        """
        if not infos or not all(name in info for info in infos for name in FACTS):
            return None
        return cls(*(np.array([info[name] for info in infos], dtype=np.int64) for name in FACTS))

    @property
    def right_percent(self) -> float:
        """Of all things, whether they got an answer or not."""
        return 100 * float(self.right.sum() / self.things.sum())

    @property
    def named_percent(self) -> float:
        """Of all things."""
        return 100 * float(self.named.sum() / self.things.sum())

    @property
    def mean_looks(self) -> float:
        return float(self.looks.mean())


@dataclass(frozen=True)
class NamingRate(ErrorRate):
    """
    Share of episodes in which not all things were named rightly. ``multiply_adds`` are those of the mean number of looks.

    :param named: what was named
    """

    named: NamedThings

    def found(self) -> dict[str, Any]:
        looks = clustered_standard_error(self.named.looks)
        return {
            **super().found(),
            "right_answers_percent": self.named.right_percent,
            "named_percent": self.named.named_percent,
            "mean_looks": self.named.mean_looks,
            "standard_error_of_looks": None if np.isnan(looks) else looks,
        }

    def text(self) -> str:
        each = "" if (self.named.things == 1).all() else f"{self.named.right_percent:.2f} % of the single answers right, "
        return f"{super().text()}; {each}{self.named.mean_looks:.2f} looks on average"
