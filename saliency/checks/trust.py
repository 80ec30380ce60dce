"""How far a map can be trusted: all figures of all maps, by head and method."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from stable_baselines3.common.policies import BasePolicy

from ..map_key import MapKey, Maps
from ..methods.gradient_methods import Method
from ..readers.entries import Entries
from ..readers.head import Head
from ..states.states import States
from ..statistics.map_figures import mean_of_defined
from ..statistics.map_statistics import entropy, gini, magnitude
from .blind_rivals import BesideBlind, beside_blind
from .randomisation import Randomised, drawn_copies, order_kept, randomisation
from .sensitivity import sensitivity
from .trust_row import Trust

__all__ = ["FULL", "QUICK", "Effort", "Trust", "trust"]


@dataclass(frozen=True)
class Effort:
    """
    How much the checks may cost.

    :param steps: of deletion and insertion
    :param orders: draws of each random order
    :param weights: draws of random weights
    :param over_random: whether each map is also compared with the maps of its method with random weights, in deletion and
        insertion of the network itself. It costs as much again for each draw of the weights
    """

    steps: int = 16
    orders: int = 3
    weights: int = 3
    over_random: bool = False


FULL = Effort()
QUICK = Effort(steps=8, orders=1, weights=1)  # for events of training, which may take little time


def trust(
    policy: BasePolicy, states: States, maps: Maps, methods: Mapping[str, Method], seed: int = 0, effort: Effort = FULL
) -> list[Trust]:
    """
    All figures of all maps.

    :param policy: of an SB3 model
    :param states: what the policy sees, its memory, and the games that they are from
    :param maps: of these states, as :func:`saccade.saliency.methods.map_making.make_maps` makes them; they are not made again
    :param methods: by name, at least those of the maps
    :param seed: of random orders, random weights and noise
    :param effort: how many steps and draws
    :return: one row a map, head by head
    """
    entries = Entries.of(policy, states.observations)
    strengths = {key: magnitude(signed) for key, signed in maps.items()}
    tied: dict[str, Head] = {}
    randomised: dict[MapKey, list[list[Randomised]]] = {}
    for name in dict.fromkeys(key.head for key in maps):
        tied[name] = head = Head(policy, name, memory=states.memory, masks=states.masks).at(entries.packed())
        for copies in drawn_copies(head, entries, effort.weights, seed):  # the same for all methods
            for key in (key for key in maps if key.head == name):
                found = randomisation(
                    head, states.observations, methods[key.method], copies, strength=strengths[key], entry=key.entry
                )
                randomised.setdefault(key, []).append(found)
    controls = {key: [one[-1].strength for one in drawn] for key, drawn in randomised.items()} if effort.over_random else {}
    beside: dict[MapKey, BesideBlind] = {}
    for entry in dict.fromkeys(key.entry for key in maps):
        of_entry = {key: strength for key, strength in strengths.items() if key.entry == entry}
        beside |= beside_blind(
            next(iter(tied.values())),
            entries,
            of_entry,
            effort.steps,
            effort.orders,
            seed,
            games=states.games,
            controls=controls,
        )
    ordered = [
        key for both in dict.fromkeys((key.head, key.entry) for key in maps) for key in maps if (key.head, key.entry) == both
    ]
    return [
        _row(key, tied[key.head], states, strengths[key], methods[key.method], beside[key], randomised[key], seed)
        for key in ordered
    ]


def _row(
    key: MapKey,
    tied: Head,
    states: States,
    strength: np.ndarray,
    method: Method,
    beside: BesideBlind,
    randomised: list[list[Randomised]],
    seed: int,
) -> Trust:
    heads, alls = [one[0] for one in randomised], [one[-1] for one in randomised]
    places = strength[0].size
    flips, flips_random = next(iter(beside.flips.values()))
    return Trust(
        key.head,
        key.method,
        states=len(strength),
        places=places,
        ratios=beside.ratios,
        leads=beside.leads,
        flips=flips,
        flips_random=flips_random,
        random_head=_correlations(heads),
        random_all=_correlations(alls),
        similarity_head=float(np.mean([mean_of_defined(one.similarity) for one in heads])),
        similarity_all=float(np.mean([mean_of_defined(one.similarity) for one in alls])),
        sensitivity=sensitivity(tied, states.observations, method, seed, strength=strength, entry=key.entry),
        gini=mean_of_defined(gini(strength)),
        entropy=mean_of_defined(entropy(strength)),
        alike=beside.alike,
        entry=key.entry,
        games=None if states.games is None else len(np.unique(states.games)),
        over_random=beside.over_controls,
    )


def _correlations(draws: list[Randomised]) -> tuple[float, ...]:
    """A mean over the observations, for each draw."""
    return tuple(mean_of_defined(of_draw) for of_draw in order_kept(draws))
