"""The figures of one head's maps by one method, and what they come to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..map_key import MapKey
from ..statistics.bootstrap import Interval
from .verdict import CONSTANT, FEWEST, FEWEST_STATES, beats, is_learned, randomisation_line, rivals_line


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
        states}; above 0 the map is better, whatever the measure
    :param flips: share of the deletion (by the first way of removal) during which another action is the greedy one; NaN if actions
        are not discrete
    :param flips_random: the same in random order
    :param random_head: rank correlation with the map after the layer next to the head got random weights, for each draw
    :param random_all: rank correlation with the map after all layers got random weights, for each draw
    :param similarity_head: mean SSIM for the same as ``random_head``; NaN for vectors
    :param similarity_all: mean SSIM for the same as ``random_all``; NaN for vectors
    :param sensitivity: mean change of the maps when the observations get noise of 2 %, as a share of their mean size
    :param gini: unevenness of the map, from 0 to 1
    :param entropy: spread of the map, from 0 to 1
    :param alike: lag-1 autocorrelation of the leads along the states; far above 0, the states are not independent
    :param entry: of dict observations, whose map this is; empty if only one can have a map. Deletion and insertion change this
        entry and leave the others; noise is on all of them
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

    @property
    def key(self) -> MapKey:
        """Of the maps."""
        return MapKey(self.head, self.method, self.entry)

    @property
    def verdict(self) -> str:
        """What was measured, in words: blind orders, randomisation, and what to beware of."""
        if self._unchecked:
            return self._unchecked
        parts = [rivals_line(self.leads, self.states), randomisation_line(self.random_all, self.random_head)]
        if self.follows:
            parts.append("the states are alike one after the other, so its intervals are too narrow")
        return "; ".join(parts)

    @property
    def passes(self) -> bool:
        """
        Whether the map beats every blind order by every measure and removal, in states that do not follow each other closely, and
        depends on what was learned.
        """
        won = beats(self.leads)
        enough = not self._unchecked and self.states >= FEWEST_STATES and not self.follows
        return enough and len(won) == len(self.leads) > 0 and all(won.values()) and is_learned(self.random_all)

    @property
    def beaten(self) -> float:
        """Share of the comparisons with blind orders that the map wins; NaN if none is defined."""
        won = beats(self.leads)
        return float(np.mean(list(won.values()))) if won else float("nan")

    @property
    def follows(self) -> bool:
        """Whether states that follow each other have too much in common for an interval over states."""
        return self.states >= FEWEST_STATES and self.alike > 2 / self.states**0.5

    @property
    def _unchecked(self) -> str:
        """Why there is nothing to check; else empty."""
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
            **{f"{name}_std": float(np.std(x)) for name, x in draws.items() if len(x) > 1},
            **{name: getattr(self, name) for name in plain},
        }

    def figures(self) -> dict[str, float]:
        """
        The figures that are defined, by the names of curves: ``deletion`` (by the first way of removal) and ``deletion_grey`` are
        ratios; ``deletion_blur/lead_over_contrast`` is a lead, with ``_low`` and ``_high`` behind it for the ends of its interval.
        """
        first = next((removal for _, removal in self.ratios), "")
        named = {measure if removal == first else f"{measure}_{removal}": x for (measure, removal), x in self.ratios.items()}
        for (measure, removal, rival), lead in self.leads.items():
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
                "ratio": _defined(ratio),
                "lead_over": {rival: {name: _defined(x) for name, x in lead._asdict().items()} for rival, lead in leads.items()},
            }
        return {
            "head": self.head,
            "method": self.method,
            "entry": self.entry,
            "verdict": self.verdict,
            "passes": self.passes,
            "beaten": _defined(self.beaten),
            "states": self.states,
            "places": self.places,
            **measures,
            **{name: _defined(x) for name, x in self.numbers().items()},
            "draws_of_random_weights": len(self.random_all),
            "alike": _defined(self.alike),
        }


def _defined(x: float) -> float | None:
    """A number for JSON, which has no NaN."""
    return float(x) if np.isfinite(x) else None
