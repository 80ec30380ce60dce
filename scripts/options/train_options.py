"""The options of the training door: those of RunConfig, and --resume."""

from collections.abc import Collection
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any

import tyro

from saccade.experiments import ConfigError, RunConfig
from saccade.experiments.run_folder import RunFolder
from saccade.experiments.setup.env_names import canonical_name
from saccade.experiments.setup.values.key_values import read_key_values

KEY_VALUES = ("env_kwargs", "set")  # options that are words of the form key=value
CHANGEABLE = ("total_timesteps", "device", "wandb", "keep_checkpoints", "threads", "progress")  # options of a run that goes on


@dataclass(frozen=True)
class TrainOptions(RunConfig):
    """Train an agent; everything it leaves behind is in one run folder."""

    env: str = ""
    """Atari game in any spelling, Quadrant (a first look), for a gaze ClutteredMNIST, TranslatedMNIST, DigitPair, DigitSum,
    HouseNumber or Catch, for a memory CopyRecall, PenStrokes or Reorder, or the gymnasium id of an env with images and discrete
    actions."""
    resume: Annotated[Path | None, tyro.conf.arg(metavar="RUN_DIR")] = None
    """Go on with the run in this folder. It keeps its options, except --total-timesteps, --device, --wandb,
    --keep-checkpoints, --threads and --no-progress."""

    def __post_init__(self) -> None:
        """Words are checked when all of them are read, so that a mistake becomes a plain line."""

    def config(self) -> RunConfig:
        """:raises ConfigError: if a value cannot be, or if no env is given: a whole training takes hours"""
        config = RunConfig(**{**self._values(), "env": self.env or RunConfig.env})
        if not self.env:
            raise ConfigError("must be given, such as Quadrant (a first look, a minute or two) or Enduro", option="env")
        return config

    def check_resumed(self, run: Path, named: Collection[str]) -> None:
        """
        :param run: to go on with
        :param named: options that stand on the command line
        :raises ConfigError: if an option that a run keeps was given another value
        """
        recorded = RunFolder.check_existing(run).read_content()["options"]
        words = {name: recorded.get(name, {}) for name in KEY_VALUES}
        recorded |= {name: read_key_values(given) if isinstance(given, list) else given for name, given in words.items()}
        for option in fields(RunConfig):
            given, kept = self._values()[option.name], recorded.get(option.name)
            given = str(given) if isinstance(given, Path) else given
            same = given == kept or (option.name == "env" and canonical_name(str(given)) == canonical_name(str(kept)))
            if option.name in named and option.name not in CHANGEABLE and not same:
                changeable = ", ".join(map(_as_option, CHANGEABLE))
                raise ConfigError(
                    f"{_as_option(option.name)} does not go with --resume: {run} keeps its own options, except {changeable}; "
                    "leave it out, or start a new run"
                )

    def _values(self) -> dict[str, Any]:
        given = {option.name: getattr(self, option.name) for option in fields(RunConfig)}
        return {**given, **{name: read_key_values(given[name], name) for name in KEY_VALUES}}


def _as_option(name: str) -> str:
    """As it stands on the command line."""
    return "--no-progress" if name == "progress" else f"--{name.replace('_', '-')}"
