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
    :param items: (n,) or (n, digits), which digits each episode showed; None if the env does not say it
    """

    things: np.ndarray
    named: np.ndarray
    right: np.ndarray
    looks: np.ndarray
    items: np.ndarray | None = None

    @classmethod
    def of(cls, infos: Sequence[Mapping[str, Any]], items: np.ndarray | None = None) -> "NamedThings | None":
        """
        :param infos: of the last step of each episode
        :param items: which digits each episode showed
        :return: None if they are of an env in which nothing is named
        """
        if not infos or not all(name in info for info in infos for name in FACTS):
            return None
        things, named, right, looks = (np.array([info[name] for info in infos], dtype=np.int64) for name in FACTS)
        return cls(things, named, right, looks, items)

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

    @property
    def standard_error_of_looks(self) -> float | None:
        """Of their mean; episodes with a digit in common are not independent. None if all have one in common."""
        error = clustered_standard_error(self.looks, self.items)
        return None if np.isnan(error) else error


@dataclass(frozen=True)
class NamingRate(ErrorRate):
    """
    Share of episodes in which not all things were named rightly. ``multiply_adds`` are those of the mean number of looks.

    :param named: what was named
    """

    named: NamedThings

    def found(self) -> dict[str, Any]:
        return {
            **super().found(),
            "right_answers_percent": self.named.right_percent,
            "named_percent": self.named.named_percent,
            "mean_looks": self.named.mean_looks,
            "standard_error_of_looks": self.named.standard_error_of_looks,
        }

    def text(self) -> str:
        each = "" if (self.named.things == 1).all() else f"{self.named.right_percent:.2f} % of the single answers right, "
        return f"{super().text()}; {each}{self.named.mean_looks:.2f} looks on average"
