"""Does a map depend on what was learned, and do the maps of two heads differ? The randomisation check on states of play."""

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from stable_baselines3.common.policies import BasePolicy

from saccade.saliency import Head, NoMapError, States
from saccade.saliency.checks.random_weights.random_layers import unlearned
from saccade.saliency.checks.randomisation import Randomised, drawn_copies, order_kept, randomisation
from saccade.saliency.methods.gradient_methods import Method
from saccade.saliency.methods.map_making import make_maps, strength_map
from saccade.saliency.readers.entries import Entries
from saccade.saliency.statistics.bootstrap import enough_groups, mean_interval
from saccade.saliency.statistics.map_figures import mean_of_defined
from saccade.saliency.statistics.map_statistics import magnitude
from saccade.scripts.benchmarks.runs.measured_runs import rounded
from saccade.scripts.benchmarks.shown_first.alike import alike
from saccade.scripts.benchmarks.timing import say

STEPS = {"random_head": 0, "random_all": -1}  # of the check: random weights next to the head alone, and everywhere
CHECKED = 16  # states, at least. The check makes 14 maps of each for V and A, and a slow method takes a second for a map


def over_games(states: States, count: int = CHECKED) -> States:
    """
    Some of the states: as many of each game, and of different times.

    :param states: B of them, with their games
    :param count: to be reached; each game gives at least one, and none more than it has
    """
    if states.games is None:
        return states.some(slice(count))
    names = np.unique(states.games)
    each = -(-count // len(names))
    rows: list[int] = []
    for number, game in enumerate(names):
        own = np.flatnonzero(states.games == game)
        places = (number + np.arange(each) * len(own) // each) % len(own)
        rows += own[np.unique(places)].tolist()
    return states.some(np.sort(rows))


def randomised_rows(
    policy: BasePolicy, states: States, heads: Sequence[str], methods: Mapping[str, Method], draws: int, seed: int
) -> Iterator[list[dict[str, Any]]]:
    """
    The rank correlation of each map with that of random weights, method after method. A row has the mean over the states of each
    draw, and the mean over states and draws with its interval over games. Heads of which a method has no map are left out.

    :param policy: of images
    :param states: B of them
    :param heads: names
    :param methods: by name
    :param draws: of random weights, at least 1; the same for all methods
    :param seed: of the first draw and of the bootstrap
    """
    games = None if states.games is None else len(np.unique(states.games))
    entries = Entries.of(policy, states.observations)
    entry = entries.pictured if len(entries.seen()) > 1 else ""
    tied = {name: Head(policy, name, memory=states.memory, masks=states.masks).at(entries.packed()) for name in heads}
    copies = {name: list(drawn_copies(head, entries, draws, seed)) for name, head in tied.items()}
    for name, method in methods.items():
        start, rows = time.perf_counter(), []
        for head, at in tied.items():
            try:
                strength = strength_map(method, at, states.observations, entry)
            except NoMapError:
                continue
            found = [
                randomisation(at, states.observations, method, drawn, strength=strength, entry=entry) for drawn in copies[head]
            ]
            rows.append({"head": head, "method": name, "states": len(states), "games": games, **_figures(found, states, seed)})
        say(f"  {name}: randomisation {time.perf_counter() - start:.1f} s")
        yield rows


def _figures(found: Sequence[Sequence[Randomised]], states: States, seed: int) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for name, step in STEPS.items():
        kept = order_kept([drawn[step] for drawn in found])
        told[name] = [rounded(mean_of_defined(of_draw)) for of_draw in kept]
        told[f"{name}_interval"] = [rounded(end) for end in mean_interval(kept.mean(axis=0), enough_groups(states.games), seed)]
    return told


def heads_alike(
    policy: BasePolicy, states: States, heads: Collection[str], methods: Mapping[str, Method], draws: int, seed: int
) -> list[dict[str, Any]]:
    """
    The map of V beside that of A, on the same states, for each method; and the same figures of networks with random weights.

    :param policy: of images
    :param states: B of them
    :param heads: names of those that are measured; without V or A there is no row
    :param methods: by name
    :param draws: networks with random weights
    :param seed: of random weights and of the bootstrap
    """
    both = ("value", "advantage")
    if not set(both) <= set(heads):
        return []
    networks = [policy, *(unlearned(policy, seed + draw) for draw in range(draws))]
    made = [make_maps(network, states, both, methods) for network in networks]
    rows = []
    for name in methods:
        pairs = []
        for maps in made:
            value, advantage = (
                next(magnitude(signed) for key, signed in maps.items() if (key.head, key.method) == (head, name)) for head in both
            )
            pairs.append((value, advantage))
        rows.append({"method": name, "states": len(states), **alike(pairs, enough_groups(states.games), seed)})
    return rows
