"""Maps of many heads by many methods."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import torch as th
from stable_baselines3.common.policies import BasePolicy

from ..axes import is_picture
from ..errors import NoMapError
from ..map_key import MapKey, Maps
from ..readers.entries import Observations, entry_keys, pictured, states_named
from ..readers.head import Head
from ..readers.seen_axes import axes_of
from ..states.states import States
from ..statistics.map_statistics import magnitude
from . import methods_named
from .derivatives import head_jacobians, jacobian
from .first_map import first_methods
from .gradient_methods import Method, OfJacobian


def make_maps(
    policy: BasePolicy,
    states: States,
    heads: Sequence[str],
    methods: Mapping[str, Method],
    refusals: dict[MapKey, str] | None = None,
) -> Maps:
    """
    Maps of heads by methods, of every entry of dict observations that can have one. A method may have no map of some heads, or of
    entries that are not pictures; those are left out, and so are maps that are not finite.

    :param policy: of an SB3 model
    :param states: what the policy sees, and its memory
    :param heads: names
    :param methods: by name
    :param refusals: gets a line for each map that is left out
    :return: by head, method and entry, signed: (B, C, H, W) of pictures, (B, D) of vectors
    :raises NoMapError: if a method has a map of none of the heads, or none that is finite
    """
    found: Maps = {}
    axes = axes_of(policy)
    entries = entry_keys(policy)

    @cache
    def jacobians(some: tuple[str, ...]) -> dict[str, Any]:
        """All Jacobians come from one forward pass, and so do the maps that follow from them."""
        return dict(head_jacobians(policy, states.observations, some, memory=states.memory, masks=states.masks))

    for name, method in methods.items():
        made: Maps = {}
        refused: dict[MapKey, NoMapError] = {}
        singly = [(head,) for head in heads]
        pending = [tuple(heads)] if method is jacobian or isinstance(method, OfJacobian) else singly
        while pending:
            some = pending.pop(0)
            try:
                whole = _wholes(policy, states, some, method, jacobians)
            except NoMapError as refusal:
                if len(some) > 1:  # one of them has no map; the others may have
                    pending = singly
                else:
                    refused[MapKey(some[0], name)] = refusal
                continue
            for head, maps in whole.items():
                for entry, key in entries.items():
                    if is_picture(axes[key].letters) or not getattr(method, "of_images", False):
                        signed, which = _numbers(pictured(policy, maps, entry)), MapKey(head, name, entry)
                        if np.isfinite(signed).all():
                            made[which] = signed
                        else:
                            refused[which] = _not_finite(which, signed)
        if not made:
            raise next(iter(refused.values()))
        if refusals is not None:
            refusals |= {key: str(refusal) for key, refusal in refused.items()}
        found |= {key: made[key] for head in heads for key in made if key.head == head}
    return found


def film_maps(policy: BasePolicy, film: States, heads: Sequence[str]) -> tuple[Maps, str]:
    """
    The maps that a video shows: those that are shown first. A video is an extra: of a policy without derivatives, which other
    methods can explain, it shows the game alone.

    :param policy: of an SB3 model
    :param film: consecutive states
    :param heads: names
    :return: maps as :func:`make_maps` gives them, or none; and a line that says why there are none, else empty
    """
    try:
        return make_maps(policy, film, heads, methods_named(first_methods(policy, heads))), ""
    except NoMapError as refusal:
        return {}, f"The video shows no maps: {refusal}."


def _wholes(
    policy: BasePolicy,
    states: States,
    heads: tuple[str, ...],
    method: Method,
    jacobians: Callable[[tuple[str, ...]], dict[str, Any]],
) -> dict[str, Any]:
    """Maps in the form of the observations."""
    if method is jacobian:
        return jacobians(heads)
    asked = [Head(policy, head, memory=states.memory, masks=states.masks) for head in heads]
    if isinstance(method, OfJacobian):
        made = jacobians(heads)
        return {head.name: method.follow(head, states.observations, made[head.name]) for head in asked}
    return {head.name: method(head, states.observations) for head in asked}


def signed_map(method: Method, head: Head, obs: Observations, entry: str = "") -> np.ndarray:
    """
    One method's map of one head, as numbers.

    :param method: of :data:`saccade.saliency.METHODS`
    :param head: of a policy
    :param obs: batch (B, ...) as the env gives it
    :param entry: of dict observations, as :func:`saccade.saliency.readers.entries.pictured` takes it
    :return: signed (B, C, H, W), or (B, D) for vectors
    :raises NoMapError: if the method has no map of this head
    """
    return _numbers(pictured(head.policy, method(head, obs), entry))


def strength_map(method: Method, head: Head, obs: Observations, entry: str = "") -> np.ndarray:
    """
    How strong :func:`signed_map` is at each place.

    :param method: of :data:`saccade.saliency.METHODS`
    :param head: of a policy
    :param obs: batch (B, ...) as the env gives it
    :param entry: as for :func:`signed_map`
    :return: (B, H, W); (B, 1, D) for vectors
    :raises NoMapError: if the method has no map of this head
    """
    return magnitude(signed_map(method, head, obs, entry))


def _not_finite(key: MapKey, signed: np.ndarray) -> NoMapError:
    spoilt = np.flatnonzero(~np.isfinite(signed.reshape(len(signed), -1)).all(axis=1)).tolist()
    return NoMapError(
        f"the map of {key.output} by {key.method} is not finite in {states_named(spoilt)}, because the policy's numbers or their "
        "derivatives are not, there or where the method changes what is seen; leave these states out, or take another method"
    )


def _numbers(maps: th.Tensor) -> np.ndarray:
    return maps.detach().float().cpu().numpy()
