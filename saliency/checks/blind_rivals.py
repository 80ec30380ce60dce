"""Maps beside blind orders: deletion and insertion of both, and how far the map leads."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..map_key import MapKey
from ..readers.entries import Entries
from ..readers.head import Head
from ..statistics.bootstrap import Interval, following, ratio_intervals
from .blind.orders import blind_orders_of
from .blind.removal import removals_of
from .deletion_insertion import DeletionInsertion, areas, ranks_of

MEASURES = ("deletion", "insertion")
SIGNS = {"deletion": 1, "insertion": -1}  # of map minus rival, so that above 0 the map is better


@dataclass(frozen=True)
class BesideBlind:
    """
    One map beside blind orders. The unit is the mean of the first of them, random places, over the states.

    :param ratios: {(measure, removal): the map's mean in that unit}; the measures are deletion (above 1 is good) and insertion
        (below 1 is good)
    :param leads: {(measure, removal, rival): how far the map is better than that blind order, in that unit, with an interval over
        states}. Above 0 the map is better, by deletion as well as by insertion
    :param flips: {removal: (share of the deletion with another greedy action, the same in random order)}; NaN if actions are not
        discrete or nobody asked
    :param alike: lag-1 autocorrelation of the leads along the states
    """

    ratios: Mapping[tuple[str, str], float]
    leads: Mapping[tuple[str, str, str], Interval]
    flips: Mapping[str, tuple[float, float]]
    alike: float


def beside_blind(
    tied: Head, entries: Entries, strengths: Mapping[MapKey, np.ndarray], steps: int = 16, draws: int = 3, seed: int = 0
) -> dict[MapKey, BesideBlind]:
    """
    Maps of one entry of the observations beside all blind orders, with every way of removal. The blind orders are asked once for
    all heads.

    :param tied: any head of the policy, tied to the observations
    :param entries: the observations
    :param strengths: {key: (B, H, W), or (B, 1, D) of vectors}, of several heads and methods, and of one entry
    :param steps: of deletion and insertion
    :param draws: of each random order; the mean over the draws counts
    :param seed: of random orders and of the bootstrap
    """
    (entry,) = {key.entry for key in strengths}
    x = entries.tensors[entries.key_of(entry)]
    heads = list(dict.fromkeys(key.head for key in strengths))
    rivals = blind_orders_of(x)
    drawn = [(name, seed + draw) for name, one in rivals.items() for draw in range(draws if one.is_random else 1)]
    of_rivals = ranks_of(x, [rivals[name].order(x, of_draw) for name, of_draw in drawn])
    of_maps = {head: {key: strength for key, strength in strengths.items() if key.head == head} for head in heads}
    ranks = {head: ranks_of(x, list(of_head.values())) for head, of_head in of_maps.items()}
    found: dict[str, tuple[dict[MapKey, DeletionInsertion], dict[str, dict[str, DeletionInsertion]]]] = {}
    for number, (name, removal) in enumerate(removals_of(x).items()):
        blind = areas(tied, heads, entries, entry, of_rivals, removal, steps, number == 0)
        ours: dict[MapKey, DeletionInsertion] = {}
        for head, of_head in of_maps.items():
            rows = areas(tied, [head], entries, entry, ranks[head], removal, steps, number == 0)[head]
            ours |= dict(zip(of_head, rows, strict=True))
        labels = [rival for rival, _ in drawn]
        means = {
            head: {rival: _mean([row for label, row in zip(labels, rows, strict=True) if label == rival]) for rival in rivals}
            for head, rows in blind.items()
        }
        found[name] = ours, means
    return {key: _beside(key, found, seed) for key in strengths}


def _beside(
    key: MapKey, found: Mapping[str, tuple[dict[MapKey, DeletionInsertion], dict[str, dict[str, DeletionInsertion]]]], seed: int
) -> BesideBlind:
    ratios, flips, compared, better, units = {}, {}, [], [], []
    for removal, (ours, blind) in found.items():
        map_, rivals = ours[key], blind[key.head]
        unit = next(iter(rivals.values()))
        flips[removal] = float(map_.flips.mean()), float(unit.flips.mean())
        for measure in MEASURES:
            area, chance = getattr(map_, measure), getattr(unit, measure)
            # A ratio of means, because the chance of a single observation may be close to zero.
            ratios[measure, removal] = float(area.mean() / chance.mean()) if chance.mean() > 0 else float("nan")
            for rival, theirs in rivals.items():
                compared.append((measure, removal, rival))
                better.append(SIGNS[measure] * (area - getattr(theirs, measure)))
                units.append(chance)
    intervals = ratio_intervals(np.stack(better), np.stack(units), seed)
    return BesideBlind(ratios, dict(zip(compared, intervals, strict=True)), flips, following(np.stack(better)))


def _mean(rows: list[DeletionInsertion]) -> DeletionInsertion:
    """Of several draws of one order, state by state."""
    return DeletionInsertion(*(np.mean(figure, axis=0) for figure in zip(*rows, strict=True)))
