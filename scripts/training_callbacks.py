"""What train.py does beside training: checkpoints, scores on separate envs, stopping at Ctrl-C."""

import signal
from collections.abc import Callable
from types import FrameType
from typing import Any

import numpy as np
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.evaluation import evaluate_policy
from stable_baselines3.common.off_policy_algorithm import OffPolicyAlgorithm
from stable_baselines3.common.on_policy_algorithm import OnPolicyAlgorithm
from stable_baselines3.common.vec_env import VecEnv

from plain_errors import UserError
from run_folder import RunFolder


class EvaluationStopped(Exception):
    """Games were broken off."""


def play_games(model: BaseAlgorithm, env: VecEnv, games: int, stop: Callable[[], bool] = lambda: False) -> np.ndarray:
    """
    Raw scores of whole games, played greedily.

    Every env plays the same number of games, give or take one: taking the games that end first would favour short ones.

    :param model: the player
    :param env: evaluation envs
    :param games: in total
    :param stop: asked after every step whether to break off
    :return: (games,)
    :raises EvaluationStopped: if ``stop`` said so
    """

    def ask(*_: object) -> None:
        if stop():
            raise EvaluationStopped

    scores, _ = evaluate_policy(model, env, n_eval_episodes=games, deterministic=True, return_episode_rewards=True, callback=ask)
    return np.array(scores)


class CheckpointWriter(BaseCallback):
    """
    Writes a checkpoint every so many env steps.

    :param run: its folder
    :param every: env steps
    """

    def __init__(self, run: RunFolder, every: int) -> None:
        super().__init__()
        self.run = run
        self.every = every

    def _on_training_start(self) -> None:
        self.latest = self.num_timesteps

    def _on_step(self) -> bool:
        if self.num_timesteps - self.latest >= self.every:
            try:
                self.run.save_checkpoint(self.model)
            except UserError as error:  # a disk that is full now may not be at the next one
                print(f"warning: {error}; training goes on", flush=True)
            self.latest = self.num_timesteps
        return True


class LogWriter(BaseCallback):
    """
    Writes SB3's logs every so many env steps. SB3 counts episodes, of which Enduro has one in 3,000 env steps or more.

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
    """

    def __init__(self, env: VecEnv, games: int, every: int, stop: Callable[[], bool]) -> None:
        super().__init__()
        self.stop = stop
        self.env = env
        self.games = games
        self.every = every

    def _on_training_start(self) -> None:
        self.latest = self.num_timesteps

    def _on_step(self) -> bool:
        if self.num_timesteps - self.latest >= self.every:
            self.score()
        return True

    def score(self) -> None:
        """Plays, logs and prints; when broken off, nothing."""
        self.latest = self.num_timesteps
        try:
            scores = play_games(self.model, self.env, self.games, self.stop)
        except EvaluationStopped:
            return
        for name, value in (("mean", scores.mean()), ("std", scores.std()), ("min", scores.min()), ("max", scores.max())):
            self.logger.record(f"eval/score_{name}", float(value))
        self.logger.record("time/total_timesteps", self.num_timesteps, exclude="tensorboard")
        self.logger.dump(self.num_timesteps)
        print(
            f"{self.num_timesteps:,} env steps: score {scores.mean():.5g} +- {scores.std():.3g} over {self.games} games", flush=True
        )


class StopAtSignal(BaseCallback):
    """Lets the env step in progress finish when Ctrl-C (or SIGTERM) comes, then ends ``learn``; a second Ctrl-C ends at once."""

    def __init__(self) -> None:
        super().__init__()
        self.stopped = False

    def __enter__(self) -> "StopAtSignal":
        self._before: dict[int, Any] = {number: signal.signal(number, self._stop) for number in (signal.SIGINT, signal.SIGTERM)}
        return self

    def __exit__(self, *exception: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        if self.stopped:
            raise KeyboardInterrupt
        self.stopped = True
        print("\nstopping: saving the run (Ctrl-C again ends at once, without saving)", flush=True)

    def _on_step(self) -> bool:
        return not self.stopped
