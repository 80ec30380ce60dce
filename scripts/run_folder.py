"""The folder of a run: config.yml, checkpoints/, saliency/, wandb/."""

import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from filelock import FileLock, Timeout
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.off_policy_algorithm import OffPolicyAlgorithm

from plain_errors import UserError
from saccade.agents import NonFiniteLossError
from saccade.saliency.errors import first_line

CONFIG_ENTRIES = ("options.env", "options.agent", "hyperparameters.n_timesteps", "hyperparameters.n_envs", "wandb_id")


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

        :raises UserError: if it exists or cannot be written
        """
        if path.exists():
            raise UserError(f"{path} exists already and is not overwritten; choose another --output, or --resume {path}")
        parent = path.absolute().parent
        while not parent.exists():
            parent = parent.parent
        if not parent.is_dir() or not os.access(parent, os.W_OK | os.X_OK):
            raise UserError(f"{path} cannot be made, since {parent} is not a folder one may write to; choose another --output")
        return cls(path)

    @classmethod
    def check_existing(cls, path: Path) -> "RunFolder":
        """
        A folder that a run has made.

        :raises UserError: if it is none
        """
        if not (path / "config.yml").is_file():
            raise UserError(f"{path} is no run folder (it has no config.yml); give the folder that train.py printed at its start")
        return cls(path)

    @contextmanager
    def occupied(self) -> Iterator[None]:
        """
        Nobody else trains in the folder meanwhile.

        :raises UserError: if somebody does
        """
        lock = FileLock(self.path / ".lock", blocking=False)
        try:
            lock.acquire()
        except Timeout as error:
            raise UserError(f"{self.path} is being trained by another process; stop that one first, or start a new run") from error
        except OSError as error:
            raise UserError(f"{self.path} cannot be locked, so that nobody else trains in it: {error}") from error
        try:
            yield
        finally:
            lock.release()

    def write_config(self, config: dict[str, Any]) -> None:
        """Everything needed to start the run again."""
        part = self.path / ".part-config.yml"
        part.write_text(yaml.safe_dump(config, sort_keys=False))
        part.replace(self.path / "config.yml")

    def make(self, config: dict[str, Any]) -> None:
        """
        Makes the folder, with its configuration.

        :raises UserError: if it exists by now, or cannot be made
        """
        try:
            self.path.mkdir(parents=True)
            self.checkpoints.mkdir()
            self.write_config(config)
        except OSError as error:
            raise UserError(f"{self.path} cannot be made: {error}") from error

    def read_config(self) -> dict[str, Any]:
        """
        What :meth:`write_config` wrote.

        :raises UserError: if it is damaged
        """
        try:
            config = yaml.safe_load((self.path / "config.yml").read_text())
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise UserError(f"{self.path / 'config.yml'} cannot be read: {error}") from error
        for entry in CONFIG_ENTRIES:
            part = config
            for key in entry.split("."):
                part = part.get(key) if isinstance(part, dict) else None
            if part is None:
                raise UserError(f"{self.path / 'config.yml'} is damaged: it has no {entry}")
        for entry in ("n_timesteps", "n_envs"):
            if not isinstance(config["hyperparameters"][entry], int):
                raise UserError(f"{self.path / 'config.yml'} is damaged: hyperparameters.{entry} is no whole number")
        return config

    @property
    def checkpoints(self) -> Path:
        return self.path / "checkpoints"

    @property
    def replay(self) -> Path:
        """The replay buffer of a run that was stopped, for the run that goes on."""
        return self.checkpoints / "replay_buffer.pkl"

    def save_checkpoint(self, model: BaseAlgorithm) -> Path:
        """
        Writes ``checkpoints/step_<env steps>.zip``; it appears under that name only when it is complete.

        :raises NonFiniteLossError: if the network is spoilt; nothing is written then
        :raises UserError: if it cannot be written; nothing half-written is left
        """
        path = self.checkpoints / f"step_{model.num_timesteps:010d}.zip"
        part = self.checkpoints / f".part-{path.name}"
        try:
            model.save(part)
            part.replace(path)
        except NonFiniteLossError:
            raise
        except (OSError, RuntimeError) as error:  # torch reports a full disk as the latter
            part.unlink(missing_ok=True)
            raise UserError(f"the checkpoint {path} cannot be written: {error}") from error
        return path

    def save_replay_buffer(self, model: OffPolicyAlgorithm) -> None:
        """Writes the replay buffer; it appears under its name only when it is complete."""
        part = self.checkpoints / f".part-{self.replay.name}"
        try:
            model.save_replay_buffer(part)
            part.replace(self.replay)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise UserError(f"the replay buffer {self.replay} cannot be written ({error}); the checkpoint is there") from error

    def latest_checkpoint(self) -> Path:
        """
        The newest checkpoint.

        :raises UserError: if there is none or it is damaged
        """
        found = sorted(self.checkpoints.glob("step_*.zip"))
        if not found:
            raise UserError(f"{self.path} has no checkpoint in {self.checkpoints}; start a new run")
        newest = found[-1]
        try:
            with zipfile.ZipFile(newest) as archive:
                damaged = archive.testzip() is not None
        except (zipfile.BadZipFile, OSError):
            damaged = True
        if damaged:
            raise UserError(
                f"{newest} is damaged; delete it to go on from "
                + (found[-2].name if len(found) > 1 else "the start with a new run")
            )
        return newest

    def load(self, algorithm: type[BaseAlgorithm], path: Path, **arguments: Any) -> BaseAlgorithm:
        """
        The model of a checkpoint.

        :param algorithm: its class
        :param path: of the checkpoint
        :param arguments: for ``algorithm.load``
        :raises UserError: if the checkpoint is damaged, or is of another policy or other spaces
        """
        try:
            return algorithm.load(path, **arguments)
        except (ValueError, KeyError, RuntimeError, AttributeError, ImportError, TypeError, AssertionError) as error:
            raise UserError(f"{path} does not fit {algorithm.__name__} on this env: {first_line(error)}") from error
