"""Maps of many heads by many methods."""

from collections.abc import Collection, Mapping, Sequence
from itertools import combinations

import numpy as np
import torch as th
from stable_baselines3.common.policies import BasePolicy

from ..checks.trust import Trust, mean_of_defined, trust
from ..readers.entries import Observations
from ..readers.head import Head
from ..statistics.map_statistics import magnitude, rank_correlation
from .gradient_methods import Method
from .jacobian import head_jacobians
from .strength import pictured

Maps = dict[str, np.ndarray]  # {head, or head/method: signed (B, ...)}
JACOBIAN = "jacobian"  # the method of maps that are named after their head alone


def map_name(head: str, method: str) -> str:
    """``value`` for the Jacobian, ``value/greydanus`` for another method."""
    return head if method == JACOBIAN else f"{head}/{method}"


def split_name(name: str) -> tuple[str, str]:
    """Head and method of a map of that name."""
    head, _, method = name.partition("/")
    return head, method or JACOBIAN


def all_maps(
    policy: BasePolicy,
    obs: Observations,
    heads: Sequence[str],
    methods: Mapping[str, Method],
    memory: th.Tensor | None = None,
) -> Maps:
    """
    Maps by name (:func:`map_name`). Heads of which a method has none are left out.

    :param policy: of an SB3 model
    :param obs: batch (B, ...) as the env gives it
    :param heads: names
    :param methods: by name
    :param memory: of a recurrent policy, as for :class:`saccade.saliency.heads.Head`
    :return: signed (B, ...); of dict observations the entry that is pictured
    :raises TypeError: if a method makes a map of none of the heads
    """
    found: Maps = {}
    for name, method in methods.items():
        if name == JACOBIAN:  # all heads from one forward pass
            jacobians = head_jacobians(policy, obs, heads, memory=memory)
            found |= {head: pictured(jacobians[head]).cpu().numpy() for head in heads}
            continue
        refusal: TypeError | None = None
        made = 0
        for head in heads:
            try:
                maps = method(Head(policy, head, memory=memory), obs)
            except TypeError as error:
                refusal = error
                continue
            found[map_name(head, name)] = pictured(maps).detach().cpu().numpy()
            made += 1
        if refusal is not None and not made:
            raise refusal
    return found


def all_trust(
    policy: BasePolicy,
    obs: Observations,
    made: Collection[str],
    methods: Mapping[str, Method],
    memory: th.Tensor | None = None,
    seed: int = 0,
) -> list[Trust]:
    """
    Figures of maps.

    :param policy: as for :func:`all_maps`, as are all others
    :param made: names of the maps, as :func:`all_maps` gives them
    :param seed: of what is drawn at random
    """
    heads = dict.fromkeys(split_name(name)[0] for name in made)
    return [
        row
        for head in heads
        for row in trust(
            Head(policy, head, memory=memory),
            obs,
            {name: method for name, method in methods.items() if map_name(head, name) in made},
            seed,
        )
    ]


def all_agreement(maps: Maps) -> dict[str, dict[tuple[str, str], float]]:
    """
    How alike the methods' maps of each head are: mean rank correlation of their strength, pair by pair.

    :param maps: as :func:`all_maps` gives them
    :return: {head: {(method, method): correlation}}
    """
    found: dict[str, dict[tuple[str, str], float]] = {}
    for (one, a), (another, b) in combinations(maps.items(), 2):
        (head, method), (same, other) = split_name(one), split_name(another)
        if head == same:
            found.setdefault(head, {})[method, other] = mean_of_defined(rank_correlation(magnitude(a), magnitude(b)))
    return found
