"""Training as a function: from a configuration to a run folder, and on from a run folder."""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.callbacks import BaseCallback, ProgressBarCallback
from stable_baselines3.common.logger import CSVOutputFormat, KVWriter, Logger
from stable_baselines3.common.vec_env import VecEnv

from ..agents import DoubleDQN, NonFiniteLossError, PrioritizedFrameReplayBuffer
from ..saliency import GazeCallback, SaliencyCallback
from .errors import DivergedError, RunFolderError
from .process_state import unchanged_process
from .reporting import SILENT, Reporter
from .run_config import RunConfig, WandbMode
from .run_folder import RunFolder, RunRecord
from .scoring.games import EPISODES_AT_ONCE
from .scoring.known_causes import known_causes
from .setup.device_and_seed import LARGEST_SEED, check_device
from .setup.env_names import gaze_task
from .setup.gaze_envs import SEEDS_APART
from .setup.hyperparameters import extended, too_short
from .setup.models import build_model
from .setup.run_envs import run_env
from .stopping import StopAtSignal
from .training_callbacks import CheckpointWriter, LogWriter, ScoreKeeper
from .weights_and_biases import WandbRun
from .weights_and_biases.labels import Labels

EVALUATION_SEED = 10_000  # above the seed of training
GAMES_AT_ONCE = 4  # in evaluation


@dataclass(frozen=True)
class Result:
    """
    :param run: the run folder
    :param checkpoint: the last one written
    :param env_steps: of training, those of earlier parts included
    :param scores: (games,) of the latest evaluation in this part; None if there was none
    :param stopped: whether the training was stopped before its end; :func:`resume` goes on with it
    :param pictures: folder of the saliency maps, or of the gazes
    """

    run: Path
    checkpoint: Path
    env_steps: int
    scores: np.ndarray | None
    stopped: bool
    pictures: Path


def train(
    config: RunConfig,
    *,
    callbacks: Sequence[BaseCallback] = (),
    stop: Callable[[], bool] | None = None,
    reporter: Reporter = SILENT,
) -> Result:
    """
    Train an agent; everything it leaves behind is in one run folder.

    Works in any thread and any number of times. In the main thread Ctrl-C and SIGTERM stop it in an orderly way. What an extra
    callback raises, such as ``optuna.TrialPruned``, comes out after everything is closed.

    :param config: what to train
    :param callbacks: more callbacks of SB3's
    :param stop: asked after every env step whether to stop
    :param reporter: gets what a command line prints
    :raises ConfigError: if env or agent cannot be made; nothing is written then
    :raises RunFolderError: if the run folder exists already or cannot be written
    :raises DivergedError: if the loss becomes infinite or not a number
    """
    folder = RunFolder.check_new(_folder(config))
    record = RunRecord.new(config)
    with unchanged_process(), ExitStack() as at_end:
        env, eval_env = _envs(record, at_end)
        seed = config.seed * SEEDS_APART % 2**31 if config.spec.looks else config.seed
        model = build_model(config.spec, record.hyperparameters, env, seed, config.device, config.eager)
        folder = _made(folder, record)
        at_end.enter_context(folder.occupied())
        return _learn(model, folder, record, eval_env, callbacks, stop, reporter, at_end)


