"""What training does beside learning: checkpoints, logs, and scores on separate envs."""

from collections.abc import Callable

import numpy as np
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.off_policy_algorithm import OffPolicyAlgorithm
from stable_baselines3.common.on_policy_algorithm import OnPolicyAlgorithm
from stable_baselines3.common.vec_env import VecEnv

from .errors import RunFolderError
from .reporting import Reporter
from .run_folder import RunFolder
from .scoring.games import EvaluationStopped, game_bar, play_games


class CheckpointWriter(BaseCallback):
    """
    Writes a checkpoint every so many env steps.

    :param run: its folder
    :param every: env steps
    :param reporter: gets a warning if a checkpoint cannot be written
    """

    def __init__(self, run: RunFolder, every: int, reporter: Reporter) -> None:
        super().__init__()
        self.run, self.every, self.reporter = run, every, reporter

    def _on_training_start(self) -> None:
        self.latest = self.num_timesteps

    def _on_step(self) -> bool:
        if self.num_timesteps - self.latest >= self.every:
            try:
                self.run.save_checkpoint(self.model)
            except RunFolderError as error:  # a disk that is full now may have room at the next one
                self.reporter.say(f"warning: {error}; training goes on")
            self.latest = self.num_timesteps
        return True


class LogWriter(BaseCallback):
    """
    Writes SB3's logs every so many env steps. SB3 counts episodes, and Enduro has one in 3,000 env steps or more.

    :param every: env steps
    """

    def __init__(self, every: int) -> None:
        super().__init__()
        self.every = every

    def _on_training_start(self) -> None:
        self.latest = self.num_timesteps

    def _on_step(self) -> bool:
        if self.num_timesteps - self.latest >= self.every:
            self.latest = self.num_timesteps
            assert isinstance(self.model, OffPolicyAlgorithm | OnPolicyAlgorithm)
            self.model.dump_logs()
        return True


class ScoreKeeper(BaseCallback):
    """
    Plays whole games on separate envs every so many env steps, and once after the last one; logs raw scores under ``eval/``.

    :param env: evaluation envs
    :param games: each time
    :param every: env steps
    :param stop: asked whether to break off
    :param reporter: gets the scores
    :param answers: whether a score is 1 for a right answer, else 0
    :ivar scores: (games,) of the latest evaluation; None before the first
    """

    def __init__(
        self, env: VecEnv, games: int, every: int, stop: Callable[[], bool], reporter: Reporter, answers: bool = False
    ) -> None:
        super().__init__()
        self.answers = answers
        self.with_bar = False  # a bar of the games, for times when training draws none
        self.env, self.games, self.every, self.stop, self.reporter = env, games, every, stop, reporter
        self.scores: np.ndarray | None = None
        self.latest_scored = -1  # env steps of the model that got the scores

    def _on_training_start(self) -> None:
        self.latest = self.num_timesteps

    def _on_step(self) -> bool:
        if self.num_timesteps - self.latest >= self.every:
            self.score()
        return True

    def score(self) -> None:
        """Play, log and report. Games that are broken off leave nothing."""
        self.latest = self.num_timesteps
        try:
            with game_bar(self.games, self.with_bar) as progress:
                scores = play_games(self.model, self.env, self.games, self.stop, progress)
        except EvaluationStopped:
            return
        self.scores, self.latest_scored = scores, self.num_timesteps
        for name, value in (("mean", scores.mean()), ("std", scores.std()), ("min", scores.min()), ("max", scores.max())):
            self.logger.record(f"eval/score_{name}", float(value))
        self.logger.record("time/total_timesteps", self.num_timesteps, exclude="tensorboard")
        self.logger.dump(self.num_timesteps)
        if self.answers:
            found = f"{100 * scores.mean():.1f} % right of {self.games:,} episodes"
        else:
            found = f"score {scores.mean():.5g} +- {scores.std():.3g} over {self.games:,} games"
        self.reporter.say(f"{self.num_timesteps:,} env steps: {found}")
