"""What of a frame a map lies on: shares by named things, beside contrast alone and a network with random weights."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import torch as th
from stable_baselines3.common.policies import BasePolicy

from ..map_key import MapKey, Maps
from ..methods.gradient_methods import Method
from ..methods.map_making import make_maps
from ..objects.coverage import coverage
from ..states.states import States
from ..statistics.bootstrap import enough_groups, mean_interval
from ..statistics.map_figures import mean_of_defined
from ..statistics.map_statistics import magnitude
from ..statistics.relevance import pointing, pointing_by_chance, relevance_mass
from .blind.orders import contrast
from .markdown import markdown_table
from .random_weights.random_layers import unlearned

OF_FEW_GAMES = (
    "Some intervals resample states, because their games are not known or fewer than five. They say nothing about other games, and "
    "they are too narrow if states of one game are alike."
)


@dataclass(frozen=True)
class ObjectRelevance:
    """
    One head's maps by one method on one thing. Figures are means over the states in which the thing is.

    :param head: its name
    :param method: its name
    :param thing: its name
    :param states: in which it is there and the map is not zero
    :param mass: share of the map on the thing, divided by its share of the area; 1 is what an even map has
    :param mass_low: lower end of the mean's interval (95 %, bootstrap); NaN for fewer than five games or states
    :param mass_high: upper end
    :param resampled: what the bootstrap draws: ``games``, or ``states`` if the games are not known or fewer than five. Then the
        interval speaks of the states of these games alone
    :param pointing: how often the map's largest place is on the thing
    :param pointing_chance: how often a random place is
    :param contrast: ``mass`` of contrast alone, a map that knows no network
    :param random_weights: ``mass`` of the same method with random weights in all layers; NaN if it was not made
    """

    head: str
    method: str
    thing: str
    states: int
    mass: float
    mass_low: float
    mass_high: float
    resampled: str
    pointing: float
    pointing_chance: float
    contrast: float
    random_weights: float

    def figures(self) -> dict[str, float | str | None]:
        """All fields in the form of JSON; what is not defined is None."""
        return {name: None if isinstance(x, float) and not np.isfinite(x) else x for name, x in asdict(self).items()}


def covered_places(states: States) -> dict[str, np.ndarray] | None:
    """
    The things on the places of the states' maps.

    :param states: with what is known of things
    :return: {thing: (B, H, W) from 0 to 1}; None if nothing is known, or the observations have no single picture, so that it is
        not known where the things are in it
    """
    seen = states.pictures()
    picture = seen.get("")
    if not states.objects or picture is None or picture.ndim != 4:
        return None
    return {name: coverage(masks, *picture.shape[2:]) for name, masks in states.objects.items()}


def contrast_alone(states: States) -> np.ndarray:
    """
    How much each place of the states' picture stands out from its surroundings: the image minus its wide blur, absolute values
    summed over channels. It knows no network.

    :param states: with one picture each
    :return: (B, H, W)
    """
    return contrast(th.from_numpy(states.pictures()[""].astype(np.float32)))


def masses(maps: Maps, states: States) -> dict[MapKey, dict[str, np.ndarray]]:
    """
    The relevance mass of each map on each thing.

    :param maps: signed, of these states
    :param states: B states
    :return: {map: {thing: (B,)}}; empty if no things are known
    """
    covered = covered_places(states)
    if covered is None:
        return {}
    strengths = {key: magnitude(signed) for key, signed in maps.items() if not key.entry}
    return {key: {name: relevance_mass(x, share) for name, share in covered.items()} for key, x in strengths.items()}


def object_curves(maps: Maps, states: States) -> dict[str, float]:
    """
    The maps of one moment on the things of their states, as curves.

    :param maps: signed, of these states
    :param states: B states
    :return: ``objects/<head>/<method>/<thing>``: relevance mass; ``pointing/<head>/<method>/<thing>``: pointing game; means over
        the states in which the thing is. Empty if no things are known
    """
    covered = covered_places(states) or {}
    figures = {}
    for key, signed in maps.items() if covered else ():
        strength = magnitude(signed)
        for name, share in covered.items() if not key.entry else ():
            figures[f"objects/{key.head}/{key.method}/{name}"] = mean_of_defined(relevance_mass(strength, share))
            figures[f"pointing/{key.head}/{key.method}/{name}"] = mean_of_defined(pointing(strength, share))
    return {name: value for name, value in figures.items() if np.isfinite(value)}


def with_random_weights(policy: BasePolicy, states: States, maps: Maps, methods: Mapping[str, Method], seed: int = 0) -> Maps:
    """
    The same maps of a network that has learned nothing.

    :param policy: of an SB3 model
    :param states: what the policy sees
    :param maps: whose heads and methods are made again
    :param methods: by name
    :param seed: of the weights
    """
    return make_maps(unlearned(policy, seed), states, *heads_and_methods(maps, methods))


def heads_and_methods(maps: Maps, methods: Mapping[str, Method]) -> tuple[list[str], dict[str, Method]]:
    """
    What maps were made of, so that they can be made again.

    :param maps: of heads by methods
    :param methods: by name; others may be among them
    :return: names of the heads; the methods by name
    """
    heads = list(dict.fromkeys(key.head for key in maps))
    return heads, {name: methods[name] for name in dict.fromkeys(key.method for key in maps)}


def object_relevance(maps: Maps, states: States, of_random: Maps | None = None, seed: int = 0) -> list[ObjectRelevance]:
    """
    Figures of all maps on all things.

    :param maps: signed, of these states
    :param states: B states, with what is known of things
    :param of_random: the same maps of a network with random weights, or None
    :param seed: of the bootstrap
    :return: rows, map by map and thing by thing; none if no things are known. A thing that is in no state has no row
    """
    covered = covered_places(states)
    if covered is None:
        return []
    blind = contrast_alone(states)
    by_contrast = {name: relevance_mass(blind, share) for name, share in covered.items()}
    random = {key: magnitude(signed) for key, signed in (of_random or {}).items() if not key.entry}
    rows = []
    for key, signed in maps.items():
        strength = magnitude(signed)
        for name, share in covered.items() if not key.entry else ():
            of_map = relevance_mass(strength, share)
            known = ~np.isnan(of_map)
            if not known.any():
                continue
            groups = None if states.games is None else enough_groups(states.games[known])
            mean, low, high = mean_interval(of_map[known], groups, seed)
            rows.append(
                ObjectRelevance(
                    key.head,
                    key.method,
                    name,
                    int(known.sum()),
                    mean,
                    low,
                    high,
                    "states" if groups is None else "games",
                    mean_of_defined(pointing(strength, share)[known]),
                    mean_of_defined(pointing_by_chance(share)[known]),
                    mean_of_defined(by_contrast[name][known]),
                    mean_of_defined(relevance_mass(random[key], share)[known]) if key in random else float("nan"),
                )
            )
    return rows


def object_table(rows: Sequence[ObjectRelevance]) -> str:
    """Rows as a table in Markdown, and below it what its intervals are of."""
    heads = (
        "head", "method", "thing", "states", "mass", "interval", "pointing", "by chance", "contrast alone", "random weights"
    )  # fmt: skip
    lines = []
    for row in rows:
        interval = "" if np.isnan(row.mass_low) else f"{row.mass_low:.2f} to {row.mass_high:.2f}"
        numbers = ["" if np.isnan(x) else f"{x:.2f}" for x in (row.pointing, row.pointing_chance, row.contrast, row.random_weights)]
        lines.append([row.head, row.method, row.thing, str(row.states), f"{row.mass:.2f}", interval, *numbers])
    few = any(row.resampled == "states" and not np.isnan(row.mass_low) for row in rows)
    return markdown_table(heads, lines) + (f"\n\n{OF_FEW_GAMES}" if few else "")
