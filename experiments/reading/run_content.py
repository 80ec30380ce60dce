"""The entries of a run's config.yml."""

from pathlib import Path
from types import NoneType
from typing import Any

from ..errors import RunFolderError
from .yaml_file import YamlError, read_yaml

ENTRIES = ("options.env", "options.agent", "hyperparameters.n_timesteps", "hyperparameters.n_envs", "wandb_id")


def run_content(file: Path) -> dict[str, Any]:
    """
    The entries of config.yml as they are. Their values are checked by :class:`saccade.experiments.RunConfig`.

    :param file: config.yml
    :raises RunFolderError: if it cannot be read, or if an entry is missing
    """
    try:
        content = read_yaml(file)
    except YamlError as error:
        raise RunFolderError(f"{file} {error}") from error
    for entry in ENTRIES:
        part = content
        for key in entry.split("."):
            part = part.get(key) if isinstance(part, dict) else None
        if part is None:
            raise RunFolderError(f"{file} is damaged: it has no {entry}")
    for entry in ("n_timesteps", "n_envs"):
        if type(content["hyperparameters"][entry]) is not int:
            raise RunFolderError(f"{file} is damaged: hyperparameters.{entry} is not a whole number")
    for entry, kinds in (("versions", (dict, NoneType)), ("wandb_id", (str, int)), ("wandb_group", (str, NoneType))):
        if not isinstance(content.get(entry), kinds):
            raise RunFolderError(f"{file} is damaged: {entry} is {content[entry]!r}")
    return dict(content)
