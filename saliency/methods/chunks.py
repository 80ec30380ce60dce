"""Methods for any number of observations, a bounded number at a time."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import torch as th
from stable_baselines3.common.type_aliases import PyTorchObs

from ..readers.entries import Entries, Observations
from ..readers.head import Head

AT_ONCE = 256  # changed observations in a forward pass
TOGETHER = 64  # observations that a method is given at a time


def in_chunks(method: Callable[..., PyTorchObs]) -> Callable[..., PyTorchObs]:
    """
    A method that is given no more than so many observations at a time, which bounds its memory; their maps do not depend on it.

    :param method: of a head and observations, and whatever else it takes
    """

    @wraps(method)
    def chunked(head: Head, obs: Observations, *arguments: Any, **options: Any) -> PyTorchObs:
        entries = Entries.of(head.policy, obs)
        parts = [
            Entries.of(head.policy, method(head.rows(rows), entries.rows(rows).packed(), *arguments, **options))
            for rows in th.split(th.arange(len(entries), device=entries.device), TOGETHER)
        ]
        return entries.maps({key: th.cat([part.tensors[key] for part in parts]) for key in entries.tensors})

    return chunked
