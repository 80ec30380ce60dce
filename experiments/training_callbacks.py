"""What training does beside learning: logs, and scores on separate envs."""

import contextlib
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from stable_baselines3.common.callbacks import BaseCallback, ProgressBarCallback
from stable_baselines3.common.off_policy_algorithm import OffPolicyAlgorithm
from stable_baselines3.common.on_policy_algorithm import OnPolicyAlgorithm
from stable_baselines3.common.vec_env import VecEnv

from ..saliency import GazeCallback, SaliencyCallback
from ..saliency.extras import Extras
from .reporting import Reporter
from .run_config import RunConfig
from .scoring.games import EvaluationStopped, game_bar, play_games
from .scoring.played_games import PlayedGames
from .scoring.score_table import add_games


def event_callbacks(config: RunConfig, run: Path) -> list[SaliencyCallback | GazeCallback]:
    """
    What a run draws now and then. Several kinds share the time that such events may take.

    :param config: of the run
    :param run: its folder; each kind has a folder in it
    """
    kinds, known = config.spec.events, {"saliency": SaliencyCallback, "gaze": GazeCallback}
    share = config.saliency_budget / len(kinds)
    return [known[kind](folder=run / kind, budget=share, every=config.saliency_every) for kind in kinds]


class LogWriter(BaseCallback):
    """
    Writes SB3's logs every so many env steps. SB3 counts episodes, and Enduro has one in 3,000 env steps or more.

    :param every: env steps
    :param seconds: of training before this part of the run
    """

    def __init__(self, every: int, seconds: float = 0.0) -> None:
        super().__init__()
        self.every, self.before = every, seconds
        self._started = time.monotonic()

    def _on_training_start(self) -> None:
        self.latest = self.num_timesteps
        if self.before:
            self.model._num_timesteps_at_start = 0  # speed is that of the whole run, too

    def _on_step(self) -> bool:
        if self.num_timesteps - self.latest >= self.every:
            self.latest = self.num_timesteps
            self.dump()
        return True

    def dump(self) -> None:
        """Write now. SB3 reads the time of day, which may be set back; the seconds come from a clock that only goes on."""
        assert isinstance(self.model, OffPolicyAlgorithm | OnPolicyAlgorithm)
        self.model.start_time = time.time_ns() - round(1e9 * self.seconds())
        self.model.dump_logs()

    def seconds(self) -> float:
        """Of training so far."""
        return self.before + time.monotonic() - self._started


class ScoreKeeper(BaseCallback):
    """
    Plays whole games on separate envs every so many env steps, and once after the last one; logs raw scores under ``eval/``.

    It plays at the start of a rollout, where a checkpoint of the same weights can be written.

    :param env: evaluation envs
    :param games: each time
    :param every: env steps
    :param stop: asked whether to break off
    :param reporter: gets the scores
    :param on_score: called with env steps and the mean score
    :param answers: whether a score is 1 for a right answer, else 0; of other games, copies count once
    :param keep: called with env steps and the games
    :ivar scores: (games,) of the latest evaluation, copies included; None before the first
    """

    def __init__(
        self,
        env: VecEnv,
        games: int,
        every: int,
        stop: Callable[[], bool],
        reporter: Reporter,
        on_score: Callable[[int, float], None] = lambda *_: None,
        answers: bool = False,
        keep: Callable[[int, PlayedGames], None] = lambda *_: None,
    ) -> None:
        super().__init__()
        self.on_score, self.answers, self.keep = on_score, answers, keep
        self.with_bar = False  # a bar of the games, for times when training draws none
        self.latest: int | None = None  # env steps of the latest evaluation
        self.env, self.games, self.every, self.stop, self.reporter = env, games, every, stop, reporter
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
        try:
            with game_bar(self.games, self.with_bar) as progress:
                played = play_games(self.model, self.env, self.games, self.stop, progress)
        except EvaluationStopped:
            return
        self.scores, self.latest, self.latest_scored = played.scores, self.num_timesteps, self.num_timesteps
        scores = played.scores if self.answers else played.counted_scores
        std = scores.std(ddof=1) if len(scores) > 1 else 0.0  # of a sample; one game has none, and a log has numbers
        for name, value in (("mean", scores.mean()), ("std", std), ("min", scores.min()), ("max", scores.max())):
            self.logger.record(f"eval/score_{name}", float(value))
        self.logger.record("time/total_timesteps", self.num_timesteps, exclude="tensorboard")
        self.logger.dump(self.num_timesteps)
        if self.answers:
            found = f"{100 * scores.mean():.1f} % right of {self.games:,} episodes"
        else:
            found = f"score {scores.mean():.5g}, standard deviation {std:.3g}, over {self.games:,} greedy games"
            found += "" if played.distinct == self.games else f", {played.distinct:,} of them distinct"
        self.reporter.say(f"{self.num_timesteps:,} env steps: {found}")
        self.on_score(self.num_timesteps, float(scores.mean()))
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


# A terminal or a pipe that was closed: rich, which draws the bar, asks to end the process then.
CLOSED = (OSError, SystemExit)


class ProgressBar(ProgressBarCallback):
    """SB3's progress bar. A terminal or a pipe that was closed does not end the training."""

    def _on_training_start(self) -> None:
        with contextlib.suppress(*CLOSED):
            super()._on_training_start()

    def _on_step(self) -> bool:
        with contextlib.suppress(*CLOSED):
            if hasattr(self, "pbar"):
                super()._on_step()
        return True

    def _on_training_end(self) -> None:
        self.close()

    def close(self) -> None:
        """Leave the terminal in order."""
        with contextlib.suppress(*CLOSED):
            if hasattr(self, "pbar"):
                self.pbar.refresh()
                self.pbar.close()
