"""Observations as tensors that can be differentiated, whether the env gives arrays or dicts of arrays."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch as th
from gymnasium import spaces
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.type_aliases import PyTorchObs

from ..errors import NoMapError, ObservationError
from .head_reader import head_reader

Observations = np.ndarray | th.Tensor | dict[str, np.ndarray] | dict[str, th.Tensor]
Array = TypeVar("Array", np.ndarray, th.Tensor)

ONLY = ""  # the key of observations that are not a dict


@dataclass(frozen=True)
class Entries:
    """
    Observations by entry, as floating-point tensors on the policy's device.

    :param tensors: {key: (B, ...)}; the key is empty if observations are not a dict
    :param fixed: keys of entries that methods leave unperturbed: discrete ones, and the gaze
    """

    tensors: dict[str, th.Tensor]
    fixed: tuple[str, ...] = ()

    @classmethod
    def of(cls, policy: BasePolicy, obs: Observations) -> "Entries":
        """
        :param policy: whose observations they are
        :param obs: batch (B, ...) as the env gives it
        :raises NoMapError: if the policy's observations cannot be differentiated
        :raises ObservationError: if these are not of the policy's observation space
        """
        known = _known(policy)
        given: Mapping[str, np.ndarray | th.Tensor] = by_entry(obs)  # type: ignore[misc]
        if given.keys() != known.keys():
            shape = None if ONLY not in known else known[ONLY].shape
            wanted = f"arrays of shape {shape}" if ONLY in known else "a dict of " + ", ".join(known)
            instead = "one array" if ONLY in given else f"a dict of {', '.join(given)}"
            raise ObservationError(f"{type(policy).__name__} takes {wanted}, not {instead}")
        if any(len(x) == 0 for x in given.values()):
            raise ObservationError("there are no observations; give a batch of at least one")
        dtype = next(policy.parameters()).dtype
        tensors = {}
        for key, one in known.items():
            tensor = th.as_tensor(given[key]).detach().to(policy.device, dtype)
            tensors[key] = tensor.clone() if tensor.is_inference() else tensor
            if one.shape is not None and tuple(tensor.shape[1:]) != one.shape:
                raise ObservationError(
                    f"observations {key}{' ' if key else ''}have the shape {tuple(tensor.shape)}; "
                    f"{type(policy).__name__} takes a batch (B, {', '.join(map(str, one.shape))})"
                )
        return cls(tensors, _fixed(policy, known))

    def __len__(self) -> int:
        return len(next(iter(self.tensors.values())))

    @property
    def device(self) -> th.device:
        """Where the tensors are."""
        return next(iter(self.tensors.values())).device

    @property
    def pictured(self) -> str:
        """The key of the entry that is drawn and measured: the first image that is not fixed, else the first entry."""
        return _pictured({key: x.ndim == 4 for key, x in self.tensors.items()}, self.fixed)

    def leaves(self, rows: slice | th.Tensor = slice(None)) -> "Entries":
        """Some of the observations, as leaves whose gradient can be asked for."""
        return Entries({key: x[rows].detach().clone().requires_grad_() for key, x in self.tensors.items()}, self.fixed)

    def rows(self, rows: slice | th.Tensor) -> "Entries":
        """Some of the observations."""
        return Entries({key: x[rows] for key, x in self.tensors.items()}, self.fixed)

    def packed(self) -> PyTorchObs:
        """The observations as the policy's networks take them."""
        return self.tensors[ONLY] if ONLY in self.tensors else dict(self.tensors)

    def with_(self, changed: Mapping[str, th.Tensor]) -> "Entries":
        """The observations with other tensors under some keys."""
        return Entries({**self.tensors, **changed}, self.fixed)

    def seen(self) -> list[str]:
        """Keys of the entries that methods may change."""
        return [key for key in self.tensors if key not in self.fixed]

    def noisy(self, share: float, generator: th.Generator) -> "Entries":
        """
        The observations with Gaussian noise on every entry that is not fixed. The noise is the same for every observation, up to
        its size.

        :param share: standard deviation, as a share of each observation's range of values
        :param generator: on the CPU, so that the noise is the same on every device
        """
        return self.with_({key: _noisy(self.tensors[key], share, generator) for key in self.seen()})

    def images(self) -> list[str]:
        """Keys of the entries (C, H, W)."""
        return [key for key, x in self.tensors.items() if x.ndim == 4]

    def maps(self, maps: Mapping[str, th.Tensor]) -> PyTorchObs:
        """
        Maps by key, in the form of the observations.

        :param maps: {key: (B, ...)}; entries without a map get zeros
        """
        whole = {key: maps[key] if key in maps else th.zeros_like(x) for key, x in self.tensors.items()}
        return whole.get(ONLY, whole)


def by_entry(whole: Array | dict[str, Array]) -> dict[str, Array]:
    """
    Observations, or maps of them, by key; the key is empty if they are not a dict.

    :param whole: (B, ...), or a dict of such
    """
    return whole if isinstance(whole, dict) else {ONLY: whole}


def pictured(policy: BasePolicy, whole: Array | dict[str, Array]) -> Array:
    """
    The entry that is drawn and measured: of a dict the first image that is not fixed, else the first entry that is not fixed.

    :param policy: whose observations these are
    :param whole: observations (B, ...), maps of them, or a dict of such
    :raises NoMapError: if the policy's observations cannot be differentiated
    """
    known = _known(policy)
    return by_entry(whole)[_pictured({key: len(one.shape or ()) == 3 for key, one in known.items()}, _fixed(policy, known))]


def sees_images(policy: BasePolicy) -> bool:
    """Whether any entry of the policy's observations has the shape (C, H, W)."""
    return any(len(one.shape or ()) == 3 for one in _known(policy).values())


def _known(policy: BasePolicy) -> dict[str, spaces.Space]:
    space = policy.observation_space
    if not isinstance(space, spaces.Box | spaces.Dict):
        raise NoMapError(f"observations from {space} are not real numbers and cannot be differentiated")
    return dict(space.spaces) if isinstance(space, spaces.Dict) else {ONLY: space}


def _fixed(policy: BasePolicy, known: Mapping[str, spaces.Space]) -> tuple[str, ...]:
    declared = head_reader(policy).fixed_entries
    return (*declared, *(key for key, one in known.items() if not isinstance(one, spaces.Box)))


def _pictured(is_image: Mapping[str, bool], fixed: tuple[str, ...]) -> str:
    free = [key for key in is_image if key not in fixed]
    return ([key for key in free if is_image[key]] or free or list(is_image))[0]


def _noisy(x: th.Tensor, share: float, generator: th.Generator) -> th.Tensor:
    flat = x.reshape(len(x), -1)
    deviation = share * (flat.max(1).values - flat.min(1).values).view(-1, *[1] * (x.ndim - 1))
    # One draw for all observations: a map is then the same whatever else is in the batch.
    return x + deviation * th.randn(x.shape[1:], generator=generator, dtype=x.dtype).to(x.device)
