"""Observations as tensors that can be differentiated, whether the env gives arrays or dicts of them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch as th
from gymnasium import spaces
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.type_aliases import PyTorchObs

from ...policies import GlimpsePolicy

Observations = np.ndarray | th.Tensor | dict[str, np.ndarray] | dict[str, th.Tensor]

ONLY = ""  # the key where observations are no dict


@dataclass(frozen=True)
class Entries:
    """
    Observations by entry, as floating-point tensors on a policy's device.

    :param tensors: {key: (B, ...)}; the key is empty where observations are no dict
    :param fixed: keys of those that are no real numbers, or say where one looks and not what is seen there: methods leave them as
        they are
    """

    tensors: dict[str, th.Tensor]
    fixed: tuple[str, ...] = ()

    @classmethod
    def of(cls, policy: BasePolicy, obs: Observations) -> "Entries":
        """
        :param policy: whose observations they are
        :param obs: batch (B, ...) as the env gives it
        :raises TypeError: if they cannot be differentiated
        :raises ValueError: if they are not of the policy's observation space
        """
        space = policy.observation_space
        if not isinstance(space, spaces.Box | spaces.Dict):
            raise TypeError(f"observations from {space} are no real numbers and cannot be differentiated")
        known: dict[str, spaces.Space] = dict(space.spaces) if isinstance(space, spaces.Dict) else {ONLY: space}
        given: Mapping[str, np.ndarray | th.Tensor] = obs if isinstance(obs, dict) else {ONLY: obs}
        if given.keys() != known.keys():
            wanted = "a dict of " + ", ".join(known) if isinstance(space, spaces.Dict) else f"arrays of shape {space.shape}"
            raise ValueError(
                f"{type(policy).__name__} takes {wanted}, not "
                + (f"a dict of {', '.join(given)}" if isinstance(obs, dict) else "one array")
            )
        if any(len(x) == 0 for x in given.values()):
            raise ValueError("there are no observations; give a batch of one at least")
        dtype = next(policy.parameters()).dtype
        tensors = {}
        for key, one in known.items():
            tensor = th.as_tensor(given[key]).detach().to(policy.device, dtype)
            tensors[key] = tensor.clone() if tensor.is_inference() else tensor
            if one.shape is not None and tuple(tensor.shape[1:]) != one.shape:
                raise ValueError(
                    f"observations {key}{' ' if key else ''}have the shape {tuple(tensor.shape)}; "
                    f"{type(policy).__name__} takes a batch (B, {', '.join(map(str, one.shape))})"
                )
        looks = ("gaze",) if isinstance(policy, GlimpsePolicy) else ()
        return cls(tensors, (*looks, *(key for key, one in known.items() if not isinstance(one, spaces.Box))))

    def __len__(self) -> int:
        return len(next(iter(self.tensors.values())))

    @property
    def device(self) -> th.device:
        """Where they are."""
        return next(iter(self.tensors.values())).device

    def leaves(self, rows: slice | th.Tensor = slice(None)) -> "Entries":
        """Some of the observations, as leaves whose gradient can be asked for."""
        return Entries({key: x[rows].detach().clone().requires_grad_() for key, x in self.tensors.items()}, self.fixed)

    def rows(self, rows: slice | th.Tensor) -> "Entries":
        """Some of the observations."""
        return Entries({key: x[rows] for key, x in self.tensors.items()}, self.fixed)

    def packed(self) -> PyTorchObs:
        """As the policy's networks take them."""
        return self.tensors[ONLY] if ONLY in self.tensors else dict(self.tensors)

    def with_(self, changed: Mapping[str, th.Tensor]) -> "Entries":
        """Other tensors under some keys."""
        return Entries({**self.tensors, **changed}, self.fixed)

    def seen(self) -> list[str]:
        """Keys of the entries that may be changed to see what comes of it."""
        return [key for key in self.tensors if key not in self.fixed]

    def noisy(self, share: float, generator: th.Generator) -> "Entries":
        """
        With Gaussian noise on what is seen, the same for every observation but for its size.

        :param share: deviation, as a share of each observation's range of values
        :param generator: on the CPU, so that the noise is the same on every device
        """
        return self.with_({key: _noisy(self.tensors[key], share, generator) for key in self.seen()})

    def images(self) -> list[str]:
        """Keys of the entries (C, H, W)."""
        return [key for key, x in self.tensors.items() if x.ndim == 4]

    def maps(self, maps: Mapping[str, th.Tensor]) -> PyTorchObs:
        """
        Maps by key in the form of the observations.

        :param maps: {key: (B, ...)}; entries without one get zeros
        """
        whole = {key: maps[key] if key in maps else th.zeros_like(x) for key, x in self.tensors.items()}
        return whole.get(ONLY, whole)


def _noisy(x: th.Tensor, share: float, generator: th.Generator) -> th.Tensor:
    flat = x.reshape(len(x), -1)
    deviation = share * (flat.max(1).values - flat.min(1).values).view(-1, *[1] * (x.ndim - 1))
    # One draw for all of them: a map is then the same whatever else is in the batch.
    return x + deviation * th.randn(x.shape[1:], generator=generator, dtype=x.dtype).to(x.device)
