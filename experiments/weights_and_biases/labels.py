"""What a run is called in Weights & Biases."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..run_config import RunConfig
from ..setup.gazes.gaze_names import name_over_seeds

PLACES = ("data", "device")  # keyword arguments of an env that say where it runs, and not what it is
LONGEST = 120  # characters; W&B takes 128


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
    def of(cls, config: RunConfig) -> "Labels":
        """
        The labels of a training. What makes it another one is in name and group: settings of its env, such as ``dataset=digits``,
        and of its agent, such as ``learning_rate=0.001``.

        :param config: of the training
        """
        gaze = {} if config.gaze is None else {"gaze": name_over_seeds(config.gaze)}
        group = " ".join([config.env, *_words({**config.env_kwargs, **config.set, **gaze}), config.spec.name])
        group = group if len(group) <= LONGEST else f"{group[: LONGEST - 3]}..."
        return cls(f"{group} seed {config.seed}"[-LONGEST:], group, (config.env[:64], config.spec.name))


def _words(arguments: Mapping[str, Any]) -> list[str]:
    """Keyword arguments as words, in one order whatever the order in which they were given."""
    return [f"{key}={value}".replace(" ", "") for key, value in sorted(arguments.items()) if key not in PLACES]
