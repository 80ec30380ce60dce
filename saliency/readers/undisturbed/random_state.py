"""The states of the random generators that all code of a process shares. Training goes on with them, so others put them back."""

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch as th


@contextmanager
def kept_torch_state(device: th.device) -> Iterator[None]:
    """
    Puts torch's generator back afterwards: a policy of one's own may draw from it whenever it is asked.

    :param device: of the policy; its generator is put back as well as that of the CPU
    """
    state = th.get_rng_state()
    of_gpu = th.cuda.get_rng_state(device) if device.type == "cuda" else None
    try:
        yield
    finally:
        th.set_rng_state(state)
        if of_gpu is not None:
            th.cuda.set_rng_state(of_gpu, device)


@contextmanager
def kept_random_state(device: th.device) -> Iterator[None]:
    """
    The same with the generators of Python and numpy, from which an env of one's own may draw.

    :param device: as for :func:`kept_torch_state`
    """
    of_python, of_numpy = random.getstate(), np.random.get_state()
    try:
        with kept_torch_state(device):
            yield
    finally:
        random.setstate(of_python)
        np.random.set_state(of_numpy)
