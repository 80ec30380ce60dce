"""Maps of many heads by many methods."""

from collections.abc import Mapping, Sequence

import numpy as np
from stable_baselines3.common.policies import BasePolicy

from ..errors import NoMapError
from ..map_key import MapKey, Maps
from ..readers.entries import Observations, pictured
from ..readers.head import Head
from ..states.states import States
from ..statistics.map_statistics import magnitude
from .derivatives import head_jacobians, jacobian
from .gradient_methods import Method


def make_maps(
    policy: BasePolicy,
    states: States,
    heads: Sequence[str],
    methods: Mapping[str, Method],
    refusals: dict[MapKey, str] | None = None,
) -> Maps:
    """
    Maps of heads by methods. A method may have no map of some heads; those are left out.

    :param policy: of an SB3 model
    :param states: what the policy sees, and its memory
    :param heads: names
    :param methods: by name
    :param refusals: gets a line for each map that is left out
    :return: signed (B, ...) by head and method; of dict observations the entry that is pictured
    :raises NoMapError: if a method has a map of none of the heads
    """
    found: Maps = {}
    for name, method in methods.items():
        made: Maps = {}
        refused: dict[MapKey, NoMapError] = {}
        singly = [(head,) for head in heads]
        pending = [tuple(heads)] if method is jacobian else singly  # all Jacobians come from one forward pass
        while pending:
            some = pending.pop(0)
            try:
                made |= {MapKey(head, name): maps for head, maps in _maps_of(policy, states, some, method).items()}
            except NoMapError as refusal:
                if len(some) > 1:  # one of them has no map; the others may have
                    pending = singly
                else:
                    refused[MapKey(some[0], name)] = refusal
        if not made:
            raise next(iter(refused.values()))
        if refusals is not None:
            refusals |= {key: str(refusal) for key, refusal in refused.items()}
        found |= {MapKey(head, name): made[MapKey(head, name)] for head in heads if MapKey(head, name) in made}
    return found


def _maps_of(policy: BasePolicy, states: States, heads: tuple[str, ...], method: Method) -> dict[str, np.ndarray]:
    if method is jacobian:
        jacobians = head_jacobians(policy, states.observations, heads, memory=states.memory, masks=states.masks)
        return {head: pictured(policy, jacobians[head]).cpu().numpy() for head in heads}
    asked = [Head(policy, head, memory=states.memory, masks=states.masks) for head in heads]
    return {head.name: signed_map(method, head, states.observations) for head in asked}


def signed_map(method: Method, head: Head, obs: Observations) -> np.ndarray:
    """
    One method's map of one head, as numbers.

    :param method: of :data:`saccade.saliency.METHODS`
    :param head: of a policy
    :param obs: batch (B, ...) as the env gives it
    :return: signed (B, ...); of dict observations the entry that is pictured
    :raises NoMapError: if the method has no map of this head
    """
    return pictured(head.policy, method(head, obs)).detach().float().cpu().numpy()


def strength_map(method: Method, head: Head, obs: Observations) -> np.ndarray:
    """
    How strong :func:`signed_map` is at each place.

    :param method: of :data:`saccade.saliency.METHODS`
    :param head: of a policy
    :param obs: batch (B, ...) as the env gives it
    :return: (B, H, W); (B, 1, D) for vectors
    :raises NoMapError: if the method has no map of this head
    """
    return magnitude(signed_map(method, head, obs))
