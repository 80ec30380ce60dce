"""How alike attention weights and saliency maps of one network are, beside orders that have not seen it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from stable_baselines3.common.policies import BasePolicy

from saccade.saliency import METHODS, States
from saccade.saliency.checks.blind.orders import blind_orders_of
from saccade.saliency.checks.random_weights.random_layers import unlearned
from saccade.saliency.map_key import ATTENTION
from saccade.saliency.methods.map_making import make_maps
from saccade.saliency.readers.entries import Entries
from saccade.saliency.statistics.bootstrap import enough_groups
from saccade.saliency.statistics.map_statistics import magnitude
from saccade.scripts.benchmarks.shown_first.alike import alike

HEADS = ("value", "advantage")
ANOTHER = "another_state"  # the attention of another state: agreement that is not of this state

Strengths = Mapping[tuple[str, str], np.ndarray]  # {(head, method): (B, H, W)}


def agreement_rows(policy: BasePolicy, states: States, methods: Sequence[str], draws: int, seed: int) -> list[dict[str, Any]]:
    """
    Two kinds of rows. *Within a head*: attention beside each other method, each blind order, and the attention of another state.
    *Between heads*: the map of V beside that of A, for each method. Every row also has the same figure of networks with random
    weights.

    All is measured inside the rectangle where attention can lie. Outside it is 0 in every network, and these ties alone would make
    any two attention maps alike.

    :param policy: with attention, of images
    :param states: B of them, with the games they are from
    :param methods: names, ``attention`` among them
    :param draws: networks with random weights
    :param seed: of random weights, random orders and the bootstrap
    """
    entries = Entries.of(policy, states.observations)
    image = entries.tensors[entries.pictured]
    whole = [
        _strengths(network, states, methods) for network in (policy, *(unlearned(policy, seed + draw) for draw in range(draws)))
    ]
    place = where_it_lies(np.concatenate([own[head, ATTENTION] for own in whole for head in HEADS]))
    networks = [{key: strength[place] for key, strength in own.items()} for own in whole]  # the trained one is the first
    blind = {name: one.order(image, seed)[place] for name, one in blind_orders_of(image).items()}
    groups = enough_groups(states.games)
    rows = []
    for head in HEADS:
        for other in (*(name for name in methods if name != ATTENTION), *blind):
            pairs = [(own[head, ATTENTION], blind[other] if other in blind else own[head, other]) for own in networks]
            rows.append({"head": head, "one": ATTENTION, "other": other, **alike(pairs, groups, seed)})
        shifted = [(own[head, ATTENTION], np.roll(own[head, ATTENTION], len(states) // 2, axis=0)) for own in networks]
        rows.append({"head": head, "one": ATTENTION, "other": ANOTHER, **alike(shifted, groups, seed)})
    for method in methods:
        pairs = [(own["value", method], own["advantage", method]) for own in networks]
        rows.append({"head": "value and advantage", "one": method, "other": method, **alike(pairs, groups, seed)})
    return rows


def where_it_lies(attention: np.ndarray) -> tuple[slice, slice, slice]:
    """
    The smallest rectangle outside which no map has any weight.

    :param attention: (N, H, W)
    :return: slices of maps (B, H, W)
    """
    rows, columns = (np.flatnonzero((attention > 0).any(axis=axes)) for axes in ((0, 2), (0, 1)))
    return slice(None), slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


def _strengths(policy: BasePolicy, states: States, methods: Sequence[str]) -> Strengths:
    maps = make_maps(policy, states, HEADS, {name: METHODS[name] for name in methods})
    return {(key.head, key.method): magnitude(signed) for key, signed in maps.items()}
