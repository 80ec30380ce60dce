"""Observations as tensors that can be differentiated, whether the env gives arrays or dicts of arrays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np
import torch as th
from gymnasium import spaces
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.preprocessing import is_image_space
from stable_baselines3.common.type_aliases import PyTorchObs

from ..axes import as_picture, from_picture, is_picture
from ..errors import ObservationError
from .seen_axes import ONLY, SeenAxes, axes_of, known_spaces, mapped_spaces, precision

Observations = np.ndarray | th.Tensor | dict[str, np.ndarray] | dict[str, th.Tensor]
Array = TypeVar("Array", np.ndarray, th.Tensor)


@dataclass(frozen=True)
class Entries:
    """
    Observations by entry, as floating-point tensors on the policy's device.

    :param tensors: {key: (B, C, H, W) for pictures, (B, D) for vectors}, whatever the order of the policy's own axes; fixed entries
        stay as the policy takes them. The key is empty if observations are not a dict
    :param axes: of the entries that can have a map
    :param shapes: {key: shape of one observation, as the policy takes it}
    :param real: keys of real numbers, which have derivatives: those of ``axes`` and, say, a gaze, which methods leave as it is
    """

    tensors: dict[str, th.Tensor]
    axes: dict[str, SeenAxes] = field(default_factory=dict)
    shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)
    real: tuple[str, ...] = ()

    @classmethod
    def of(cls, policy: BasePolicy, obs: Observations) -> "Entries":
        """
        :param policy: whose observations they are
        :param obs: batch (B, ...) as ``predict`` takes it: as the env gives it, images with their channels first or last
        :raises NoMapError: if the policy's observations cannot be differentiated
        :raises ObservationError: if these are not of the policy's observation space
        """
        axes, known = axes_of(policy), known_spaces(policy)
        given: Mapping[str, np.ndarray | th.Tensor] = by_entry(obs)  # type: ignore[misc]
        if given.keys() != known.keys():
            shape = None if ONLY not in known else known[ONLY].shape
            wanted = f"arrays of shape {shape}" if ONLY in known else "a dict of " + ", ".join(known)
            instead = "one array" if ONLY in given else f"a dict of {', '.join(given)}"
            raise ObservationError(f"{type(policy).__name__} takes {wanted}, not {instead}")
        if not all(isinstance(x, np.ndarray | th.Tensor) and x.ndim for x in given.values()):
            raise ObservationError("observations are a batch (B, ...): an array or a tensor; numpy.stack makes one of a list")
        if any(len(x) == 0 for x in given.values()):
            raise ObservationError("there are no observations; give a batch of at least one")
        if len({len(x) for x in given.values()}) > 1:
            counts = ", ".join(f"{key} {len(x)}" for key, x in given.items())
            raise ObservationError(f"the entries are not equally many observations: {counts}")
        dtype, tensors = precision(policy), {}
        for key, x in _taken(policy, given).items():
            tensor = x.detach().to(policy.device, dtype)
            tensor = tensor.clone() if tensor.is_inference() else tensor
            tensors[key] = as_picture(tensor, axes[key].letters) if key in axes else tensor
            _check_finite(key, tensor)
        shapes = {key: space.shape or () for key, space in known.items()}
        return cls(tensors, axes, shapes, tuple(key for key, space in known.items() if isinstance(space, spaces.Box)))

    @property
    def fixed(self) -> tuple[str, ...]:
        """Keys of the entries that methods leave unperturbed: discrete ones, and the gaze."""
        return tuple(key for key in self.tensors if key not in self.axes)

    def __len__(self) -> int:
        return len(next(iter(self.tensors.values())))

    @property
    def device(self) -> th.device:
        """Where the tensors are."""
        return next(iter(self.tensors.values())).device

    @property
    def pictured(self) -> str:
        """The key of the entry that counts where only one can: the first picture, else the first entry with a map."""
        return _pictured(self.axes)

    def key_of(self, entry: str) -> str:
        """
        The key of an entry with a map.

        :param entry: its name, as in :class:`saccade.saliency.MapKey`; empty for :attr:`pictured`
        :raises ObservationError: if there is none of that name
        """
        if entry and entry not in self.axes:
            raise ObservationError(f"there is no entry {entry!r} with a map; there are: {', '.join(self.axes)}")
        return entry or self.pictured

    def given_axes(self, key: str, shape: tuple[int, ...]) -> str:
        """
        The axes of an entry in the form in which somebody gives it.

        :param key: of an entry with a map
        :param shape: of one observation, of a batch that :meth:`of` takes
        :return: those of the policy, or channels last where SB3's images are given so
        """
        letters = self.axes[key].letters
        return letters if tuple(shape) == self.shapes[key] else letters[1:] + letters[0]

    def leaves(self, rows: slice | th.Tensor = slice(None)) -> "Entries":
        """Some of the observations. Real numbers are leaves whose gradient can be asked for."""
        return replace(
            self,
            tensors={
                key: x[rows].detach().clone().requires_grad_() if key in self.real else x[rows] for key, x in self.tensors.items()
            },
        )

    def differentiable(self) -> dict[str, th.Tensor]:
        """The entries that are real numbers."""
        return {key: self.tensors[key] for key in self.real}

    def rows(self, rows: slice | th.Tensor) -> "Entries":
        """Some of the observations."""
        return replace(self, tensors={key: x[rows] for key, x in self.tensors.items()})

    def packed(self) -> PyTorchObs:
        """The observations as the policy's networks take them."""
        whole = {key: self._unpictured(key, x) for key, x in self.tensors.items()}
        return whole.get(ONLY, whole)

    def with_(self, changed: Mapping[str, th.Tensor]) -> "Entries":
        """The observations with other tensors under some keys."""
        return replace(self, tensors={**self.tensors, **changed})

    def seen(self) -> list[str]:
        """Keys of the entries that methods may change."""
        return [key for key in self.tensors if key in self.axes]

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
        return [key for key in self.seen() if is_picture(self.axes[key].letters)]

    def maps(self, maps: Mapping[str, th.Tensor]) -> PyTorchObs:
        """
        Maps by key, in the form of the observations, as the policy takes them.

        :param maps: {key: (B, C, H, W) or (B, D)}, with any number of axes in front; entries without a map get zeros
        """
        whole = {
            key: self._unpictured(key, maps[key]) if key in maps else th.zeros_like(self._unpictured(key, x))
            for key, x in self.tensors.items()
        }
        return whole.get(ONLY, whole)

    def pictures(self, whole: PyTorchObs) -> dict[str, th.Tensor]:
        """
        The way back from :meth:`maps`.

        :param whole: maps in the form of the observations
        :return: {key: (B, C, H, W) or (B, D)}, of real numbers
        """
        maps = by_entry(whole)
        return {key: as_picture(maps[key], self.axes[key].letters) if key in self.axes else maps[key] for key in self.real}

    def _unpictured(self, key: str, x: th.Tensor) -> th.Tensor:
        return from_picture(x, self.axes[key].letters, self.shapes[key]) if key in self.axes else x


