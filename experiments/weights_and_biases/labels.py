"""What a run is called in Weights & Biases."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from ..run_config import RunConfig
from ..setup.gazes.gaze_names import name_over_seeds
from ..setup.other_agents import name_of_start
from ..setup.run_settings import WHERE, as_text, settings_of

LONGEST = 120  # characters; W&B takes 128
DIGITS = 8  # of a hash


@dataclass(frozen=True)
class Labels:
    """
    :param name: of the run
    :param group: of the runs that differ in their seed only
    :param tags: env and agent
    :param job_type: what the run does
    """

    name: str
    group: str
    tags: tuple[str, ...]
    job_type: str = "train"

    @classmethod
    def of(cls, config: RunConfig, group: str | None, began_with: str | None = None) -> "Labels":
        """
        The labels of a training. What the user has changed is in the name: settings of its env, such as ``dataset=digits``, and of
        its agent, such as ``learning_rate=0.001``.

        :param config: of the training
        :param group: that :func:`group_of` gave it when it began. None for a run from before groups had a hash: it keeps its group,
            which is of these words alone
        :param began_with: as config.yml has it, so that a run keeps its name when the file with those weights is gone
        """
        words = _cut(_told(config, began_with), LONGEST)
        return cls(f"{words} seed {config.seed}"[-LONGEST:], group or words, (config.env[:64], config.spec.name))


def group_of(config: RunConfig) -> str:
    """
    The group of a training that begins: the words of its name, and a hash of env, agent and all settings by which ``plot`` tells
    which runs are seeds of one another (:func:`~saccade.experiments.setup.run_settings.settings_of`). The words leave out some of
    them, such as the length of the run, and the end where they are long.

    :param config: of the training
    """
    begun = name_of_start(config.weights_from)
    settings = settings_of({"hyperparameters": config.fitted, "options": {"eager": config.eager}, "began_with": begun})
    whole = as_text({"env": config.env, "agent": config.spec.name, "settings": settings})
    return f"{_cut(_told(config, begun), LONGEST - DIGITS - 1)} {sha256(whole.encode()).hexdigest()[:DIGITS]}"


def _told(config: RunConfig, began_with: str | None) -> str:
    """Env, agent and what the user has changed."""
    gaze = {} if config.gaze is None else {"gaze": name_over_seeds(config.gaze)}
    begun = {} if began_with is None else {"weights_from": began_with}
    return " ".join([config.env, *_words({**config.env_kwargs, **config.set, **gaze, **begun}), config.spec.name])


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 3]}..."


def _words(arguments: Mapping[str, Any]) -> list[str]:
    """Keyword arguments as words, in one order whatever the order in which they were given."""
    return [f"{key}={value}".replace(" ", "") for key, value in sorted(arguments.items()) if key not in WHERE]
