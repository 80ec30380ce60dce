"""Bringing a loaded model to where its training was."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ...agents import DoubleDQN, FrameReplayBuffer, PrioritizedFrameReplayBuffer
from ...agents.updates.slow_block import said_if_slow
from ...envs.saved_states import StateError
from ...saliency.whole_file import NpzError
from ..errors import RunFolderError
from ..reporting import Reporter
from ..run_config import RunConfig
from ..setup.device_and_seed import LARGEST_SEED
from .replay_files import ReplayFiles
from .run_state import RunState
from .state_files import read_state

SILENCE = 3.0  # seconds before it is said what takes so long
PLAYED_AGAIN = "bringing the games back to where they were; Atari games are played again up to there, which may take minutes"


@dataclass(frozen=True)
class Continued:
    """
    How a run goes on.

    :param state: whose random numbers are to be put back; None if the run goes on with new ones
    :param positions: what else was kept with the state
    """

    state: RunState | None = None
    positions: Mapping[str, Any] = field(default_factory=dict)


OF_RETURNS = ("gamma", "q_lambda", "gae_lambda")  # a checkpoint has them, too


def check_same_returns(model: Any, hyperparameters: Mapping[str, Any], file: Path) -> None:
    """
    Check that config.yml and the checkpoint say the same of returns. An edit of config.yml would have no effect, unsaid.

    :param model: as it was loaded
    :param hyperparameters: of config.yml
    :param file: config.yml, for the message
    :raises RunFolderError: if they differ
    """
    for name in OF_RETURNS:
        trained = getattr(model, name, None)
        if name in hyperparameters and isinstance(trained, int | float) and trained != hyperparameters[name]:
            raise RunFolderError(
                f"{file} has {name} {hyperparameters[name]}, but the checkpoint was trained with {trained}; "
                "put that back, or start a new run"
            )


def continue_from(
    checkpoint: Path,
    model: Any,
    config: RunConfig,
    hyperparameters: Mapping[str, Any],
    replay: ReplayFiles,
    older_replay: Path,
    reporter: Reporter,
) -> Continued:
    """
    Give a model what its checkpoint's state has: counters, envs, and the replay buffer.

    :param checkpoint: of the model
    :param model: as it was loaded, with an env that has not been reset
    :param config: of the run
    :param hyperparameters: of the run
    :param replay: the run's files
    :param older_replay: the replay buffer as versions before this one pickled it
    :param reporter: is told whether the run goes on exactly, and if bringing the games back takes its time
    :raises RunFolderError: if the replay buffer is damaged
    """
    state: RunState | None = None
    positions: dict[str, Any] = {}
    found = read_state(checkpoint)
    if found is not None:
        state, positions = found
    why = "its state was not saved with its checkpoint" if state is None else None
    if state is not None:
        try:
            with said_if_slow(SILENCE, partial(reporter.say, PLAYED_AGAIN)):
                state.restore(model)
            if not state.has_env:
                why = f"the state of {config.env} cannot be saved"
        except StateError as error:
            why = str(error)
    if why is not None:  # new games
        model._last_obs, state = None, None
        # Loading seeds everything as at the start. What comes next must be neither what came then nor what another run sees.
        drawn = np.random.SeedSequence([config.seed, model.num_timesteps]).generate_state(1)[0]
        model.set_random_seed(int(drawn) % LARGEST_SEED)
    if isinstance(model, DoubleDQN):
        has_buffer = _fill(model, positions, replay, older_replay, checkpoint, hyperparameters, reporter)
        why = why or (None if has_buffer else "it has lost its replay buffer")
    if why is not None:
        reporter.say(f"the run goes on with new games from its seed, because {why}: reproducible, but not as if it had not stopped")
    elif not config.eager:
        reporter.say("the run goes on where it was; only with --eager it is bit for bit the run that never stopped")
    else:
        reporter.say("the run goes on exactly as if it had not stopped")
    return Continued(state, positions)


def _fill(
    model: DoubleDQN,
    positions: Mapping[str, Any],
    replay: ReplayFiles,
    older_replay: Path,
    checkpoint: Path,
    hyperparameters: Mapping[str, Any],
    reporter: Reporter,
) -> bool:
    """Fill the replay buffer; False if there is nothing to fill it from."""
    buffer: Any = model.replay_buffer
    index = positions.get("replay")
    filled = False
    if index is not None and isinstance(buffer, FrameReplayBuffer) and replay.folder.is_dir():
        try:
            replay.read(buffer, index)
        except (NpzError, ValueError, KeyError) as error:
            raise RunFolderError(f"{replay.folder} is damaged ({error}); delete it to go on with an empty buffer") from error
        filled = True
    elif older_replay.exists():
        filled = _fill_from_pickle(model, older_replay, checkpoint, reporter)
    buffer = model.replay_buffer
    if not filled:
        # There is nothing to learn from yet: act at random until the buffer holds as much as at a fresh start.
        model.learning_starts = int(hyperparameters["learning_starts"]) + model.num_timesteps
        reporter.say(f"no replay buffer was saved with {checkpoint}; learning goes on after {model.learning_starts:,} env steps")
    if isinstance(buffer, PrioritizedFrameReplayBuffer):
        if index is None or not filled:  # nothing else says how far the weights of its samples have come
            buffer.samples = model._n_updates
        buffer.beta_updates = hyperparameters["replay_buffer_kwargs"]["beta_updates"]
    held, room = buffer.size() * buffer.n_envs, buffer.buffer_size * buffer.n_envs
    reporter.say(f"the replay buffer holds {held:,} of at most {room:,} transitions")
    return filled


def _fill_from_pickle(model: DoubleDQN, file: Path, checkpoint: Path, reporter: Reporter) -> bool:
    """What saccade 0.1 wrote when a run was stopped, right after the checkpoint of that step."""
    if file.stat().st_mtime < checkpoint.stat().st_mtime:
        reporter.say(f"{file} is older than {checkpoint.name}, so it is not of this step and is not used")
        return False
    try:
        with file.open("rb") as opened:
            model.load_replay_buffer(opened)
    except Exception as error:  # unpickling damaged bytes may call anything and raise anything
        raise RunFolderError(f"{file} is damaged ({type(error).__name__}); delete it to go on with an empty buffer") from error
    return True
