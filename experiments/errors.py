"""What a user of experiments can get wrong, each with a name of its own. The message is one plain line."""

from pathlib import Path

from ..agents import NonFiniteLossError
from ..saliency.errors import SaliencyError


class ExperimentError(Exception):
    """
    A user's mistake.

    :param message: what is wrong, and what would be right
    :param option: the last word of that spelling in the message is an option; a command line shows it as ``--force``
    """

    def __init__(self, message: str, option: str | None = None) -> None:
        super().__init__(message)
        self.option = option


class ConfigError(ExperimentError, ValueError):
    """
    A value that a run cannot have.

    :param message: what is wrong; with ``option`` it follows the option's name
    :param option: name of the option as Python spells it, such as ``n_envs``; a command line shows it as ``--n-envs``
    """

    def __init__(self, message: str, option: str | None = None) -> None:
        super().__init__(message if option is None else f"{option} {message}", option)


class EnvError(ConfigError):
    """An env that cannot be made, or that an agent or a model cannot play."""


class RunFolderError(ExperimentError, ValueError):
    """A run folder that is missing, damaged, in use, or cannot be written."""


class SweepError(ExperimentError, ValueError):
    """A sweep that cannot be: its file, one of its runs, its folder, or the machines that are to run it."""


class ZooError(ExperimentError, ValueError):
    """A model of RL Zoo, on disk or on the Hugging Face hub, that is missing or whose files cannot be used."""


class OutputError(ExperimentError):
    """A file or folder that exists already, or cannot be written."""


class DivergedError(NonFiniteLossError):
    """
    The loss of a training became infinite or not a number.

    :param message: what happened
    :param checkpoint: the last good one, or None if there is none yet
    """

    def __init__(self, message: str, checkpoint: Path | None) -> None:
        kept = "No checkpoint was written before" if checkpoint is None else f"The last good one is {checkpoint}"
        super().__init__(f"{message}. {kept}")
        self.message, self.checkpoint = message, checkpoint

    def __reduce__(self) -> tuple[type["DivergedError"], tuple[str, Path | None]]:
        """For pickle, since the message is longer than the argument."""
        return type(self), (self.message, self.checkpoint)


# What a command line turns into one plain line. Any other exception is a bug of ours and shows its traceback.
USER_ERRORS: tuple[type[Exception], ...] = (ExperimentError, SaliencyError)
