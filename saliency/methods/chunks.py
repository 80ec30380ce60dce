"""Methods for any number of observations, with bounded memory."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import torch as th
from stable_baselines3.common.type_aliases import PyTorchObs

from ..readers.entries import Entries, Observations
from ..readers.head import Head

Method = TypeVar("Method", bound=Callable[..., PyTorchObs])
AT_ONCE = 256  # perturbed observations in a forward pass, at most
NUMBERS_AT_ONCE = 2**26  # of them all: large images go in smaller batches
TOGETHER = 64  # observations that a method gets at a time


def at_once(entries: Entries) -> int:
    """
    How many perturbed observations go into a forward pass.

    :param entries: the observations
    """
    numbers = sum(x[0].numel() for x in entries.tensors.values())
    return max(min(AT_ONCE, NUMBERS_AT_ONCE // numbers), 1)


def of_images(method: Method) -> Method:
    """
    Says of a method that only pictures get maps, so that the zeros of other entries are not taken for maps.

    :param method: with that restriction
    """
    method.of_images = True  # type: ignore[attr-defined]
    return method


def in_chunks(method: Callable[..., PyTorchObs]) -> Callable[..., PyTorchObs]:
    """
    A method that gets at most 64 observations at a time, which bounds its memory. The maps do not depend on it.

    :param method: a function of a head, observations and other arguments
    """

    @wraps(method)
    def chunked(head: Head, obs: Observations, *arguments: Any, **options: Any) -> PyTorchObs:
        entries = Entries.of(head.policy, obs)
        parts = [
            entries.pictures(method(head.rows(rows), entries.rows(rows).packed(), *arguments, **options))
            for rows in th.split(th.arange(len(entries), device=entries.device), TOGETHER)
        ]
        return entries.maps({key: th.cat([part[key] for part in parts]) for key in entries.real})

    return chunked
