"""Training as a function: from a configuration to a run folder, and on from a run folder."""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from stable_baselines3.common.callbacks import BaseCallback, CallbackList
from stable_baselines3.common.logger import KVWriter, Logger
from stable_baselines3.common.vec_env import VecEnv

from ..agents import NonFiniteLossError
from ..saliency.errors import first_line
from .curves.curve import read_scores
from .errors import DivergedError, RunFolderError
from .process_state import unchanged_process
from .reporting import SILENT, Reporter
from .resuming.checkpoint_writer import CheckpointWriter, TrainingStopped
from .resuming.checkpoints import Checkpoints
from .resuming.continuing import Continued, check_same_returns, continue_from
from .resuming.events_kept import keep_one_folder
from .resuming.progress_csv import ProgressCsv, continued
from .run_config import RunConfig, WandbMode
from .run_folder import RunFolder, RunRecord
from .scoring.games import EPISODES_AT_ONCE
from .scoring.known_causes import known_causes
from .scoring.played_games import kind_of
from .scoring.score_keeper import ScoreKeeper, games_kept
from .scoring.score_table import forget_after
from .setup.arguments import to_path
from .setup.device_and_seed import check_device
from .setup.env_names import has_answers, memory_task
from .setup.gaze_envs import SEEDS_APART, known_digits
from .setup.gazes.gaze_names import name_in_scores
from .setup.hyperparameters import extended, too_short
from .setup.models import build_model, flattened
from .setup.run_envs import run_env, sticky_in_training
from .side_by_side.threads import ThreadShare
from .stopping import StopAtSignal
from .training_callbacks import LogWriter, ProgressBar, event_callbacks
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
    :param pictures: folder of the saliency maps, or of the gazes if there are no maps
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
        seed = config.seed * SEEDS_APART % 2**31 if config.spec.takes_env_kwargs else config.seed
        model = build_model(config.spec, record.hyperparameters, env, seed, config.device, config.eager)
        folder = _made(folder, record)
        at_end.enter_context(folder.occupied())
        checkpoints = Checkpoints(folder.checkpoints, config.keep_checkpoints, reporter)
        return _learn(model, folder, record, eval_env, checkpoints, None, callbacks, stop, reporter, at_end)


def resume(
    run: Path | str,
    *,
    total_timesteps: int | None = None,
    device: str | None = None,
    wandb: WandbMode | None = None,
    progress: bool = True,
    keep_checkpoints: int | None = None,
    threads: int | None = None,
    callbacks: Sequence[BaseCallback] = (),
    stop: Callable[[], bool] | None = None,
    reporter: Reporter = SILENT,
) -> Result:
    """
    Go on with a run. It keeps its own options; those that are given here replace them.

    With ``eager`` the run goes on exactly as if it had never been stopped, if the state of its env can be saved. A complete run
    that has no final score, because its last games were stopped, plays them now.

    :param run: run folder of :func:`train`
    :param total_timesteps: env steps of the whole run, those done included
    :param device: of torch
    :param wandb: mode of Weights & Biases
    :param progress: whether to show a progress bar
    :param keep_checkpoints: how many of the newest to keep; 0 for all
    :param threads: of torch
    :param callbacks: as for :func:`train`, like the rest
    :raises RunFolderError: if the folder is damaged or in use, or the run has done its env steps already
    """
    folder = RunFolder.check_existing(to_path(run))
    given: dict[str, Any] = {"total_timesteps": total_timesteps, "device": device, "wandb": wandb, "progress": progress}
    given |= {"keep_checkpoints": keep_checkpoints, "threads": threads}
    changes = {name: value for name, value in given.items() if value is not None}
    if device is not None:
        check_device(device)
    with unchanged_process(), ExitStack() as at_end:
        at_end.enter_context(folder.occupied())  # before the record is read, which another process may be writing
        record = folder.read({} if device is None else {"device": device})
        record = replace(record, config=replace(record.config, **changes))
        if total_timesteps is not None:
            record = replace(record, hyperparameters=extended(record.hyperparameters, total_timesteps))
        checkpoint = folder.latest_checkpoint(reporter)
        env, eval_env = _envs(record, at_end)
        model: Any = folder.load(record.config.spec, checkpoint, env, reporter, device=record.config.device)
        check_same_returns(model, record.hyperparameters, folder.path / "config.yml")
        total = record.hyperparameters["n_timesteps"]
        is_complete = model.num_timesteps >= total
        scored = not record.config.games or any(score.env_steps >= model.num_timesteps for score in read_scores(folder))
        if is_complete and scored:
            raise RunFolderError(
                f"{folder.path} has done {model.num_timesteps:,} env steps; give a larger total_timesteps to go on"
            )
        checkpoints = Checkpoints(folder.checkpoints, record.config.keep_checkpoints, reporter)
        if is_complete:
            reporter.say(f"{folder.path} has done its env steps, but it has no final score")
            going_on = Continued()
        else:
            going_on = continue_from(
                checkpoint, model, record.config, record.hyperparameters, checkpoints.replay, folder.older_replay, reporter
            )
        folder.write(record)  # with the new total
        return _learn(model, folder, record, eval_env, checkpoints, going_on, callbacks, stop, reporter, at_end)


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
    env = run_env(config.env, config.spec, hyperparameters, hyperparameters["n_envs"], config.seed, device=config.device)
    at_end.callback(env.close)
    players = min(max(config.games, 1), EPISODES_AT_ONCE if has_answers(config.env) else GAMES_AT_ONCE)
    seed = config.seed + EVALUATION_SEED
    eval_env = run_env(config.env, config.spec, hyperparameters, players, seed, evaluation=True, device=config.device)
    at_end.callback(eval_env.close)
    return env, eval_env


