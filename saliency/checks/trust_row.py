"""The figures of one head's maps by one method, and what they come to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..map_key import MapKey
from ..statistics.bootstrap import FEWEST_GROUPS, Interval
from .verdict import BEATS, CONSTANT, FEWEST, FEWEST_STATES, PASSES, learned, randomisation_line, rivals_line, says, words


@dataclass(frozen=True)
class Trust:
    """
    Figures of one head's maps by one method. Deletion and insertion are in units of their mean in random order.

    :param head: its name
    :param method: its name
    :param states: that the maps are of
    :param places: of a map
    :param ratios: {("deletion", removal): area under |change of the head| while places are removed in the map's order; above 1 the
        map points at what matters. ("insertion", removal): area under the distance from the head's value while an observation
        without its places gets them back; below 1 the map points at what matters}
    :param leads: {(measure, removal, blind order): how far the map is better than that order, with a 95 % bootstrap interval over
        games, or over states if the games are not known or fewer than five}; above 0 the map is better, whatever the measure
    :param flips: share of the deletion (by the first way of removal) during which another action is the greedy one; NaN if actions
        are not discrete
    :param flips_random: the same in random order
    :param random_head: size of the rank correlation with the map after the layer next to the head got random weights, a mean over
        the states, for each draw
    :param random_all: the same after all layers got random weights, for each draw
    :param similarity_head: mean SSIM for the same as ``random_head``; NaN for vectors
    :param similarity_all: mean SSIM for the same as ``random_all``; NaN for vectors
    :param sensitivity: mean change of the maps when the observations get noise of 2 %, as a share of their mean size
    :param gini: unevenness of the map, from 0 to 1
    :param entropy: spread of the map, from 0 to 1
    :param alike: lag-1 autocorrelation of the leads along the states of each game; far above 0, they are not independent
    :param entry: of dict observations, whose map this is; empty if only one can have a map. Deletion and insertion change this
        entry and leave the others; noise is on all of them
    :param games: that the states are from; None if it is not known
    :param over_random: {(measure, removal): the same as ``leads`` over the maps of this method with random weights in all layers,
        a mean over their draws, in deletion and insertion of the network itself}; empty if nobody asked
    """

    head: str
    method: str
    states: int
    places: int
    ratios: Mapping[tuple[str, str], float]
    leads: Mapping[tuple[str, str, str], Interval]
    flips: float
    flips_random: float
    random_head: tuple[float, ...]
    random_all: tuple[float, ...]
    similarity_head: float
    similarity_all: float
    sensitivity: float
    gini: float
    entropy: float
    alike: float
    entry: str = ""
    games: int | None = None
    over_random: Mapping[tuple[str, str], Interval] = field(default_factory=dict)

    @property
    def key(self) -> MapKey:
        """Of the maps."""
        return MapKey(self.head, self.method, self.entry)

    @property
    def verdict(self) -> str:
        """What was measured, in words: blind orders, randomisation, and what to beware of."""
        if self.unchecked:
            return self.unchecked
        parts = [rivals_line(self.leads, self.states), randomisation_line(self.random_all, self.random_head)]
        if self.games is not None and self.resampled == "states":
            few = "one game" if self.games == 1 else f"{self.games} games"
            parts.append(f"the states are of {few}, so its intervals say nothing about other games")
        if self.follows:
            parts.append("the states are alike one after the other, so its intervals are too narrow")
        return "; ".join(parts)

    @property
    def passes(self) -> bool:
        """
        Whether the map beats every blind order by every measure and removal, with intervals that are not too narrow, and depends on
        what was learned.
        """
        enough = not self.unchecked and self.states >= FEWEST_STATES and not self.follows
        return enough and self.beaten == 1 and len(words(self.leads)) == len(self.leads) and learned(self.random_all) == PASSES

    @property
    def beaten(self) -> float:
        """Share of the comparisons with blind orders that the map wins; NaN if none is defined."""
        said = words(self.leads)
        return float(np.mean([word == BEATS for word in said.values()])) if said else float("nan")

    @property
    def follows(self) -> bool:
        """
        Whether states that follow each other have too much in common for an interval over states. An interval over games does not
        mind.
        """
        pairs = self.states - (self.games or 1)
        return self.states >= FEWEST_STATES and self.resampled == "states" and pairs > 0 and self.alike > 2 / pairs**0.5

    @property
    def resampled(self) -> str:
        """What the intervals resample: ``games``, or ``states`` if the games are not known or are too few."""
        return "games" if self.games is not None and self.games >= FEWEST_GROUPS else "states"

    @property
    def unchecked(self) -> str:
        """Why deletion and insertion say nothing about this map; else empty."""
        if self.gini == 0:
            return CONSTANT
        if self.places < FEWEST:
            return f"cannot be checked: {self.places} {'place' if self.places == 1 else 'places'}, {FEWEST} are needed"
        return "cannot be checked: the map is zero" if np.isnan(self.gini) else ""

    def numbers(self) -> dict[str, float]:
        """The figures beside deletion and insertion, by name; means over the draws."""
        plain = ("flips", "flips_random", "similarity_head", "similarity_all", "sensitivity", "gini", "entropy")
        draws = {name: getattr(self, name) for name in ("random_head", "random_all")}
        return {
            **{name: float(np.mean(x)) for name, x in draws.items()},
            **{f"{name}_std": float(np.std(x, ddof=1)) for name, x in draws.items() if len(x) > 1},
            **{name: getattr(self, name) for name in plain},
        }

    def figures(self) -> dict[str, float]:
        """
        The figures that are defined, by the names of curves: ``deletion`` (by the first way of removal) and ``deletion_grey`` are
        ratios; ``deletion_blur/lead_over_contrast`` is a lead, with ``_low`` and ``_high`` behind it for the ends of its interval;
        ``random_all_std`` is a standard deviation over draws.
        """
        first = next((removal for _, removal in self.ratios), "")
        named = {measure if removal == first else f"{measure}_{removal}": x for (measure, removal), x in self.ratios.items()}
        over_random = {(*which, "random_weights"): lead for which, lead in self.over_random.items()}
        for (measure, removal, rival), lead in {**self.leads, **over_random}.items():
            name = f"{measure}_{removal}/lead_over_{rival}"
            named |= {name: lead.estimate, f"{name}_low": lead.low, f"{name}_high": lead.high}
        named |= {"beaten": self.beaten, **self.numbers()}
        return {name: float(x) for name, x in named.items() if np.isfinite(x)}

    def as_json(self) -> dict[str, Any]:
        """All figures for a file that people read. What is not defined is null."""
        measures: dict[str, Any] = {}
        for (measure, removal), ratio in self.ratios.items():
            leads = {rival: lead for (a, b, rival), lead in self.leads.items() if (a, b) == (measure, removal)}
            measures.setdefault(measure, {})[removal] = {
                "ratio": defined(ratio),
                "lead_over": {rival: _interval(lead) for rival, lead in leads.items()},
            }
        for (measure, removal), lead in self.over_random.items():
            measures[measure][removal]["lead_over_random_weights"] = _interval(lead)
        return {
            "head": self.head,
            "method": self.method,
            "entry": self.entry,
            "verdict": self.verdict,
            "passes": self.passes,
            "beaten": defined(self.beaten),
            "states": self.states,
            "games": self.games,
            "intervals_over": self.resampled,
            "places": self.places,
            **measures,
            **{name: defined(x) for name, x in self.numbers().items()},
            "draws_of_random_weights": len(self.random_all),
            "alike": defined(self.alike),
        }


def _interval(lead: Interval) -> dict[str, Any]:
    ends = {name: defined(x) for name, x in lead._asdict().items()}
    return {**ends, "says": says(lead) if np.isfinite(lead.estimate) else None}


def defined(x: float) -> float | None:
    """A number for JSON, which has no NaN."""
    return float(x) if np.isfinite(x) else None
