"""The values that hyperparameters may have, and how one falls over a run."""

from dataclasses import dataclass
from math import inf
from typing import Any, NamedTuple

from stable_baselines3.common.utils import LinearSchedule

from ...errors import ConfigError

MOST_ENVS, MOST_STEPS, MOST_THREADS = 1024, 10**12, 1024
FALLS = "lin_"  # lin_A falls linearly from A to 0 over the run, lin_A_B from A to B


class Fall(NamedTuple):
    """A value that falls linearly over the run, written ``lin_A`` or ``lin_A_B``."""

    first: float
    last: float

    @classmethod
    def of(cls, value: object) -> "Fall | None":
        """What the text says, or None if the value is not of that form."""
        if not isinstance(value, str) or not value.startswith(FALLS):
            return None
        first, falls, last = value.removeprefix(FALLS).partition("_")
        try:
            return cls(float(first), float(last) if falls else 0.0)
        except ValueError:  # not numbers
            return None

    def schedule(self) -> LinearSchedule:
        """As SB3 takes it."""
        return LinearSchedule(self.first, self.last, 1.0)


@dataclass(frozen=True)
class Bound:
    """
    :param name: of the hyperparameter
    :param least: the smallest value
    :param most: the largest value
    :param whole: whether it must be a whole number
    :param may_fall: whether it may fall over the run, with an agent that can do that
    """

    name: str
    least: float
    most: float = inf
    whole: bool = False
    may_fall: bool = False

    def checked(self, value: Any, where: str) -> Any:
        """
        The value, as an int where it must be whole.

        :param value: what was given
        :param where: the file, for the message
        :raises ConfigError: if the value is out of bounds
        """
        fall = Fall.of(value) if self.may_fall else None
        numbers = fall if fall is not None else (value,)
        if not all(self._allows(number) for number in numbers) or (self.whole and value != int(value)):
            most = f" and at most {self.most:g}" if self.most < inf else ""
            raise ConfigError(
                f"{where}: {self.name} is {value!r}; it must be a {'whole ' if self.whole else ''}number, at least {self.least:g}"
                f"{most} (YAML takes 1e6 for a word; write !!float 1e6)"
            )
        return int(value) if self.whole else value

    def _allows(self, number: Any) -> bool:
        plain = isinstance(number, int | float) and not isinstance(number, bool)
        return plain and self.least <= number <= self.most and abs(number) < inf


BOUNDS = (
    Bound("n_envs", 1, MOST_ENVS, whole=True),
    Bound("n_timesteps", 1, MOST_STEPS, whole=True),
    Bound("buffer_size", 1, MOST_STEPS, whole=True),
    Bound("learning_starts", 0, MOST_STEPS, whole=True),
    Bound("batch_size", 1, MOST_STEPS, whole=True),
    Bound("train_freq", 1, MOST_STEPS, whole=True),
    Bound("gradient_steps", 1, MOST_STEPS, whole=True),
    Bound("target_update_interval", 1, MOST_STEPS, whole=True),
    Bound("n_steps", 1, MOST_STEPS, whole=True),
    Bound("n_epochs", 1, MOST_STEPS, whole=True),
    Bound("gamma", 0, 1),
    Bound("learning_rate", 0, may_fall=True),
    Bound("max_grad_norm", 0),
    Bound("exploration_initial_eps", 0, 1),
    Bound("exploration_final_eps", 0, 1),
    Bound("exploration_fraction", 0, 1),
    Bound("q_lambda", 0, 1),
    Bound("gae_lambda", 0, 1),
    Bound("tau", 0, 1),
    Bound("gaze_std", 0, may_fall=True),
    Bound("ent_coef", 0, may_fall=True),
    Bound("clip_range", 0, may_fall=True),
)