def by_entry(whole: Array | dict[str, Array]) -> dict[str, Array]:
    """
    Observations, or maps of them, by key; the key is empty if they are not a dict.

    :param whole: (B, ...), or a dict of such
    """
    return whole if isinstance(whole, dict) else {ONLY: whole}


def entry_keys(policy: BasePolicy) -> dict[str, str]:
    """
    The entries with a map: {name in a :class:`saccade.saliency.MapKey`: key}. A single one has an empty name.

    :raises NoMapError: if the policy's observations cannot be differentiated
    """
    keys = list(axes_of(policy))
    return {"": keys[0]} if len(keys) == 1 else {key: key for key in keys}


def pictured(policy: BasePolicy, whole: Array | dict[str, Array], entry: str = "") -> Array:
    """
    One entry in the form in which it is drawn and measured.

    :param policy: whose observations these are
    :param whole: observations (B, ...) as the policy takes them, maps of them, or a dict of such
    :param entry: its name; empty for the first picture, or the first entry with a map if there is no picture
    :return: (B, C, H, W) for pictures, (B, D) for vectors; axes in front of those of an observation stay
    :raises NoMapError: if the policy's observations cannot be differentiated
    """
    axes = axes_of(policy)
    key = entry or _pictured(axes)
    return as_picture(by_entry(whole)[key], axes[key].letters)


