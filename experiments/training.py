"""Training as a function: from a configuration to a run folder, and on from a run folder."""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.vec_env import VecEnv

from .curves.curve import read_scores
from .endings.run_note import noted
from .errors import RunFolderError
from .learning.learning import EVALUATION_SEED, Learning, Result
from .own_output import free_path
from .process_state import unchanged_process
from .reporting import SILENT, Reporter
from .resuming.checkpoints import Checkpoints
from .resuming.continuing import Continued, check_same_returns, continue_from
from .run_config import RunConfig, WandbMode
from .run_folder import RunFolder
from .run_record import RunRecord
from .scoring.games import EPISODES_AT_ONCE
from .setup.arguments import to_path
from .setup.device_and_seed import SEEDS_APART, check_device
from .setup.env_names import has_answers
from .setup.hyperparameters import extended, small_replay
from .setup.initial_weights import begin_with
from .setup.models import build_model
from .setup.run_envs import run_env

GAMES_AT_ONCE = 4  # in evaluation


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
        taken = None if config.weights_from is None else begin_with(model, Path(config.weights_from))
        folder = _made(folder, record)
        at_end.enter_context(folder.occupied())
        if taken is not None:
            reporter.say(taken)
        checkpoints = Checkpoints(folder.checkpoints, config.keep_checkpoints, reporter)
        with noted(folder.path):
            return Learning(model, folder, record, eval_env, checkpoints, None, stop, reporter, at_end).run(callbacks)


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
    :param callbacks: as for :func:`train`
    :param stop: as for :func:`train`
    :param reporter: gets what a command line prints
    :raises ConfigError: if an option cannot be
    :raises RunFolderError: if the folder is damaged or in use, the run has done its env steps already, or the new total is not more
        than it has done
    :raises DivergedError: if the loss becomes infinite or not a number
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
        planned = record.hyperparameters["n_timesteps"]
        record = replace(record, config=replace(record.config, **changes))
        if total_timesteps is not None:
            if (said := small_replay(record.hyperparameters, total_timesteps)) is not None:
                reporter.say(said)
            record = replace(record, hyperparameters=extended(record.hyperparameters, total_timesteps))
        checkpoint = folder.latest_checkpoint(reporter)
        env, eval_env = _envs(record, at_end)
        model: Any = folder.load(record.config.spec, checkpoint, env, reporter, device=record.config.device)
        check_same_returns(model, record.hyperparameters, folder.path / "config.yml")
        total = record.hyperparameters["n_timesteps"]
        if total <= model.num_timesteps and total < planned:  # its replay would be dropped, and the run could not go on
            raise RunFolderError(
                f"{folder.path} has done {model.num_timesteps:,} of {planned:,} env steps, so total_timesteps cannot be {total:,}; "
                "give a larger one, or leave it out",
                option="total_timesteps",
            )
        is_complete = model.num_timesteps >= total
        try:
            scores = read_scores(folder)
        except RunFolderError as error:  # the run would write a new log in its place
            raise RunFolderError(f"{error}; mend it, or move it away, and the run goes on with a new one") from error
        scored = not record.config.games or any(score.env_steps >= model.num_timesteps for score in scores)
        if is_complete and scored:
            raise RunFolderError(
                f"{folder.path} has done {model.num_timesteps:,} env steps; give a larger total_timesteps to go on",
                option="total_timesteps",
            )
        checkpoints = Checkpoints(folder.checkpoints, record.config.keep_checkpoints, reporter)
        if is_complete:
            reporter.say(f"{folder.path} has done its env steps, but it has no final score")
            going_on = Continued()
        else:
            going_on = continue_from(
                checkpoint, model, record.config, record.hyperparameters, checkpoints.replay, folder.older_replay, reporter
            )
        checkpoints.set_aside_after(checkpoint)
        folder.write(record)  # with the new total
        with noted(folder.path):
            return Learning(model, folder, record, eval_env, checkpoints, going_on, stop, reporter, at_end).run(callbacks)


def _folder(config: RunConfig) -> Path:
    """The folder that the user has chosen, or a new one in runs/."""
    if config.output is not None:
        return Path(config.output)
    short_name = config.env.split("/")[-1].split(":")[-1]
    name = f"{short_name}-{config.spec.name}-{config.seed}-{time.strftime('%Y%m%d-%H%M%S')}"
    return free_path(Path("runs", name))  # several runs may begin in one second


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
