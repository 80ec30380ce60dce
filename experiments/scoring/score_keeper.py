"""Scores of a training: whole games on separate envs, every so many env steps."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.vec_env import VecEnv

from ...saliency.extras import Extras
from ..reporting import Reporter
from .answers.asked import ask_in_turn
from .games import EvaluationStopped, game_bar, play_games
from .played_games import GREEDY, Kind, PlayedGames
from .score_table import add_games

COUNTED = (
    "eval/counted_games"  # in progress.csv: games in the mean. Versions before 0.2 counted copies, too, and have no such column
)


class ScoreKeeper(BaseCallback):
    """
    Plays whole games on separate envs every so many env steps, and once after the last one; logs raw scores under ``eval/``.

    All figures are over the games that count: copies of a greedy game count once, as in ``saccade evaluate``. It plays at the start
    of a rollout, where a checkpoint of the same weights can be written.

    The envs are seeded anew before each evaluation, so all evaluations play the games of the same seeds. Two points of a curve then
    differ by what the agent has learned, not by the luck of the games (common random numbers), and a run that was stopped and goes
    on plays the games of the run that never was. Inside one evaluation the games differ as before: each env has a seed of its own.
    What all evaluations share is an error of their level, so ``saccade evaluate`` plays games of another seed for the final score.

    :param env: evaluation envs
    :param games: each time
    :param every: env steps
    :param stop: asked whether to break off
    :param reporter: gets the scores
    :param seed: of the first env, before each evaluation
    :param on_score: called with env steps and the mean score
    :param answers: whether a score is 1 for a right answer, else 0; then all count
    :param asks: whether every step may ask for an answer; then a score is that of one answer
    :param kind: what makes games differ in these envs
    :param keep: called with env steps and the games, but not for answers
    :ivar scores: of the latest evaluation, of the games that count; None before the first
    """

    def __init__(
        self,
        env: VecEnv,
        games: int,
        every: int,
        stop: Callable[[], bool],
        reporter: Reporter,
        *,
        seed: int,
        on_score: Callable[[int, float], None] = lambda *_: None,
        answers: bool = False,
        asks: bool = False,
        kind: Kind = GREEDY,
        keep: Callable[[int, PlayedGames], None] = lambda *_: None,
    ) -> None:
        super().__init__()
        self.env, self.games, self.every, self.stop, self.reporter, self.seed = env, games, every, stop, reporter, seed
        self.on_score, self.answers, self.asks, self.kind, self.keep = on_score, answers, asks, kind, keep
        self.with_bar = False  # a bar of the games, for times when training draws none
        self.latest: int | None = None  # env steps of the latest evaluation
        self.scores: np.ndarray | None = None
        self.latest_scored = -1  # env steps of the model that got the scores

    def _on_training_start(self) -> None:
        if self.latest is None:  # otherwise it says how far the run was when it stopped
            self.latest = self.num_timesteps

    def _on_rollout_start(self) -> None:
        assert self.latest is not None  # training has started
        if self.games and self.model.num_timesteps - self.latest >= self.every and not self.stop():
            self.score()

    def _on_step(self) -> bool:
        return True

    def score(self) -> None:
        """Play, log and report. Games that are broken off leave nothing."""
        self.num_timesteps = self.model.num_timesteps
        self.env.seed(self.seed)  # takes effect when the games begin, at a reset
        try:
            with game_bar(self.games, self.with_bar) as progress:
                if self.asks:
                    played, scores = None, ask_in_turn(self.model, self.env, self.games, self.stop, progress).right
                else:
                    played = play_games(self.model, self.env, self.games, self.stop, progress).of_kind(self.kind)
                    scores = played.scores if self.answers else played.counted_scores
        except EvaluationStopped:
            return
        self.scores, self.latest, self.latest_scored = scores, self.num_timesteps, self.num_timesteps
        std = scores.std(ddof=1) if len(scores) > 1 else 0.0  # of a sample; one game has none, and a log has numbers
        for name, value in (("mean", scores.mean()), ("std", std), ("min", scores.min()), ("max", scores.max())):
            self.logger.record(f"eval/score_{name}", float(value))
        self.logger.record(COUNTED, len(scores))
        self.logger.record("time/total_timesteps", self.num_timesteps, exclude="tensorboard")
        self.logger.dump(self.num_timesteps)
        if played is None:
            found = f"{100 * scores.mean():.1f} % right of {len(scores):,} answers in {self.games:,} episodes"
        elif self.answers:
            found = f"{100 * scores.mean():.1f} % right of {self.games:,} episodes"
        else:
            found = f"score {scores.mean():.5g}, standard deviation {std:.3g}, over {self.games:,} games ({self.kind})"
            found += "" if played.distinct == self.games else f", {played.distinct:,} of them distinct"
        self.reporter.say(f"{self.num_timesteps:,} env steps: {found}")
        self.on_score(self.num_timesteps, float(scores.mean()))
        if played is not None and not self.answers:  # whose episodes are many and short
            self.keep(self.num_timesteps, played)


def games_kept(file: Path, seed: int, gaze: str | None) -> Callable[[int, PlayedGames], None]:
    """
    What keeps the games of a training. A table that cannot be written ends no training.

    :param file: scores.csv of the run
    :param seed: of the games
    :param gaze: under which they are played; None for an agent without a gaze
    :return: to be called with env steps and games
    """
    table = Extras(file.name, "training goes on")
    return lambda env_steps, played: table.tried(lambda: add_games(file, [played], env_steps, "training", seed, gaze))
