"""What a run's config.yml says: what the user chose, and all that is needed to start the run again."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, fields
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml

from ..saliency.errors import first_line
from .errors import ConfigError, RunFolderError
from .resuming.trained_split import with_trained_split
from .run_config import RunConfig
from .setup.agent_spec import AGENTS
from .setup.hyperparameters import Recorded
from .setup.other_agents import name_of_start
from .setup.values.key_values import read_key_values
from .weights_and_biases.labels import group_of

PACKAGES = ("saccade-rl", "stable-baselines3", "torch", "ale-py", "gymnasium")


@dataclass(frozen=True)
class RunRecord:
    """
    What config.yml says: everything needed to start the run again.

    :param config: what the user chose
    :param hyperparameters: of the agent, fitted to the run
    :param versions: of the packages that began the run
    :param wandb_id: of the run at Weights & Biases
    :param hyperparameters_file: that the user gave instead of the agent's own
    :param wandb_group: of the run and its seeds at Weights & Biases; None for a run from before config.yml had it
    :param began_with: the training whose weights it began with, as :func:`.name_of_start` calls it; None for random weights
    """

    config: RunConfig
    hyperparameters: dict[str, Any]
    versions: dict[str, str]
    wandb_id: str
    hyperparameters_file: str | None = None
    wandb_group: str | None = None
    began_with: str | None = None

    @classmethod
    def new(cls, config: RunConfig) -> "RunRecord":
        """The record of a run that begins now."""
        file = str(config.hyperparameters) if isinstance(config.hyperparameters, Path) else None
        versions = {name: version(name) for name in PACKAGES}
        begun = name_of_start(config.weights_from)
        return cls(config, config.fitted, versions, secrets.token_hex(4), file, group_of(config), begun)

    @classmethod
    def of(cls, content: Mapping[str, Any], file: Path, changes: Mapping[str, Any] | None = None) -> "RunRecord":
        """
        The record of a run that has begun. Names of hyperparameters are not checked: versions before this one took others too. A
        run that began before there was a validation split has the split that it was trained with
        (:func:`~saccade.experiments.resuming.trained_split.with_trained_split`).

        :param content: of config.yml
        :param file: config.yml, for messages
        :param changes: options that take the place of those in the file
        :raises RunFolderError: if it has a value that a run cannot have
        """
        content = with_trained_split(content)
        # A run from before there was this option keeps all checkpoints, as it did then.
        options = {"keep_checkpoints": 0, **content["options"], **(changes or {})}
        if not isinstance(options["agent"], str) or options["agent"] not in AGENTS:
            raise RunFolderError(f"{file}: unknown agent {options['agent']!r}; this version has: {', '.join(AGENTS)}")
        known = {field.name for field in fields(RunConfig)}
        for name in options:
            if name not in known:
                raise RunFolderError(f"{file} has an option that is unknown here: {name}")
        file_given, options["hyperparameters"] = options.get("hyperparameters"), Recorded(content["hyperparameters"])
        if not isinstance(file_given, str | None):
            raise RunFolderError(f"{file}: options.hyperparameters is {file_given!r}; it must be the name of a file")
        try:
            if isinstance(options.get("env_kwargs"), list):  # words, as saccade 0.1.0 wrote them
                options["env_kwargs"] = read_key_values(options["env_kwargs"])
            config = RunConfig(**options)
        except ConfigError as error:
            raise RunFolderError(f"{file}: {error}") from error
        versions, group = content.get("versions") or {}, content.get("wandb_group")
        begun = content.get("began_with")
        return cls(config, content["hyperparameters"], versions, str(content["wandb_id"]), file_given, group, begun)

    def content(self) -> dict[str, Any]:
        """As config.yml has it."""
        return {
            "options": {**self.config.recorded(), "hyperparameters": self.hyperparameters_file},
            "hyperparameters": self.hyperparameters,
            "versions": self.versions,
            "wandb_id": self.wandb_id,
            **({} if self.wandb_group is None else {"wandb_group": self.wandb_group}),
            **({} if self.began_with is None else {"began_with": self.began_with}),
        }

    def text(self) -> str:
        """
        The text of config.yml.

        :raises ConfigError: if a value is not a plain one
        """
        try:
            return yaml.safe_dump(self.content(), sort_keys=False)
        except yaml.representer.RepresenterError as error:
            raise ConfigError(f"config.yml takes numbers, texts, lists and dicts only: {first_line(error)}") from error
