"""Maps beside blind orders: deletion and insertion of both, and how far the map leads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..map_key import MapKey
from ..readers.entries import Entries
from ..readers.head import Head
from ..statistics.bootstrap import Interval, enough_groups, lag_one_autocorrelation, ratio_intervals
from ..statistics.directions import DIRECTIONS
from .blind.orders import blind_orders_of
from .blind.removal import Removal, removals_of
from .deletion_insertion import DeletionInsertion, areas, ranks_of

MEASURES = ("deletion", "insertion")
CONTROL = "control"
# Of map minus rival, so that above 0 the map is better.
SIGNS = {measure: 1 if DIRECTIONS[measure] == "higher" else -1 for measure in MEASURES}


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
) -> dict[MapKey, BesideBlind]:
    """
    Maps of one entry of the observations beside all blind orders, with every usual way of removal.

    :param strengths: {key: (B, H, W), or (B, 1, D) of vectors}, of several heads and methods, and of one entry
    :param controls: as for :meth:`BlindFigures.beside`, and all others as for :meth:`BlindFigures.measured`
    """
    (entry,) = {key.entry for key in strengths}
    heads = list(dict.fromkeys(key.head for key in strengths))
    blind = BlindFigures.measured(tied, entries, entry, heads, steps, draws, seed, games=games)
    return blind.beside(strengths, controls)


@dataclass(frozen=True)
class BlindFigures:
    """
    What blind orders reach in some observations, measured once for all heads and maps.

    :param tied: any head of the policy, tied to the observations
    :param entries: the observations
    :param entry: whose places are removed
    :param removals: ways to do so, by name
    :param steps: of deletion and insertion
    :param seed: of the bootstrap
    :param games: (B,) which game each state is from, or None
    :param of: {removal: {head: {blind order: figures}}}
    :param with_flips: whether the greedy actions are asked for as well, by the first way of removal
    """

    tied: Head
    entries: Entries
    entry: str
    removals: Mapping[str, Removal]
    steps: int
    seed: int
    games: np.ndarray | None
    of: Mapping[str, Mapping[str, Mapping[str, DeletionInsertion]]]
    with_flips: bool = True

    @classmethod
    def measured(
        cls,
        tied: Head,
        entries: Entries,
        entry: str,
        heads: Sequence[str],
        steps: int = 16,
        draws: int = 3,
        seed: int = 0,
        *,
        games: np.ndarray | None = None,
        with_other_state: bool = False,
        with_flips: bool = True,
    ) -> "BlindFigures":
        """
        :param tied: any head of the policy, tied to the observations
        :param entries: the observations
        :param entry: of dict observations, the one whose places are removed
        :param heads: names
        :param steps: of deletion and insertion
        :param draws: of each random order; the mean over the draws counts
        :param seed: of random orders and of the bootstrap
        :param games: (B,) which game each state is from, if it is known
        :param with_other_state: whether places are also removed by what another state shows there, which costs half as much again
        :param with_flips: whether to ask for the greedy actions as well
        """
        x = entries.tensors[entries.key_of(entry)]
        rivals, removals = blind_orders_of(x), removals_of(x, with_other_state)
        drawn = [(name, seed + draw) for name, one in rivals.items() for draw in range(draws if one.is_random else 1)]
        ranks = ranks_of(x, [rivals[name].order(x, of_draw) for name, of_draw in drawn])
        found: dict[str, dict[str, dict[str, DeletionInsertion]]] = {}
        for number, (name, removal) in enumerate(removals.items()):
            rows_of = areas(tied, heads, entries, entry, ranks, removal, steps, with_flips and number == 0)
            found[name] = {
                head: {rival: _mean([row for (one, _), row in zip(drawn, rows, strict=True) if one == rival]) for rival in rivals}
                for head, rows in rows_of.items()
            }
        return cls(tied, entries, entry, removals, steps, seed, games, found, with_flips)

    def beside(
        self, strengths: Mapping[MapKey, np.ndarray], controls: Mapping[MapKey, Sequence[np.ndarray]] | None = None
    ) -> dict[MapKey, BesideBlind]:
        """
        Maps beside these orders. An order that several heads share (the same array) is asked once for all.

        :param strengths: {key: (B, H, W), or (B, 1, D) of vectors}, of heads that were measured
        :param controls: maps that a map is compared with beside blind orders, such as those of the same method with random weights,
            each with the shape of the map; their mean counts
        """
        x = self.entries.tensors[self.entries.key_of(self.entry)]
        # The first order of a key is that of the map, and the others are those of its controls.
        orders = {key: [strength, *(controls or {}).get(key, ())] for key, strength in strengths.items()}
        distinct = {id(one): one for several in orders.values() for one in several}
        heads_of = {
            one: tuple(dict.fromkeys(key.head for key, several in orders.items() if one in map(id, several))) for one in distinct
        }
        found: dict[str, dict[tuple[int, str], DeletionInsertion]] = {name: {} for name in self.removals}
        for heads in dict.fromkeys(heads_of.values()):
            group = [one for one, needed in heads_of.items() if needed == heads]
            ranks = ranks_of(x, [distinct[one] for one in group])
            for number, (name, removal) in enumerate(self.removals.items()):
                rows_of = areas(
                    self.tied, heads, self.entries, self.entry, ranks, removal, self.steps, self.with_flips and number == 0
                )
                for head, rows in rows_of.items():
                    found[name] |= {(one, head): row for one, row in zip(group, rows, strict=True)}
        return {
            key: self._beside(key.head, {name: [of[id(one), key.head] for one in several] for name, of in found.items()})
            for key, several in orders.items()
        }

    def _beside(self, head: str, found: Mapping[str, list[DeletionInsertion]]) -> BesideBlind:
        """
        One map.

        :param found: {removal: figures of the map, and of its controls}
        """
        ratios, flips, compared, better, units = {}, {}, [], [], []
        for removal, (map_, *controls) in found.items():
            rivals = {**self.of[removal][head], **({CONTROL: _mean(controls)} if controls else {})}
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
        intervals = ratio_intervals(np.stack(better), np.stack(units), self.seed, groups=enough_groups(self.games))
        leads = dict(zip(compared, intervals, strict=True))
        over_controls = {which[:2]: lead for which, lead in leads.items() if which[2] == CONTROL}
        over_blind = {which: lead for which, lead in leads.items() if which[2] != CONTROL}
        blind = np.stack([x for x, which in zip(better, compared, strict=True) if which in over_blind])
        alike = lag_one_autocorrelation(blind, self.games)
        return BesideBlind(ratios, over_blind, flips, alike, over_controls)


def _mean(rows: list[DeletionInsertion]) -> DeletionInsertion:
    """Of several draws of one order, state by state."""
    return DeletionInsertion(*(np.mean(figure, axis=0) for figure in zip(*rows, strict=True)))