def resume(
    run: Path | str,
    *,
    total_timesteps: int | None = None,
    device: str | None = None,
    wandb: WandbMode | None = None,
    progress: bool = True,
    callbacks: Sequence[BaseCallback] = (),
    stop: Callable[[], bool] | None = None,
    reporter: Reporter = SILENT,
) -> Result:
    """
    Go on with a run. It keeps its own options; those that are given here replace them.

    :param run: run folder of :func:`train`
    :param total_timesteps: env steps of the whole run, those done included
    :param device: of torch
    :param wandb: mode of Weights & Biases
    :param progress: whether to show a progress bar
    :param callbacks: as for :func:`train`, like the rest
    :raises RunFolderError: if the folder is damaged or in use, or the run has done its env steps already
    """
    folder = RunFolder.check_existing(Path(run))
    given: dict[str, Any] = {"total_timesteps": total_timesteps, "device": device, "wandb": wandb, "progress": progress}
    changes = {name: value for name, value in given.items() if value is not None}
    if device is not None:
        check_device(device)
    with unchanged_process(), ExitStack() as at_end:
        at_end.enter_context(folder.occupied())  # before the record is read, which another process may be writing
        record = folder.read({} if device is None else {"device": device})
        record = replace(record, config=replace(record.config, **changes))
        if total_timesteps is not None:
            record = replace(record, hyperparameters=extended(record.hyperparameters, total_timesteps))
        folder.latest_checkpoint()
        env, eval_env = _envs(record, at_end)
        model = _continued(folder, record, env, reporter)
        if model.num_timesteps >= record.hyperparameters["n_timesteps"]:
            raise RunFolderError(
                f"{folder.path} has done {model.num_timesteps:,} env steps; give a larger total_timesteps to go on"
            )
        folder.write(record)  # with the new total
        return _learn(model, folder, record, eval_env, callbacks, stop, reporter, at_end)


def _folder(config: RunConfig) -> Path:
    """The folder that the user has chosen, or a new one in runs/."""
    if config.output is not None:
        return Path(config.output)
    short_name = config.env.split("/")[-1].split(":")[-1]
    name, number = f"{short_name}-{config.spec.name}-{config.seed}-{time.strftime('%Y%m%d-%H%M%S')}", 2
    path = Path("runs", name)
    while path.exists():  # several runs may begin in one second
        path, number = Path("runs", f"{name}-{number}"), number + 1
    return path


def _made(folder: RunFolder, record: RunRecord) -> RunFolder:
    """The folder of a run, made. If another run has taken the default name meanwhile, this one gets the next."""
    while True:
        try:
            folder.make(record)
            return folder
        except RunFolderError as error:
            if record.config.output is not None or not isinstance(error.__cause__, FileExistsError):
                raise
            folder = RunFolder.check_new(_folder(record.config))


def _envs(record: RunRecord, at_end: ExitStack) -> tuple[VecEnv, VecEnv]:
    """The envs to train on and to evaluate in."""
    config, hyperparameters = record.config, record.hyperparameters
    env = run_env(config.env, config.spec, hyperparameters, hyperparameters["n_envs"], config.seed)
    at_end.callback(env.close)
    players = min(max(config.games, 1), EPISODES_AT_ONCE if gaze_task(config.env) is not None else GAMES_AT_ONCE)
    seed = config.seed + EVALUATION_SEED
    eval_env = run_env(config.env, config.spec, hyperparameters, players, seed, evaluation=True)
    at_end.callback(eval_env.close)
    return env, eval_env


def _continued(folder: RunFolder, record: RunRecord, env: VecEnv, reporter: Reporter) -> BaseAlgorithm:
    """The newest checkpoint's model, with the replay buffer if it has one and the run was stopped in an orderly way."""
    config, hyperparameters = record.config, record.hyperparameters
    model = folder.load(config.spec, folder.latest_checkpoint(), env, device=config.device)
    # Loading seeds everything as at the start. What comes next must be neither what came then nor what another seed's run sees.
    drawn = np.random.SeedSequence([config.seed, model.num_timesteps]).generate_state(1)[0]
    model.set_random_seed(int(drawn) % LARGEST_SEED)
    if not isinstance(model, DoubleDQN):
        return model
    if folder.replay.exists():
        try:
            with folder.replay.open("rb") as file:
                model.load_replay_buffer(file)
        except Exception as error:  # unpickling damaged bytes may call anything and raise anything
            raise RunFolderError(
                f"{folder.replay} is damaged ({type(error).__name__}); delete it to go on with an empty buffer"
            ) from error
    else:
        # There is nothing to learn from yet: act at random until the buffer holds as much as at a fresh start.
        model.learning_starts = int(hyperparameters["learning_starts"]) + model.num_timesteps
        reporter.say(f"no replay buffer was saved with {folder.path}; learning goes on after {model.learning_starts:,} env steps")
    if isinstance(model.replay_buffer, PrioritizedFrameReplayBuffer):
        model.replay_buffer.samples = model._n_updates
        model.replay_buffer.beta_updates = hyperparameters["replay_buffer_kwargs"]["beta_updates"]
    reporter.say(f"the replay buffer holds {model.buffer_size:,} transitions, as when the run began")
    return model


