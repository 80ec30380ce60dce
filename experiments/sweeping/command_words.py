"""The command line of a run: ``saccade train`` as a user would type it."""

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

PYTHON = ("-P", "-m", "saccade.scripts.train")  # the same program; -P, so that no file of the working directory takes a place
SHOWN = ("saccade", "train")


def train_words(options: Mapping[str, Any], output: Path) -> list[str]:
    """
    Words that start a run.

    :param options: as :class:`saccade.experiments.RunConfig` takes them; None stands for the default
    :param output: run folder to make
    """
    words: list[str] = []
    for name, value in options.items():
        option = f"--{name.replace('_', '-')}"
        if value is None or value == {}:
            continue
        if isinstance(value, Mapping):
            words += [option, *(f"{key}={yaml_word(one)}" for key, one in value.items())]
        elif isinstance(value, bool):
            words.append(option if value else f"--no-{option[2:]}")
        else:
            words += [option, str(value)]
    return [*words, "--no-progress", "--output", str(output)]


def resume_words(run: Path) -> list[str]:
    """Words that go on with a run."""
    return ["--no-progress", "--resume", str(run)]


def shown(words: list[str], variables: Mapping[str, str | None]) -> str:
    """A line for a shell, with the variables of the environment before it."""
    before = [f"{name}={shlex.quote(value)}" for name, value in variables.items() if value is not None]
    return " ".join([*before, shlex.join([*SHOWN, *words])])


def yaml_word(value: Any) -> str:
    """A value on one line, in YAML's spelling, as ``--set name=value`` reads it."""
    text = yaml.safe_dump(value, default_flow_style=True, width=2**20, allow_unicode=True)
    return text.removesuffix("\n").removesuffix("...").removesuffix("\n")
