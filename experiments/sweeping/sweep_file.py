"""The file of a sweep: which runs there are to be."""

import re
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import prod
from pathlib import Path
from typing import Any

from ..errors import ConfigError, SweepError
from ..reading.yaml_file import YamlError, read_yaml
from ..run_config import RunConfig
from ..setup.gazes.gaze_choice import with_absolute_path
from ..setup.values.key_values import WITH_EXPONENT
from ..setup.values.plain_values import plain
from .machines import Share
from .searching.search_space import SearchSettings

NAMES = ("envs", "agents", "seeds", "grid", "train", "resources", "search")
ELSEWHERE = {  # options of saccade train that a sweep gives each run
    "env": "envs",
    "agent": "agents",
    "seed": "seeds",
    "output": None,
    "progress": None,
    "resume": None,
}
PATHS = ("hyperparameters", "weights_from")  # options that name a file or a run folder
MOST_CELLS = 10_000
HYPERPARAMETER = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")


@dataclass(frozen=True)
class SweepFile:
    """
    What a file of a sweep says. Every combination of env, agent, seed and hyperparameters is a run.

    :param envs: as of ``--env``
    :param agents: as of ``--agent``; None is the default for the env
    :param seeds: as of ``--seed``
    :param grid: hyperparameters with their values, as of ``--set``
    :param train: other options of ``saccade train``, the same for all runs
    :param share: what one run takes of a machine
    :param search: hyperparameters that are searched for, if there are any
    """

    envs: tuple[str, ...]
    agents: tuple[str | None, ...] = (None,)
    seeds: tuple[int, ...] = (0,)
    grid: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    train: Mapping[str, Any] = field(default_factory=dict)
    share: Share = field(default_factory=Share)
    search: SearchSettings | None = None

    @classmethod
    def of(cls, content: Any, where: str = "the sweep") -> "SweepFile":
        """
        :param content: as the file has it
        :param where: it comes from, for the message
        :raises SweepError: if it says what a sweep cannot be
        """
        try:
            return cls._of(content)
        except ConfigError as error:
            raise SweepError(f"{where}: {error}") from error

    @classmethod
    def _of(cls, content: Any) -> "SweepFile":
        if not isinstance(content, Mapping) or not content:
            raise ConfigError("a sweep says at least its envs, such as envs: [Enduro]")
        given = plain(content, "the sweep")
        for name in given:
            if name not in NAMES:
                raise ConfigError(f"unknown key {name!r}; a sweep has: {', '.join(NAMES)}")
        if given.get("envs") is None:
            raise ConfigError("envs is missing; say which, such as envs: [Enduro, Breakout]")
        resources = _mapping(given, "resources")
        for name in resources:
            if name not in ("cpus", "gpus"):
                raise ConfigError(f"resources: unknown key {name!r}; it has: cpus, gpus")
        found = cls(
            tuple(_names(given["envs"], "envs")),
            (None,) if given.get("agents") is None else tuple(_names(given["agents"], "agents")),
            (0,) if given.get("seeds") is None else tuple(_seeds(given["seeds"])),
            _grid(_mapping(given, "grid")),
            _train_options(_mapping(given, "train")),
            Share(**resources),
            None if given.get("search") is None else SearchSettings.of(with_numbers(given["search"])),
        )
        found._check_together()
        return found

    def combinations(self) -> list[dict[str, Any]]:
        """
        The options of each run, as :class:`saccade.experiments.RunConfig` takes them. Seeds change fastest.

        :raises SweepError: if there are far too many
        """
        count = len(self.envs) * len(self.agents) * len(self.seeds) * prod(len(values) for values in self.grid.values())
        if count > MOST_CELLS:
            raise SweepError(f"the sweep has {count:,} runs; it may have at most {MOST_CELLS:,}, so give fewer values")
        return [
            self.options(env, agent, seed, dict(zip(self.grid, values, strict=True)))
            for env, agent, values, seed in product(self.envs, self.agents, product(*self.grid.values()), self.seeds)
        ]

    def options(self, env: str, agent: str | None, seed: int, chosen: Mapping[str, Any]) -> dict[str, Any]:
        """
        Options of one run, as of :class:`~saccade.experiments.RunConfig`.

        :param env: its name
        :param agent: its name; None for the one that learns the env by default
        :param seed: of the run
        :param chosen: hyperparameters beside those that all runs have
        """
        of_run = {"env": env, "agent": agent, "seed": seed, **self.train}
        changes = {**self.train.get("set", {}), **chosen}
        return {**of_run, **({"set": changes} if changes else {})}

    def _check_together(self) -> None:
        for name, given in (("envs", self.envs), ("agents", self.agents), ("seeds", self.seeds), *self.grid.items()):
            for place, value in enumerate(given):
                if value in given[:place]:
                    raise ConfigError(f"{name} has {value!r} twice")
        fixed = self.train.get("set", {})
        searched = {} if self.search is None else self.search.space
        for name in (*self.grid, *searched):
            if name in fixed:
                raise ConfigError(f"{name} is in train: set as well; a hyperparameter has one place")
        if self.grid and self.search is not None:
            raise ConfigError("grid and search do not go together; give the values of the grid as choices of the search")


