"""Devices and seeds that a run can have."""

import numpy as np

from ...envs.arguments.present_device import present_device
from ..errors import ConfigError

LARGEST_SEED = 2**31 - 20_000  # what is added to a seed must fit into 31 bits too
SEEDS_APART = 4096  # copy i of an env has the run's seed + i, and two runs must not share their episodes


def check_device(device: str) -> None:
    """
    Check that torch can use a device.

    :raises ConfigError: if it cannot; the message names those it can use
    """
    if device == "auto":
        return
    try:
        present_device(device)
    except ValueError as error:
        raise ConfigError(str(error)) from error


def check_seed(seed: int) -> None:
    """
    Check that envs and networks take a seed.

    :raises ConfigError: if they do not
    """
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer):
        raise ConfigError(f"is {seed!r}; it must be a whole number", option="seed")
    if not 0 <= seed < LARGEST_SEED:
        raise ConfigError(f"is {seed}; it must be from 0 to {LARGEST_SEED - 1}", option="seed")