def _learn(
    model: Any,
    folder: RunFolder,
    record: RunRecord,
    eval_env: VecEnv,
    callbacks: Sequence[BaseCallback],
    stop: Callable[[], bool] | None,
    reporter: Reporter,
    at_end: ExitStack,
) -> Result:
    """Learn until the end or until the training is stopped; either way the run can be evaluated and resumed."""
    config, total = record.config, record.hyperparameters["n_timesteps"]
    labels = Labels.of(config)
    wandb_run = WandbRun.start(folder.path, config.wandb, record.content(), labels, record.wandb_id, config.wandb_project, reporter)
    writers: list[KVWriter] = [CSVOutputFormat(str(folder.next_progress_file()))]
    if wandb_run is not None:
        at_end.callback(wandb_run.finish)
        writers.append(wandb_run)
    logger = Logger(str(folder.path), writers)
    at_end.callback(logger.close)
    model.set_logger(logger)
    left = f"{total - model.num_timesteps:,} env steps" + (f" of {total:,}" if model.num_timesteps else "")
    reporter.say(f"{config.env}: {left} on {model.device}; run folder {folder.path}")

    warning = too_short(record.hyperparameters)
    if warning is not None:
        reporter.say(f"warning: {warning}")
    if hasattr(model, "_acceleration"):
        model._acceleration.say = reporter.say

    kind, kept_in = (GazeCallback, "gaze") if config.spec.looks else (SaliencyCallback, "saliency")
    pictures = kind(folder=folder.path / kept_in, budget=config.saliency_budget, every=config.saliency_every)
    pictures.wandb_run = False if wandb_run is None else wandb_run.run  # never the user's own active run
    at_end.callback(pictures.close)
    stopping = at_end.enter_context(StopAtSignal(reporter, stop))
    answers = gaze_task(config.env) is not None
    keeper = ScoreKeeper(eval_env, config.games, config.eval_every, stopping.is_stopped, reporter, answers)
    ours: list[BaseCallback] = [
        stopping,
        LogWriter(every=min(max(total // 100, 500), 10_000)),
        CheckpointWriter(folder, config.checkpoint_every, reporter),
        pictures,
        *([keeper] if config.games else []),
    ]
    if config.progress and reporter.shows_progress:
        bar = ProgressBarCallback()
        at_end.callback(lambda: bar.pbar.close() if hasattr(bar, "pbar") else None)  # also when an exception ends `learn`
        ours.append(bar)
    try:
        model.learn(
            total - model.num_timesteps,
            [*ours, *callbacks],
            log_interval=None,  # LogWriter does it
            reset_num_timesteps=False,
        )
        checkpoint = folder.save_checkpoint(model)
    except NonFiniteLossError as error:
        kept = folder.kept_checkpoints()
        raise DivergedError(str(error), kept[-1] if kept else None) from error
    stopped = stopping.stopped and model.num_timesteps < total  # what is asked for later comes too late
    model.dump_logs()
    if stopped:
        if isinstance(model, DoubleDQN):
            folder.save_replay_buffer(model)
        reporter.say(f"stopped at {model.num_timesteps:,} env steps")
    else:
        folder.replay.unlink(missing_ok=True)  # of an earlier stop
        if config.games and keeper.latest < model.num_timesteps:
            reporter.say(f"training is done; now evaluating: {config.games:,} games for the final score")
            keeper.with_bar = config.progress and reporter.shows_progress
            keeper.score()
            if keeper.latest_scored < model.num_timesteps:
                reporter.say("the final games were stopped, so there is no final score; saccade evaluate plays games for one")
        reporter.say(f"done: {checkpoint}; pictures in {pictures.folder}")
        for line in known_causes(config.env, folder.path / kept_in):
            reporter.say(line)
    return Result(folder.path, checkpoint, model.num_timesteps, keeper.scores, stopped, folder.path / kept_in)