def _learn(
    model: Any,
    folder: RunFolder,
    record: RunRecord,
    eval_env: VecEnv,
    checkpoints: Checkpoints,
    going_on: Continued | None,
    callbacks: Sequence[BaseCallback],
    stop: Callable[[], bool] | None,
    reporter: Reporter,
    at_end: ExitStack,
) -> Result:
    """Learn until the end or until the training is stopped; either way the run can be evaluated and resumed."""
    config, total = record.config, record.hyperparameters["n_timesteps"]
    kept_in = [folder.path / kind for kind in config.spec.events]
    seconds = 0.0 if going_on is None else _made_one(folder, kept_in, checkpoints, model.num_timesteps, reporter)
    labels = Labels.of(config)
    wandb_run = WandbRun.start(folder.path, config.wandb, record.content(), labels, record.wandb_id, config.wandb_project, reporter)
    writers: list[KVWriter] = [ProgressCsv(folder.progress, reporter)]
    if wandb_run is not None:
        at_end.callback(wandb_run.finish)
        writers.append(wandb_run)
    logger = Logger(str(folder.path), writers)
    at_end.callback(logger.close)
    model.set_logger(logger)
    warnings = too_short(record.hyperparameters), known_digits(record.hyperparameters.get("env_kwargs", {})), flattened(model)
    for warning in filter(None, warnings):
        reporter.say(f"warning: {warning}")
    if hasattr(model, "_acceleration"):
        model._acceleration.say = reporter.say
    pictures = event_callbacks(config, folder.path)
    for drawing in pictures:
        drawing.wandb_run = False if wandb_run is None else wandb_run.run  # never the user's own active run
        at_end.callback(drawing.close)
    stopping = at_end.enter_context(StopAtSignal(reporter, stop))
    threads = at_end.enter_context(ThreadShare(config.threads, model.device.type == "cpu", reporter))
    log = LogWriter(min(max(total // 100, 500), 10_000), seconds)

    def scored(env_steps: int, mean: float) -> None:
        writer.wanted = checkpoints.score(env_steps, mean)

    answers, seed = has_answers(config.env), config.seed + EVALUATION_SEED
    gaze = name_in_scores(record.hyperparameters["gaze_kwargs"].get("forced")) if config.spec.looks else None
    keeper = ScoreKeeper(
        eval_env, config.games, config.eval_every, stopping.is_stopped, reporter,
        seed=seed, on_score=scored, answers=answers, kind=kind_of(sticky_in_training(config.env, record.hyperparameters)),
        asks=memory_task(config.env) is not None, keep=games_kept(folder.scores, seed, gaze),
    )  # fmt: skip
    if going_on is not None:
        keeper.latest = going_on.positions.get("scored")
    writer = CheckpointWriter(
        checkpoints,
        config.checkpoint_every,
        lambda: stopping.stopped,
        lambda: {"scored": keeper.latest},
        config.eager,
        reporter,
        None if going_on is None else going_on.state,
    )
    at_end.callback(writer.close)
    ours: list[BaseCallback] = [threads, stopping, log, keeper, *pictures, writer]
    if config.progress and reporter.shows_progress:
        bar = ProgressBar()
        at_end.callback(bar.close)  # also when an exception ends `learn`
        ours.append(bar)
    checkpoint, stopped = folder.kept_checkpoints()[-1:], False
    if model.num_timesteps < total:
        left = f"{total - model.num_timesteps:,} env steps" + (f" of {total:,}" if model.num_timesteps else "")
        reporter.say(f"{config.env}: {left} on {model.device}; run folder {folder.path}")
        together = CallbackList([*ours, *callbacks])
        try:
            try:
                model.learn(total - model.num_timesteps, together, log_interval=None, reset_num_timesteps=False)  # LogWriter logs
            except TrainingStopped:
                stopped = True
            # A callback of the user's may have ended it early.
            checkpoint = [writer.save_at_end(stopped, with_replay=model.num_timesteps < total)]
        except NonFiniteLossError as error:
            kept = folder.kept_checkpoints()
            raise DivergedError(str(error), kept[-1] if kept else None) from error
        if stopped:
            for callback in (together, *together.callbacks):
                callback.num_timesteps = model.num_timesteps
            together.on_training_end()
        log.dump()
    else:
        keeper.init_callback(model)
    if stopped:
        reporter.say(f"stopped at {model.num_timesteps:,} env steps")
    else:
        if model.num_timesteps < total:
            reporter.say(f"a callback ended the training at {model.num_timesteps:,} of {total:,} env steps; resume it to go on")
        else:
            checkpoints.drop_replay()
            folder.older_replay.unlink(missing_ok=True)
        if config.games and keeper.latest_scored < model.num_timesteps:
            reporter.say(
                f"training is done; now evaluating: {config.games:,} {'episodes' if answers else 'games'} for the final score"
            )
            keeper.with_bar = config.progress and reporter.shows_progress
            keeper.score()
            if keeper.latest_scored < model.num_timesteps:
                reporter.say("the final games were stopped, so there is no final score; resume the run to play them")
        drawn = [drawing.folder or path for drawing, path in zip(pictures, kept_in, strict=True)]
        reporter.say(f"done: {checkpoint[0]}; pictures in {' and '.join(map(str, drawn))}")
        for line in known_causes(config.env, drawn[0]):
            reporter.say(line)
    return Result(folder.path, checkpoint[0], model.num_timesteps, keeper.scores, stopped, kept_in[0])


def _made_one(folder: RunFolder, pictures: list[Path], checkpoints: Checkpoints, env_steps: int, reporter: Reporter) -> float:
    """
    One log and one folder of each kind of events for all parts of a run.

    :return: seconds of training up to these env steps
    """
    try:
        apart = [kept for path in pictures if (kept := keep_one_folder(path, env_steps)) is not None]
        checkpoints.forget_scores_after(env_steps)
        seconds = continued(folder.progress, folder.progress_files()[1:], env_steps)
        forget_after(folder.scores, env_steps)
    except OSError as error:
        raise RunFolderError(f"{folder.path} cannot be written: {first_line(error)}") from error
    for path in apart:
        reporter.say(f"the events after {env_steps:,} env steps lie in {path} now; the run makes them again")
    return seconds
