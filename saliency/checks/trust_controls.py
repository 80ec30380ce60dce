"""The checks of maps that say nothing, as controls: places shuffled, and a network with random weights."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import torch as th
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.type_aliases import PyTorchObs

from ..map_key import Maps
from ..methods.gradient_methods import Method
from ..methods.map_making import make_maps
from ..readers.entries import Entries, Observations
from ..readers.head import Head
from ..states.states import States
from .object_relevance import heads_and_methods
from .random_weights.random_layers import unlearned
from .trust import FULL, Effort, trust
from .trust_row import Trust

SHUFFLED, RANDOM = "shuffled", "random weights"  # the controls


def trust_controls(
    policy: BasePolicy, states: States, maps: Maps, methods: Mapping[str, Method], seed: int = 0, effort: Effort = FULL
) -> list[Trust]:
    """
    The same figures for maps that say nothing: the maps with their places shuffled, and the maps of a network with random weights.

    :param policy: as for :func:`saccade.saliency.checks.trust.trust`, like all other parameters
    :return: rows; the name of the control stands behind the method, or behind the head
    """
    heads, used = heads_and_methods(maps, methods)
    # The method shuffles, so that the checks shuffle anew each time they make a map.
    noise = {name: shuffled(method, seed) for name, method in used.items()}
    random = unlearned(policy, seed)
    of_noise = trust(policy, states, make_maps(policy, states, heads, noise), noise, seed, effort)
    of_unlearned = trust(random, states, make_maps(random, states, heads, used), used, seed, effort)
    return [
        *(replace(row, method=f"{row.method}, {SHUFFLED}") for row in of_noise),
        *(replace(row, head=f"{row.head}, {RANDOM}") for row in of_unlearned),
    ]


def shuffled(method: Method, seed: int = 0) -> Method:
    """
    A method whose maps have the right strengths in the wrong places.

    :param method: that makes the maps
    :param seed: of the places; they differ from call to call and from one observation to the next
    """
    random = np.random.default_rng(seed)

    def shuffle(x: th.Tensor) -> th.Tensor:
        """Moves the places of an image with all their channels."""
        flat = x.flatten(2) if x.ndim == 4 else x.reshape(len(x), -1)
        order = th.from_numpy(np.stack([random.permutation(flat.shape[-1]) for _ in flat])).to(x.device)
        order = order[:, None].expand_as(flat) if x.ndim == 4 else order
        return flat.gather(-1, order).view_as(x)

    def moved(head: Head, obs: Observations) -> PyTorchObs:
        entries = Entries.of(head.policy, obs)
        maps = entries.pictures(method(head, obs))
        return entries.maps({key: shuffle(maps[key]) for key in entries.seen()})

    return moved
