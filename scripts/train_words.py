"""Words of the training door: those that say what it is for, and those that tyro does not read as a user means them."""

import dataclasses
from collections.abc import Sequence

from saccade.experiments import AGENTS, ConfigError, RunConfig
from saccade.experiments.setup.hyperparameters import DECIDED
from saccade.experiments.setup.values.keywords import parameters

ABOUT = "Train an agent; everything it leaves behind is in one run folder. The agents:\n\n" + "\n\n".join(
    f"{name}: {spec.about}." for name, spec in AGENTS.items()
)
SET = "--set"


def read_words(words: Sequence[str]) -> list[str]:
    """
    Several ``--set`` as one.

    :param words: of the command line
    :raises ConfigError: if a hyperparameter is given as an option; the message says how to give it
    """
    others: list[str] = []
    changes: list[str] = []
    chosen = others
    for word in words:
        if word.startswith("--"):
            name, equals, value = word.partition("=")
            chosen = changes if name == SET else others
            if name == SET:
                changes += [value] if equals else []
                continue
            _check_no_hyperparameter(name, value if equals else "...")
        chosen.append(word)
    return [*others, *([SET, *changes] if changes or SET in words else [])]


def options_in(words: Sequence[str]) -> set[str]:
    """
    The names of options that stand in the words, by the names of fields.

    :param words: of the command line
    """
    names = {word.partition("=")[0].removeprefix("--").replace("-", "_") for word in words if word.startswith("--")}
    return {name.removeprefix("no_") for name in names}


def _check_no_hyperparameter(option: str, value: str) -> None:
    name = option.removeprefix("--").replace("-", "_")
    known = {one for spec in AGENTS.values() for one in parameters(spec.algorithm)}
    if name in known - {*DECIDED, *(field.name for field in dataclasses.fields(RunConfig))}:
        raise ConfigError(f"{option} is a hyperparameter; give it as {SET} {name}={value}")