def content_of(given: Path | Mapping[str, Any]) -> tuple[Any, str]:
    """
    What a file of a sweep holds, and a name for it.

    :param given: a file in YAML, or what it would hold
    :raises SweepError: if it cannot be read
    """
    name = str(given) if isinstance(given, Path) else "sweep"
    try:
        content = read_yaml(given) if isinstance(given, Path) else given
    except YamlError as error:
        raise SweepError(f"{given} {error}") from error
    train = content.get("train") if isinstance(content, Mapping) else None
    if isinstance(train, Mapping):  # so that the sweep goes on from any folder
        given = {name: train[name] for name in (*PATHS, "gaze") if isinstance(train.get(name), str)}
        whole = {name: str(Path(path).expanduser().absolute()) for name, path in given.items() if name in PATHS}
        if "gaze" in given:
            whole["gaze"] = with_absolute_path(given["gaze"])
        content = {**content, "train": {**train, **whole}}
    return content, name


def with_numbers(value: Any) -> Any:
    """A value of the file with ``1e-3`` as a number, as on the command line. YAML takes it for a text."""
    if isinstance(value, str) and WITH_EXPONENT.fullmatch(value):
        return float(value)
    if isinstance(value, Mapping):
        return {name: with_numbers(one) for name, one in value.items()}
    return [with_numbers(one) for one in value] if isinstance(value, list) else value


def _mapping(given: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = given.get(name)
    if found is None:
        return {}
    if not isinstance(found, Mapping) or not all(isinstance(key, str) for key in found):
        raise ConfigError(f"{name} is {found!r}; it must have entries, such as {name}: {{key: value}}")
    return found


def _names(given: Any, name: str) -> list[str]:
    several = [given] if isinstance(given, str) else given
    if not isinstance(several, list) or not several or not all(isinstance(one, str) and one for one in several):
        raise ConfigError(f"{name} is {given!r}; it must be a list of names")
    return several


def _seeds(given: Any) -> list[int]:
    if not isinstance(given, list) or not given or not all(type(one) is int for one in given):
        raise ConfigError(f"seeds is {given!r}; it must be a list of whole numbers, such as [0, 1, 2]")
    return given


def _grid(given: Mapping[str, Any]) -> dict[str, list[Any]]:
    for name, values in given.items():
        if not HYPERPARAMETER.fullmatch(name):
            raise ConfigError(f"grid: {name!r} is not a hyperparameter, such as learning_rate or policy_kwargs.hidden_width")
        if not isinstance(values, list) or not values:
            raise ConfigError(f"grid: {name} is {values!r}; it must be a list of values. A single one goes to train: set")
    return {name: with_numbers(values) for name, values in given.items()}


def _train_options(given: Mapping[str, Any]) -> dict[str, Any]:
    hints = typing.get_type_hints(RunConfig)
    known = [name for name in hints if name not in ELSEWHERE]
    found: dict[str, Any] = {}
    for written, value in given.items():
        name = written.replace("-", "_")
        if name in ELSEWHERE:
            place = f"give {ELSEWHERE[name]}" if ELSEWHERE[name] else "the sweep chooses it"
            raise ConfigError(f"train: {written} does not go here: {place}")
        if name not in known:
            raise ConfigError(f"train: saccade train has no option {written!r}; there is: {', '.join(known)}")
        if name == "hyperparameters" and not isinstance(value, str):
            raise ConfigError(f"train: hyperparameters is {value!r}; it must be the name of a file, and single ones go to set")
        if name in ("set", "env_kwargs"):
            _mapping(given, written)
        value = with_numbers(value)
        is_whole = isinstance(value, float) and value.is_integer()
        found[name] = int(value) if is_whole and hints[name] in (int, int | None) else value
    return found
