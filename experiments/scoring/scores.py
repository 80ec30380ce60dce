"""What an evaluation found."""

from abc import abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...envs.game_names import resolve_game
from ...envs.human_scores import human_normalized


@dataclass(frozen=True)
class Scores:
    """
    :param env: as the run names it
    :param checkpoint: that was evaluated
    :param env_steps: of training
    :param seed: of the games
    :param gaze: "learned", "random" or "center"; None for an agent without a gaze
    """

    env: str
    checkpoint: Path
    env_steps: int
    seed: int
    gaze: str | None

    @abstractmethod
    def found(self) -> dict[str, Any]:
        """
        The results alone, without what was evaluated and how: numbers, None and lists by name, as JSON takes them.

        :return: {name: value}; which names there are depends on the class
        """

    @abstractmethod
    def text(self) -> str:
        """The main results for a reader, in a line or two."""

    def figures(self) -> dict[str, Any]:
        """The results with checkpoint, env steps, seed and gaze: the content of the file in evaluation/."""
        about = {"checkpoint": self.checkpoint.name, "env_steps": self.env_steps, "seed": self.seed}
        return {**about, **self.found(), **({} if self.gaze is None else {"gaze": self.gaze})}


@dataclass(frozen=True)
class GameScores(Scores):
    """
    Raw scores of whole games.

    :param scores: (games,)
    """

    scores: np.ndarray

    @property
    def mean(self) -> float:
        return float(self.scores.mean())

    @property
    def std(self) -> float:
        return float(self.scores.std())

    @property
    def human_normalized_percent(self) -> float | None:
        """0 is random play, 100 a human tester; None if the env is not an Atari game with known scores of both."""
        try:
            return human_normalized(resolve_game(self.env), self.mean)
        except ValueError:  # not an Atari game
            return None

    def found(self) -> dict[str, Any]:
        return {
            "mean": self.mean,
            "std": self.std,
            "min": float(self.scores.min()),
            "max": float(self.scores.max()),
            "median": float(np.median(self.scores)),
            "human_normalized_percent": self.human_normalized_percent,
            "scores": self.scores.tolist(),
        }

    def text(self) -> str:
        line = (
            f"{self.env} after {self.env_steps:,} env steps: {self.mean:.1f} +- {self.std:.1f} (min {self.scores.min():.0f}, "
            f"median {np.median(self.scores):.0f}, max {self.scores.max():.0f}) over {len(self.scores)} games"
        )
        normalized = self.human_normalized_percent
        if normalized is None:
            return line
        return f"{line}\nhuman-normalised: {normalized:.1f} % (0 is random play, 100 a human tester)"
