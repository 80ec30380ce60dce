"""Games that were played, and which of them are copies of another one: greedy play of a deterministic game repeats itself."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

Name = Literal["sticky", "epsilon", "greedy"]
TOLD = {"sticky": "sticky actions {:g}", "epsilon": "epsilon {:g}", "greedy": "greedy"}


@dataclass(frozen=True)
class Kind:
    """
    What makes games differ, beside their starts.

    :param name: "sticky": the emulator repeats the last action (Machado et al. 2018); "epsilon": the policy acts at random;
        "greedy": neither
    :param probability: of that, in each frame of the emulator or in each env step
    """

    name: Name
    probability: float = 0.0

    def __str__(self) -> str:
        return TOLD[self.name].format(self.probability)


GREEDY = Kind("greedy")


def kind_of(sticky_actions: float) -> Kind:
    """How games are played in envs with this probability of sticky actions."""
    return Kind("sticky", sticky_actions) if sticky_actions else GREEDY


@dataclass(frozen=True)
class PlayedGames:
    """
    Games of one kind. Greedy games differ by their starts alone, so equal ones are copies and count once in all figures. With
    chance in the play each game is a draw of its own. Two that come out alike are then two draws, and both count: leaving one out
    would give frequent games too little weight.

    :param scores: (games,) raw
    :param lengths: (games,) env steps
    :param frames: for each game its frames of the emulator, None where the env does not say
    :param trajectories: for each game a checksum of all its observations, actions and rewards
    :param kind: how they were played
    """

    scores: np.ndarray
    lengths: np.ndarray
    frames: Sequence[int | None]
    trajectories: Sequence[str]
    kind: Kind = GREEDY

    def of_kind(self, kind: Kind) -> "PlayedGames":
        """The same games under this name."""
        return replace(self, kind=kind)

    @property
    def is_first(self) -> np.ndarray:
        """(games,) whether no earlier game has the same trajectory."""
        first = np.zeros(len(self.scores), dtype=bool)
        first[np.unique(np.array(self.trajectories), return_index=True)[1]] = True
        return first

    @property
    def counted_scores(self) -> np.ndarray:
        """(counted games,) without the copies of greedy games."""
        return self.scores[self.is_first] if self.kind.name == "greedy" else self.scores

    @property
    def distinct(self) -> int:
        """How many different games there are."""
        return int(self.is_first.sum())

    @property
    def mean(self) -> float:
        return float(self.counted_scores.mean())

    @property
    def std(self) -> float | None:
        """Sample standard deviation over the counted games (divided by their number minus 1); None for one game."""
        return float(self.counted_scores.std(ddof=1)) if len(self.counted_scores) > 1 else None

    @property
    def standard_error(self) -> float | None:
        """Of the mean, std / sqrt(counted games); None for one game."""
        return None if self.std is None else self.std / len(self.counted_scores) ** 0.5

    def figures(self) -> dict[str, Any]:
        """All of it as JSON takes it."""
        scores = self.counted_scores
        return {
            "kind": self.kind.name,
            "probability": self.kind.probability,
            "games": len(self.scores),
            "distinct": self.distinct,
            "mean": self.mean,
            "standard_error": self.standard_error,
            "std": self.std,
            "min": float(scores.min()),
            "max": float(scores.max()),
            "median": float(np.median(scores)),
            "scores": self.scores.tolist(),
            "lengths": self.lengths.tolist(),
            "frames": list(self.frames),
            "trajectories": list(self.trajectories),
        }

    def text(self) -> str:
        """A line for a reader."""
        scores, counted = self.counted_scores, f"{self.distinct} of {len(self.scores)} games distinct"
        if self.std is None:
            return f"{self.kind}: {self.mean:,.1f}; one game has no standard error ({counted})"
        return (
            f"{self.kind}: {self.mean:,.1f}, standard error {self.standard_error:,.1f} (standard deviation {self.std:,.1f}, "
            f"min {scores.min():,.0f}, median {np.median(scores):,.0f}, max {scores.max():,.0f}); {counted}"
        )
