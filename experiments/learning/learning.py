"""Learning in a run folder: from a model that was made or loaded to its last checkpoint and its final score."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from stable_baselines3.common.callbacks import BaseCallback, CallbackList
from stable_baselines3.common.logger import KVWriter, Logger
from stable_baselines3.common.vec_env import VecEnv

from ...agents import NonFiniteLossError
from ...saliency.errors import first_line
from ..errors import DivergedError, RunFolderError
from ..reporting import Reporter
from ..resuming.checkpoint_writer import CheckpointWriter, TrainingStopped
from ..resuming.checkpoints import Checkpoints
from ..resuming.continuing import Continued
from ..resuming.events_kept import keep_one_folder
from ..resuming.progress_csv import ProgressCsv, continued
from ..run_folder import RunFolder
from ..run_record import RunRecord
from ..scoring.known_causes import known_causes
from ..scoring.played_games import kind_of
from ..scoring.score_keeper import ScoreKeeper, games_kept
from ..scoring.score_table import forget_after
from ..setup.env_kwargs import known_digits
from ..setup.env_names import has_answers, memory_task
from ..setup.gazes.gaze_names import name_in_scores
from ..setup.hyperparameters import too_short
from ..setup.models import flattened
from ..setup.run_envs import sticky_in_training
from ..side_by_side.threads import ThreadShare
from ..weights_and_biases import WandbRun
from ..weights_and_biases.labels import Labels
from .stopping import StopAtSignal
from .training_callbacks import LogWriter, ProgressBar, event_callbacks

EVALUATION_SEED = 10_000  # above the seed of training


@dataclass(frozen=True)
class Result:
    """
    :param run: the run folder
    :param checkpoint: the last one written
    :param env_steps: of training, those of earlier parts included
    :param scores: (games,) of the latest evaluation in this part; None if there was none
    :param stopped: whether the training was stopped before its end; :func:`saccade.experiments.resume` goes on with it
    :param scored: whether there is a final score, or none is wanted; ``resume`` plays the games of a complete run that has none
    :param pictures: folder of the saliency maps, or of the gazes if there are no maps
    """

    run: Path
    checkpoint: Path
    env_steps: int
    scores: np.ndarray | None
    stopped: bool
    pictures: Path
    scored: bool = True


class Learning:
    """
    Either way that it ends, the run can be evaluated and resumed.

    :param model: with its env
    :param folder: of the run, occupied
    :param record: its configuration
    :param eval_env: for scores during the training
    :param checkpoints: of the run
    :param going_on: of a run that goes on
    :param stop: asked after every env step whether to stop
    :param reporter: gets what a command line prints
    :param at_end: closes what is opened here
    """

    def __init__(
        self,
        model: Any,
        folder: RunFolder,
        record: RunRecord,
        eval_env: VecEnv,
        checkpoints: Checkpoints,
        going_on: Continued | None,
        stop: Callable[[], bool] | None,
        reporter: Reporter,
        at_end: ExitStack,
    ) -> None:
        self.model, self.folder, self.record, self.checkpoints = model, folder, record, checkpoints
        self.config, self.total = record.config, record.hyperparameters["n_timesteps"]
        self._reporter, self._at_end = reporter, at_end
        self.event_folders = [folder.path / kind for kind in self.config.spec.events]
        seconds = 0.0 if going_on is None else self._one_log()
        self._logged_to(self._wandb_run())
        self._warn()
        self.stopping = at_end.enter_context(StopAtSignal(reporter, stop))
        self.threads = at_end.enter_context(ThreadShare(self.config.threads, model.device.type == "cpu", reporter))
        self.log = LogWriter(min(max(self.total // 100, 500), 10_000), seconds)
        self.keeper = self._score_keeper(eval_env, going_on)
        self.writer = CheckpointWriter(
            checkpoints,
            self.config.checkpoint_every,
            lambda: self.stopping.stopped,
            lambda: {"scored": self.keeper.latest},
            self.config.eager,
            reporter,
            None if going_on is None else going_on.state,
        )
        at_end.callback(self.writer.close)

    def run(self, callbacks: Sequence[BaseCallback]) -> Result:
        """
        Learn until the end, or until the training is stopped.

        :param callbacks: of the user
        :raises DivergedError: if the loss becomes infinite or not a number
        """
        checkpoint, stopped = self.folder.kept_checkpoints()[-1:], False
        if self.model.num_timesteps < self.total:
            checkpoint, stopped = self._learn(callbacks)
        else:
            self.keeper.init_callback(self.model)
        if stopped:
            self._reporter.say(f"stopped at {self.model.num_timesteps:,} env steps")
        else:
            self._finish(checkpoint[0])
        scores, pictures = self.keeper.scores, self.event_folders[0]
        done = self.model.num_timesteps
        scored = not self.config.games or self.keeper.latest_scored >= done
        return Result(self.folder.path, checkpoint[0], done, scores, stopped, pictures, scored)

    def _learn(self, callbacks: Sequence[BaseCallback]) -> tuple[list[Path], bool]:
        """:return: the last checkpoint, and whether the training was stopped"""
        done, stopped = self.model.num_timesteps, False
        left = f"{self.total - done:,} env steps" + (f" of {self.total:,}" if done else "")
        self._reporter.say(f"{self.config.env}: {left} on {self.model.device}; run folder {self.folder.path}")
        together = CallbackList([*self._own_callbacks(), *callbacks])
        try:
            try:
                self.model.learn(self.total - done, together, log_interval=None, reset_num_timesteps=False)  # LogWriter logs
            except TrainingStopped:
                stopped = True
            # A callback of the user's may have ended it early.
            checkpoint = [self.writer.save_at_end(stopped, with_replay=self.model.num_timesteps < self.total)]
        except NonFiniteLossError as error:
            kept = self.folder.kept_checkpoints()
            raise DivergedError(str(error), kept[-1] if kept else None) from error
        if stopped:
            for callback in (together, *together.callbacks):
                callback.num_timesteps = self.model.num_timesteps
            together.on_training_end()
        self.log.dump()
        return checkpoint, stopped

    def _own_callbacks(self) -> list[BaseCallback]:
        ours: list[BaseCallback] = [self.threads, self.stopping, self.log, self.keeper, *self.events, self.writer]
        if self.config.progress and self._reporter.shows_progress:
            bar = ProgressBar()
            self._at_end.callback(bar.close)  # also when an exception ends `learn`
            ours.append(bar)
        return ours

    def _finish(self, checkpoint: Path) -> None:
        """The final score, if the training is complete, and where things are."""
        done, say = self.model.num_timesteps, self._reporter.say
        if done < self.total:
            say(f"a callback ended the training at {done:,} of {self.total:,} env steps; resume it to go on")
        else:
            self.checkpoints.drop_replay()
            self.folder.older_replay.unlink(missing_ok=True)
        if self.config.games and self.keeper.latest_scored < done:
            kind = "episodes" if has_answers(self.config.env) else "games"
            say(f"training is done; now evaluating: {self.config.games:,} {kind} for the final score")
            self.keeper.with_bar = self.config.progress and self._reporter.shows_progress
            self.keeper.score()
            if self.keeper.latest_scored < done:
                say("the final games were stopped, so there is no final score; resume the run to play them")
        drawn = [drawing.folder or path for drawing, path in zip(self.events, self.event_folders, strict=True)]
        say(f"done: {checkpoint}; pictures in {' and '.join(map(str, drawn))}")
        for line in known_causes(self.config.env, drawn[0]):
            say(line)

    def _one_log(self) -> float:
        """
        One log and one folder of each kind of events for all parts of a run.

        :return: seconds of training up to the checkpoint from which the run goes on
        """
        path, env_steps = self.folder.path, self.model.num_timesteps
        try:
            apart = [kept for events in self.event_folders if (kept := keep_one_folder(events, env_steps)) is not None]
            self.checkpoints.forget_scores_after(env_steps)
            seconds = continued(self.folder.progress, self.folder.progress_files()[1:], env_steps)
            forget_after(self.folder.scores, env_steps)
        except OSError as error:
            raise RunFolderError(f"{path} cannot be written: {first_line(error)}") from error
        for kept in apart:
            self._reporter.say(f"the events after {env_steps:,} env steps lie in {kept} now; the run makes them again")
        return seconds

    def _wandb_run(self) -> WandbRun | None:
        config, record = self.config, self.record
        started = WandbRun.start(
            self.folder.path,
            config.wandb,
            record.content(),
            Labels.of(config, record.wandb_group, record.began_with),
            record.wandb_id,
            config.wandb_project,
            self._reporter,
        )
        if started is not None:
            self._at_end.callback(started.finish)
        return started

    def _logged_to(self, wandb_run: WandbRun | None) -> None:
        """Numbers go into progress.csv and to W&B, pictures to their folders and to W&B."""
        writers: list[KVWriter] = [ProgressCsv(self.folder.progress, self._reporter)]
        logger = Logger(str(self.folder.path), writers if wandb_run is None else [*writers, wandb_run])
        self._at_end.callback(logger.close)
        self.model.set_logger(logger)
        self.events = event_callbacks(self.config, self.folder.path)
        for drawing in self.events:
            drawing.wandb_run = False if wandb_run is None else wandb_run.run  # never the user's own active run
            self._at_end.callback(drawing.close)

    def _warn(self) -> None:
        hyperparameters = self.record.hyperparameters
        for warning in (too_short(hyperparameters), known_digits(hyperparameters.get("env_kwargs", {})), flattened(self.model)):
            if warning:
                self._reporter.say(f"warning: {warning}")
        if hasattr(self.model, "_acceleration"):
            self.model._acceleration.say = self._reporter.say

    def _score_keeper(self, eval_env: VecEnv, going_on: Continued | None) -> ScoreKeeper:
        config, hyperparameters = self.config, self.record.hyperparameters
        seed = config.seed + EVALUATION_SEED
        gaze = name_in_scores(hyperparameters["gaze_kwargs"].get("forced")) if config.spec.looks else None

        def scored(env_steps: int, mean: float) -> None:
            self.writer.wanted = self.checkpoints.score(env_steps, mean)

        keeper = ScoreKeeper(
            eval_env,
            config.games,
            config.eval_every,
            self.stopping.is_stopped,
            self._reporter,
            seed=seed,
            on_score=scored,
            answers=has_answers(config.env),
            kind=kind_of(sticky_in_training(config.env, hyperparameters)),
            asks=memory_task(config.env) is not None,
            keep=games_kept(self.folder.scores, seed, gaze),
        )
        if going_on is not None:
            keeper.latest = going_on.positions.get("scored")
        return keeper
