"""The folder of a run: config.yml, checkpoints/, saliency/ or gaze/, progress.csv, scores.csv, wandb/."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.vec_env import VecEnv

from ..policies import set_image_size
from ..saliency import load_policy
from ..saliency.errors import SavedPolicyError
from ..saliency.whole_file import write_text
from .errors import RunFolderError
from .own_output import check_can_be_made, locked
from .reading.checkpoint_files import checkpoint_files, newest_whole
from .reading.run_content import run_content
from .reporting import SILENT, Reporter
from .resuming.checkpoints import Checkpoints
from .resuming.leftover_parts import delete_leftover_parts
from .run_record import RunRecord
from .scoring.score_table import TABLE
from .setup.agent_spec import AgentSpec
from .setup.models import tell_of_gaze

MOST_NAMED = 5  # runs in a message


@dataclass(frozen=True)
class RunFolder:
    """
    :param path: of the run
    """

    path: Path

    @classmethod
    def check_new(cls, path: Path) -> "RunFolder":
        """
        A folder that can be made, without making it.

        :raises RunFolderError: if it exists or cannot be written
        """
        if path.exists() or path.is_symlink():  # a link to nothing, too
            instead = f", or resume {path}" if (path / "config.yml").is_file() else ""
            raise RunFolderError(f"{path} exists already and is not overwritten; choose another output{instead}")
        check_can_be_made(path, RunFolderError)
        return cls(path)

    @classmethod
    def check_existing(cls, path: Path) -> "RunFolder":
        """
        A folder that a run has made.

        :raises RunFolderError: if it is not one
        """
        if not (path / "config.yml").is_file():
            inside = runs_inside(path)
            instead = f"it holds runs; give {inside}" if inside else "give the folder that the training named at its start"
            reason = "it has no config.yml" if path.exists() else "it does not exist"
            raise RunFolderError(f"{path} is not a run folder ({reason}); {instead}")
        return cls(path)

    @contextmanager
    def occupied(self) -> Iterator[None]:
        """
        While the block runs, no other process trains in the folder.

        :raises RunFolderError: if another one does already
        """
        with locked(self.path, "is being trained by another process; stop that one first, or start a new run", RunFolderError):
            delete_leftover_parts(self.path)
            yield

    def make(self, record: RunRecord) -> None:
        """
        Make the folder, with its configuration.

        :raises ConfigError: if the configuration has a value that config.yml cannot have; nothing is made then
        :raises RunFolderError: if it exists by now (its cause is a FileExistsError then), or cannot be made
        """
        record.text()
        try:
            self.path.mkdir(parents=True)
            self.checkpoints.mkdir()
        except FileExistsError as error:
            raise RunFolderError(f"{self.path} exists already and is not overwritten; choose another output") from error
        except OSError as error:
            raise RunFolderError(f"{self.path} cannot be made: {error}") from error
        self.write(record)

    def write(self, record: RunRecord) -> None:
        """
        Write config.yml.

        :raises RunFolderError: if it cannot be written
        """
        try:
            write_text(self.path / "config.yml", record.text())
        except OSError as error:
            raise RunFolderError(f"{self.path / 'config.yml'} cannot be written: {error}") from error

    def read(self, changes: Mapping[str, Any] | None = None) -> RunRecord:
        """
        What :meth:`write` wrote, as :meth:`RunRecord.of` takes it.

        :param changes: options that take the place of those in the file
        :raises RunFolderError: if the file is damaged, or has a value that a run cannot have
        """
        return RunRecord.of(self.read_content(), self.path / "config.yml", changes)

    def read_content(self) -> dict[str, Any]:
        """
        The entries of config.yml as they are.

        :raises RunFolderError: if one is missing
        """
        return run_content(self.path / "config.yml")

    @property
    def checkpoints(self) -> Path:
        return self.path / "checkpoints"

    @property
    def older_replay(self) -> Path:
        """The replay buffer of a stopped run, as saccade 0.1 pickled it."""
        return self.checkpoints / "replay_buffer.pkl"

    def kept_checkpoints(self) -> list[Path]:
        """All checkpoints, the newest last."""
        return checkpoint_files(self.checkpoints)

    def latest_checkpoint(self, reporter: Reporter = SILENT) -> Path:
        """
        The newest checkpoint that is whole.

        :param reporter: is told if newer ones are damaged
        :raises RunFolderError: if there is none, or all are damaged
        """
        found = self.kept_checkpoints()
        if not found:
            raise RunFolderError(
                f"{self.path} has no checkpoint yet; if it is training, wait for the first one, else start a new run"
            )
        return newest_whole(found, reporter)

    def best_checkpoint(self) -> Path:
        """
        The checkpoint with the best mean score of the evaluations during training (for the suite's tasks: on the validation split).

        :raises RunFolderError: if none of those that are kept has a score
        """
        scores = Checkpoints(self.checkpoints, 0, SILENT).scores()
        scored = [path for path in self.kept_checkpoints() if path.stem in scores]
        if not scored:
            raise RunFolderError(f"{self.path} has no checkpoint with a score; train with --eval-every, or take the newest one")
        return max(scored, key=lambda path: scores[path.stem])

    def load(self, spec: AgentSpec, path: Path, env: VecEnv, reporter: Reporter = SILENT, **arguments: Any) -> BaseAlgorithm:
        """
        The model of a checkpoint, to train on. This unpickles what SB3 needs, so it may run code that is in the file.

        :param spec: its agent
        :param path: of the checkpoint
        :param env: to go on in
        :param reporter: is told if the agent's gaze was forced and is free now
        :param arguments: for ``load`` of the agent's algorithm
        :raises RunFolderError: if the checkpoint is damaged, or is of another env
        """
        self.load_policy(path, env, "cpu", trust=True)
        model = spec.algorithm.load(path, env=env, **arguments)
        change = tell_of_gaze(model, env)
        if change is not None:
            reporter.say(change)
        return model

    def load_policy(self, path: Path, env: VecEnv, device: str, trust: bool, any_size: bool = False) -> BasePolicy:
        """
        The policy of a checkpoint.

        :param path: of the checkpoint
        :param env: to play in
        :param device: of torch
        :param trust: as for :func:`saccade.saliency.load_policy`
        :param any_size: whether the env's images may have another size, where the policy fits them
        :raises RunFolderError: if the checkpoint is damaged, or is of another env
        """
        try:
            policy = load_policy(path, device, trust)
        except SavedPolicyError as error:
            raise RunFolderError(str(error)) from error
        if any_size and policy.action_space == env.action_space:
            try:
                set_image_size(policy, env.observation_space)
            except ValueError as error:
                raise RunFolderError(f"{path} does not fit this env: {error}") from error
        for kept, there in (
            (policy.observation_space, env.observation_space),
            (policy.action_space, env.action_space),
        ):
            if kept != there:
                raise RunFolderError(f"{path} does not fit this env: it was trained with {kept}, but the env has {there}")
        return policy

    @property
    def scores(self) -> Path:
        """A row for each game in which the run was ever evaluated."""
        return self.path / TABLE

    @property
    def progress(self) -> Path:
        """What SB3 logs."""
        return self.path / "progress.csv"

    def progress_files(self) -> list[Path]:
        """progress.csv, and the logs of later parts as versions before this one wrote them; in order."""
        later = [path for path in self.path.glob("progress-*.csv") if re.fullmatch(r"progress-[0-9]+\.csv", path.name)]
        in_order = sorted(later, key=lambda path: int(path.stem.split("-")[1]))
        return [path for path in (self.progress, *in_order) if path.exists()]


def runs_inside(folder: Path) -> str:
    """
    The run folders that lie directly in a folder, in words.

    :param folder: that may hold several runs, such as runs/ or the folder of a sweep
    :return: empty if there are none
    """
    found = sorted(str(file.parent) for file in folder.glob("*/config.yml"))
    named, more = found[:MOST_NAMED], len(found) - MOST_NAMED
    if more > 0:
        return f"{', '.join(named)} or one of {more:,} more"
    return " or ".join(filter(None, [", ".join(named[:-1]), *named[-1:]]))
