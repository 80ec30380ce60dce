"""What a run takes of a machine, and how many runs fit at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import floor

from ..errors import ConfigError

ROUNDING = 1e-9  # ten runs with a tenth of a GPU each fill it


@dataclass(frozen=True)
class Share:
    """
    What one run asks for.

    Shares above 1 are whole numbers.

    :param cpus: processors; with 0.5 two runs share one
    :param gpus: GPUs; with 0.25 four runs share one
    :raises ConfigError: if no machine can give that
    """

    cpus: float = 1
    gpus: float = 0

    def __post_init__(self) -> None:
        for name, least in (("cpus", "above 0"), ("gpus", "0 or more")):
            value = getattr(self, name)
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            if not is_number or not (0 < value < 1e6 if name == "cpus" else 0 <= value < 1e6):
                raise ConfigError(f"resources: {name} is {value!r}; it must be a number {least}")
            if value > 1 and value != int(value):
                raise ConfigError(f"resources: {name} is {value}; above 1 it must be a whole number")

    @property
    def threads(self) -> int:
        """Threads of the run: its whole processors, at least one."""
        return max(floor(self.cpus), 1)


@dataclass(frozen=True)
class Machine:
    """
    :param cpus: that runs may have
    :param gpus: that runs may have
    """

    cpus: float
    gpus: float = 0

    def fits(self, share: Share) -> int:
        """Runs of this share that the machine can have at once."""
        by_cpu = floor(self.cpus / share.cpus + ROUNDING)
        if share.gpus == 0:
            return by_cpu
        of_one = floor(1 / share.gpus + ROUNDING)  # runs on one GPU, 0 if a run takes several
        by_gpu = floor(self.gpus) * of_one if of_one else floor(self.gpus / share.gpus + ROUNDING)
        return min(by_cpu, by_gpu)


def fit_at_once(machines: Iterable[Machine], share: Share) -> int:
    """Runs that fit at once. One run is always on one machine."""
    return sum(machine.fits(share) for machine in machines)


def check_fits(machines: Iterable[Machine], share: Share) -> None:
    """
    Check that some machine has room for a run.

    :raises ConfigError: if none has
    """
    known = list(machines)
    if fit_at_once(known, share) < 1:
        there = " and ".join(f"{machine.cpus:g} cpus and {machine.gpus:g} gpus" for machine in known[:4]) or "no machine"
        raise ConfigError(
            f"resources: a run asks for {share.cpus:g} cpus and {share.gpus:g} gpus, but there are {there}; ask for less"
        )