def letters_of(policy: BasePolicy) -> dict[str, str] | None:
    """The axes of each entry with a map, as :class:`saccade.saliency.States` keeps them; None if no entry can have one."""
    if not mapped_spaces(policy):
        return None
    return {key: seen.letters for key, seen in axes_of(policy).items()}


def sees_images(policy: BasePolicy) -> bool:
    """Whether any entry with a map has rows and columns."""
    return any(is_picture(seen.letters) for seen in axes_of(policy).values())


def _taken(policy: BasePolicy, given: Mapping[str, Any]) -> dict[str, th.Tensor]:
    """
    A batch in the policy's own form: what its ``obs_to_tensor`` makes of arrays, and the same for tensors.

    :raises ObservationError: if a shape does not fit
    """
    known = known_spaces(policy)
    for key, space in known.items():
        shape, wanted = tuple(given[key].shape[1:]), space.shape
        turned = is_image_space(space) and shape[2:] + shape[:2] == wanted
        if wanted is not None and shape != wanted and not turned:
            raise ObservationError(
                f"observations {key}{' ' if key else ''}have the shape {tuple(given[key].shape)}; "
                f"{type(policy).__name__} takes a batch (B, {', '.join(map(str, wanted))})"
            )
    if all(isinstance(x, np.ndarray) for x in given.values()):
        tensors: Any = policy.obs_to_tensor(given[ONLY] if ONLY in given else dict(given))[0]
        return by_entry(tensors)
    whole = {key: th.as_tensor(given[key]) for key in known}
    return {
        key: x if tuple(x.shape[1:]) == (known[key].shape or ()) or x.ndim != 4 else x.permute(0, 3, 1, 2).contiguous()
        for key, x in whole.items()
    }


def _check_finite(key: str, tensor: th.Tensor) -> None:
    """:raises ObservationError: if there are numbers that are not: one of them would spoil the means over all states"""
    spoilt = (~tensor.isfinite()).reshape(len(tensor), -1).any(dim=1).nonzero().flatten().tolist()
    if spoilt:
        raise ObservationError(
            f"observations {key}{' ' if key else ''}are not finite in {states_named(spoilt)}; leave these states out"
        )


def states_named(numbers: Sequence[int]) -> str:
    """
    Which states are meant, in a message: ``state 3``, or the first five of several.

    :param numbers: at least one
    """
    return f"state{'s' * (len(numbers) > 1)} {', '.join(map(str, numbers[:5]))}{' ...' * (len(numbers) > 5)}"


def _pictured(axes: Mapping[str, SeenAxes]) -> str:
    return next((key for key, seen in axes.items() if is_picture(seen.letters)), next(iter(axes)))


def _noisy(x: th.Tensor, share: float, generator: th.Generator) -> th.Tensor:
    flat = x.reshape(len(x), -1)
    deviation = share * (flat.max(1).values - flat.min(1).values).view(-1, *[1] * (x.ndim - 1))
    # One draw for all observations: a map is then the same whatever else is in the batch.
    return x + deviation * th.randn(x.shape[1:], generator=generator, dtype=x.dtype).to(x.device)


def observation_tensors(policy: BasePolicy, observations: Observations) -> PyTorchObs:
    """
    Observations as a policy's networks take them, for methods.

    :param policy: that sees them
    :param observations: (B, ...) arrays or tensors, as the env or another method gives them
    :raises ObservationError: if they are not of the policy's observation space
    """
    return Entries.of(policy, observations).packed()
