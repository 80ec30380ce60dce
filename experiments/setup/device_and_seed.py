"""Devices and seeds that a run can have."""

import numpy as np
import torch as th

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
        known = th.device(device).type in ("cpu", "cuda", "mps")
        if known:
            th.zeros(1, device=device)
    except (RuntimeError, AssertionError):  # torch's own words for a device that is misspelt or not here
        known = False
    if not known:
        present = ["cpu", *(f"cuda:{i}" for i in range(th.cuda.device_count()))]
        present += ["mps"] if th.backends.mps.is_available() else []
        raise ConfigError(f"there is no device {device!r} here; there is: {', '.join(present)}")


def check_seed(seed: int) -> None:
    """
    Check that envs and networks take a seed.

    :raises ConfigError: if they do not
    """
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer):
        raise ConfigError(f"is {seed!r}; it must be a whole number", option="seed")
    if not 0 <= seed < LARGEST_SEED:
        raise ConfigError(f"is {seed}; it must be from 0 to {LARGEST_SEED - 1}", option="seed")
