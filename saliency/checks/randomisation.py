"""Does a map depend on what the network has learned? The same map with random weights."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from stable_baselines3.common.policies import BasePolicy

from ..methods.gradient_methods import Method
from ..methods.map_making import strength_map
from ..readers.entries import Entries, Observations
from ..readers.head import Head
from ..statistics.similarity import rank_correlation, structural_similarity
from .random_weights.random_layers import layers_from_head, with_random_layers
from .verdict import FEWEST


class Randomised(NamedTuple):
    """
    What random weights do to a map.

    :ivar layers: names of the layers with random weights
    :ivar rank_correlation: (B,) of the map's strength before and after
    :ivar similarity: (B,) SSIM of the same; NaN for vectors
    :ivar strength: of the map after, (B, H, W) or (B, 1, D)
    """

    layers: tuple[str, ...]
    rank_correlation: np.ndarray
    similarity: np.ndarray
    strength: np.ndarray


Copies = Mapping[tuple[str, ...], BasePolicy]  # {names of the layers with random weights: a policy with them}


def randomisation(
    head: Head,
    obs: Observations,
    method: Method,
    copies: Copies,
    *,
    strength: np.ndarray | None = None,
    entry: str = "",
) -> list[Randomised]:
    """
    Parameter randomisation (Adebayo et al. 2018, section 3): the layer next to the head gets random weights, then all layers do.
    A map that stays the same explains the observation, not the network.

    Random weights come from a Gaussian with the mean and the standard deviation of the weights that they replace, so signals keep
    their size. (The paper initialises the layers anew.) The head speaks of the same action throughout. The policy stays as it is.

    :param head: of a policy
    :param obs: batch (B, ...) as the env gives it
    :param method: of :data:`saccade.saliency.METHODS`
    :param copies: of :func:`drawn_copies`, one draw
    :param strength: of the map with the policy's own weights, (B, H, W) or (B, 1, D), if it has been made already
    :param entry: of dict observations, whose map counts; empty for the one that is pictured
    :return: one for each of the copies
    """
    entries = Entries.of(head.policy, obs)
    tied = head.at(entries.packed())
    before = strength_map(method, tied, obs, entry) if strength is None else strength
    found = []
    for layers, other in copies.items():
        after = strength_map(method, replace(tied, policy=other), obs, entry)
        alike = structural_similarity(before, after) if min(before.shape[1:]) > 1 else np.full(len(before), np.nan)
        found.append(Randomised(layers, rank_correlation(before, after), alike, after))
    return found


def drawn_copies(head: Head, entries: Entries, draws: int, seed: int = 0) -> Iterator[Copies]:
    """
    Random weights in the layer next to the head, and in all its layers, drawn several times.

    :param head: of a policy
    :param entries: observations for the forward pass that shows its layers
    :param draws: number of them
    :param seed: of the first draw; the next one has the next number
    :return: in each draw the copy with the fewest random layers first
    """
    layers = layers_from_head(head, entries)
    steps = [layers[:depth] for depth in sorted({1, len(layers)})]
    for draw in range(draws):
        yield {tuple(step): with_random_layers(head.policy, step, seed + draw) for step in steps}


def order_kept(draws: Sequence[Randomised]) -> np.ndarray:
    """
    How much of a map's order random weights leave: the size of the rank correlation. An order that they turn round is still there.

    :param draws: K of them
    :return: (K, B) from 0 to 1; NaN for maps with too few places
    """
    places = draws[0].strength[0].size
    return (
        np.abs([one.rank_correlation for one in draws])
        if places >= FEWEST
        else np.full((len(draws), len(draws[0].strength)), np.nan)
    )
