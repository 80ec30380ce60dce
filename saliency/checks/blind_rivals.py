"""Maps beside blind orders: deletion and insertion of both, and how far the map leads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..map_key import MapKey
from ..readers.entries import Entries
from ..readers.head import Head
from ..statistics.bootstrap import Interval, enough_groups, following, ratio_intervals
from .blind.orders import blind_orders_of
from .blind.removal import removals_of
from .deletion_insertion import DeletionInsertion, areas, ranks_of

MEASURES = ("deletion", "insertion")
CONTROL = "control"
SIGNS = {"deletion": 1, "insertion": -1}  # of map minus rival, so that above 0 the map is better


@dataclass(frozen=True)
class BesideBlind:
    """
    One map beside blind orders. The unit is the mean of the first of them, random places, over the states.

    :param ratios: {(measure, removal): the map's mean in that unit}; the measures are deletion (above 1 is good) and insertion
        (below 1 is good)
    :param leads: {(measure, removal, rival): how far the map is better than that blind order, in that unit, with an interval over
        games, or over states if the games are not known or fewer than five}. Above 0 the map is better, by deletion as well as by
        insertion
    :param flips: {removal: (share of the deletion with another greedy action, the same in random order)}; NaN if actions are not
        discrete or nobody asked
    :param alike: lag-1 autocorrelation of the leads along the states of each game
    :param over_controls: {(measure, removal): the same as ``leads`` over the mean of the map's controls}; empty if it has none
    """

    ratios: Mapping[tuple[str, str], float]
    leads: Mapping[tuple[str, str, str], Interval]
    flips: Mapping[str, tuple[float, float]]
    alike: float
    over_controls: Mapping[tuple[str, str], Interval]


def beside_blind(
    tied: Head,
    entries: Entries,
    strengths: Mapping[MapKey, np.ndarray],
    steps: int = 16,
    draws: int = 3,
    seed: int = 0,
    *,
    games: np.ndarray | None = None,
    controls: Mapping[MapKey, Sequence[np.ndarray]] | None = None,
    with_other_state: bool = False,
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
    :param games: (B,) which game each state is from, if it is known
    :param controls: maps that a map is compared with beside blind orders, such as those of the same method with random weights,
        each with the shape of the map; their mean counts
    :param with_other_state: whether places are also removed by what another state shows there, which costs half as much again
    """
    (entry,) = {key.entry for key in strengths}
    x = entries.tensors[entries.key_of(entry)]
    heads = list(dict.fromkeys(key.head for key in strengths))
    rivals = blind_orders_of(x)
    drawn = [(name, seed + draw) for name, one in rivals.items() for draw in range(draws if one.is_random else 1)]
    of_rivals = ranks_of(x, [rivals[name].order(x, of_draw) for name, of_draw in drawn])
    # The first order of a key is that of the map, and the others are those of its controls.
    orders = {key: [strength, *(controls or {}).get(key, ())] for key, strength in strengths.items()}
    labelled = {head: [key for key, several in orders.items() if key.head == head for _ in several] for head in heads}
    ranks = {head: ranks_of(x, [one for key, several in orders.items() if key.head == head for one in several]) for head in heads}
    found: Found = {}
    for number, (name, removal) in enumerate(removals_of(x, with_other_state).items()):
        blind = areas(tied, heads, entries, entry, of_rivals, removal, steps, number == 0)
        ours: dict[MapKey, list[DeletionInsertion]] = {key: [] for key in strengths}
        for head in heads:
            rows = areas(tied, [head], entries, entry, ranks[head], removal, steps, number == 0)[head]
            for key, row in zip(labelled[head], rows, strict=True):
                ours[key].append(row)
        labels = [rival for rival, _ in drawn]
        means = {
            head: {rival: _mean([row for label, row in zip(labels, rows, strict=True) if label == rival]) for rival in rivals}
            for head, rows in blind.items()
        }
        found[name] = ours, means
    return {key: _beside(key, found, seed, games) for key in strengths}


# {removal: ({map: its own figures and those of its controls}, {head: {blind order: figures}})}
Found = dict[str, tuple[dict[MapKey, list[DeletionInsertion]], dict[str, dict[str, DeletionInsertion]]]]


def _beside(key: MapKey, found: Found, seed: int, games: np.ndarray | None) -> BesideBlind:
    ratios, flips, compared, better, units = {}, {}, [], [], []
    for removal, (ours, blind) in found.items():
        (map_, *controls), rivals = ours[key], blind[key.head]
        others = {**rivals, **({CONTROL: _mean(controls)} if controls else {})}
        unit = next(iter(rivals.values()))
        flips[removal] = float(map_.flips.mean()), float(unit.flips.mean())
        for measure in MEASURES:
            area, chance = getattr(map_, measure), getattr(unit, measure)
            # A ratio of means, because the chance of a single observation may be close to zero.
            ratios[measure, removal] = float(area.mean() / chance.mean()) if chance.mean() > 0 else float("nan")
            for rival, theirs in others.items():
                compared.append((measure, removal, rival))
                better.append(SIGNS[measure] * (area - getattr(theirs, measure)))
                units.append(chance)
    intervals = ratio_intervals(np.stack(better), np.stack(units), seed, groups=enough_groups(games))
    leads = dict(zip(compared, intervals, strict=True))
    over_controls = {which[:2]: lead for which, lead in leads.items() if which[2] == CONTROL}
    over_blind = {which: lead for which, lead in leads.items() if which[2] != CONTROL}
    return BesideBlind(ratios, over_blind, flips, following(np.stack(better), games), over_controls)


def _mean(rows: list[DeletionInsertion]) -> DeletionInsertion:
    """Of several draws of one order, state by state."""
    return DeletionInsertion(*(np.mean(figure, axis=0) for figure in zip(*rows, strict=True)))
