"""What the figures of trust look like where there is nothing to find."""

from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np
import torch as th
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.type_aliases import PyTorchObs

from ..methods.gradient_methods import Method
from ..methods.maps import all_trust
from ..readers.entries import Entries, Observations
from ..readers.head import Head
from .randomisation import layers_of, with_random_layers
from .trust import Trust

SHUFFLED, RANDOM = "shuffled", "random weights"


def trust_controls(
    policy: BasePolicy,
    obs: Observations,
    made: Collection[str],
    methods: Mapping[str, Method],
    memory: th.Tensor | None = None,
    seed: int = 0,
) -> list[Trust]:
    """
    Figures of the same maps with their places shuffled, and of those of the same network with random weights.

    :param policy: as for :func:`saccade.saliency.methods.maps.all_trust`, as are all others
    :return: rows whose method, or head, has the control behind its name
    """
    noise = all_trust(policy, obs, made, {name: shuffled(method, seed) for name, method in methods.items()}, memory, seed)
    # Another seed than the randomisation check's, which would else compare these weights with themselves.
    unlearnt = all_trust(with_random_layers(policy, layers_of(policy), seed + 1), obs, made, methods, memory, seed)
    return [replace(row, method=f"{row.method}, {SHUFFLED}") for row in noise] + [
        replace(row, head=f"{row.head}, {RANDOM}") for row in unlearnt
    ]


def shuffled(method: Method, seed: int = 0) -> Method:
    """
    A method whose maps have the right strengths in the wrong places.

    :param method: whose maps they are
    :param seed: of the places, which differ from call to call and from one observation to the next
    """
    random = np.random.default_rng(seed)

    def shuffle(x: th.Tensor) -> th.Tensor:
        """Places of an image are moved with all their channels."""
        flat = x.flatten(2) if x.ndim == 4 else x.reshape(len(x), -1)
        order = th.from_numpy(np.stack([random.permutation(flat.shape[-1]) for _ in flat])).to(x.device)
        order = order[:, None].expand_as(flat) if x.ndim == 4 else order
        return flat.gather(-1, order).view_as(x)

    def moved(head: Head, obs: Observations) -> PyTorchObs:
        maps = Entries.of(head.policy, method(head, obs))
        return maps.maps({key: shuffle(maps.tensors[key]) for key in maps.seen()})

    return moved
