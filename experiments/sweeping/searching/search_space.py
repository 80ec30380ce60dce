"""What is searched for: hyperparameters, each with a range or choices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, Literal, get_args

from ...errors import ConfigError

SamplerName = Literal["tpe", "random", "gp", "qmc"]
PrunerName = Literal["median", "none"]
KEYS = ("trials", "space", "sampler", "pruner", "seed")
OF_A_RANGE = ("low", "high", "log", "step")
MOST_TRIALS = 10_000
LARGEST_SEED = 2**32 - MOST_TRIALS  # numpy's generators take 32 bits; a search that goes on adds its trials


@dataclass(frozen=True)
class Range:
    """
    Numbers from ``low`` to ``high``, whole ones if both are whole.

    :param low: the smallest
    :param high: the largest
    :param log: whether equal ratios are equally likely
    :param step: between two values; None for any
    """

    low: float
    high: float
    log: bool = False
    step: float | None = None

    @property
    def is_whole(self) -> bool:
        """Whether only whole numbers are meant."""
        return all(type(value) is int for value in (self.low, self.high, *(() if self.step is None else (self.step,))))

    @classmethod
    def of(cls, name: str, given: Mapping[str, Any]) -> "Range":
        """:raises ConfigError: if it is not a range"""
        where = f"search: space: {name}"
        for key in given:
            if key not in OF_A_RANGE:
                raise ConfigError(f"{where}: unknown key {key!r}; a range has: {', '.join(OF_A_RANGE)}")
        for key in ("low", "high", "step"):
            value = given.get(key)
            is_number = isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
            if not is_number and (key != "step" or value is not None):
                raise ConfigError(f"{where}: {key} is {value!r}; it must be a number")
        found = cls(**given)
        if not isinstance(found.log, bool):
            raise ConfigError(f"{where}: log is {found.log!r}; it must be true or false")
        if not found.low < found.high:
            raise ConfigError(f"{where}: low is {found.low:g} and high {found.high:g}; low must be smaller")
        if found.log and (found.low <= 0 or found.step is not None):
            raise ConfigError(f"{where}: with log, low must be above 0 and there is no step")
        if found.step is not None and found.step <= 0:
            raise ConfigError(f"{where}: step is {found.step:g}; it must be above 0")
        if found.step is not None and found.step > found.high - found.low:
            raise ConfigError(
                f"{where}: step is {found.step:g}, more than from {found.low:g} to {found.high:g}; it would always be {found.low:g}"
            )
        return found


@dataclass(frozen=True)
class SearchSettings:
    """
    :param trials: settings of hyperparameters to try, for each env and agent; each is run with all seeds
    :param space: hyperparameters as of ``--set``, each with a range or a list of choices
    :param sampler: of Optuna
    :param pruner: of Optuna: ``median`` stops trials whose scores are below the median of the earlier ones
    :param seed: of the sampler
    """

    trials: int
    space: Mapping[str, Range | Sequence[Any]]
    sampler: SamplerName = "tpe"
    pruner: PrunerName = "median"
    seed: int = 0

    @classmethod
    def of(cls, given: Any) -> "SearchSettings":
        """
        :param given: the entry ``search`` of a sweep's file
        :raises ConfigError: if it cannot be
        """
        if not isinstance(given, Mapping):
            raise ConfigError(f"search is {given!r}; it must have entries: {', '.join(KEYS)}")
        for key in given:
            if key not in KEYS:
                raise ConfigError(f"search: unknown key {key!r}; it has: {', '.join(KEYS)}")
        trials, space = given.get("trials"), given.get("space")
        if type(trials) is not int or not 1 <= trials <= MOST_TRIALS:
            raise ConfigError(f"search: trials is {trials!r}; it must be a whole number from 1 to {MOST_TRIALS:,}")
        if not isinstance(space, Mapping) or not space:
            raise ConfigError("search: space must have hyperparameters, such as learning_rate: {low: 1e-5, high: 1e-3, log: true}")
        if type(given.get("seed", 0)) is not int or not 0 <= given.get("seed", 0) < LARGEST_SEED:
            raise ConfigError(f"search: seed is {given['seed']!r}; it must be a whole number from 0 to {LARGEST_SEED - 1}")
        for key, known in (("sampler", get_args(SamplerName)), ("pruner", get_args(PrunerName))):
            if key in given and given[key] not in known:
                raise ConfigError(f"search: {key} is {given[key]!r}; it must be one of: {', '.join(known)}")
        return cls(**{**given, "space": {str(name): _of_one(str(name), one) for name, one in space.items()}})


def _of_one(name: str, given: Any) -> Range | list[Any]:
    if isinstance(given, Mapping):
        return Range.of(name, given)
    if not isinstance(given, list) or len(given) < 2:
        raise ConfigError(f"search: space: {name} is {given!r}; it must be a range or a list of choices")
    if not all(one is None or isinstance(one, str | int | float) for one in given):
        raise ConfigError(f"search: space: {name} has choices that are not numbers or texts")
    return given
