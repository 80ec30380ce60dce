"""What an evaluation found."""

from abc import abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...envs.game_names import rom_of
from ...envs.human_scores import human_normalized
from .played_games import PlayedGames


@dataclass(frozen=True)
class Scores:
    """
    :param env: as the run names it
    :param checkpoint: that was evaluated
    :param env_steps: of training
    :param seed: of the games
    :param gaze: "learned", "random", "center", or "follow" and which agent; None for an agent without a gaze
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
    Raw scores of whole games. Games that are copies of another one count once in all figures.

    :param played: the games of each kind, those of the main figure first: with sticky actions, then greedy ones
    """

    played: tuple[PlayedGames, ...]

    @property
    def scores(self) -> np.ndarray:
        """Of all games of the main figure, copies included, (games,)."""
        return self.played[0].scores

    @property
    def mean(self) -> float:
        return self.played[0].mean

    @property
    def standard_error(self) -> float | None:
        """Of the mean; None for one game."""
        return self.played[0].standard_error

    @property
    def std(self) -> float | None:
        """Sample standard deviation; None for one game."""
        return self.played[0].std

    @property
    def human_normalized_percent(self) -> float | None:
        """0 is random play, 100 a human tester; None if the env is not an Atari game with known scores of both."""
        rom = rom_of(self.env)
        return None if rom is None else human_normalized(rom, self.mean)

    def found(self) -> dict[str, Any]:
        main, *others = (games.figures() for games in self.played)
        return {**main, "human_normalized_percent": self.human_normalized_percent, "others": others}

    def text(self) -> str:
        about = f"{self.env} after {self.env_steps:,} env steps, raw scores of whole games; copies of a game count once"
        lines = [about, *(games.text() for games in self.played)]
        normalized = self.human_normalized_percent
        if normalized is not None:
            lines.append(f"human-normalised, {self.played[0].kind}: {normalized:.1f} % (0 is random play, 100 a human tester)")
        return "\n".join(lines)
