"""What a policy looks at in some states, with figures that say how far to believe it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from stable_baselines3.common.policies import BasePolicy

from .checked_states import checked
from .checks.agreement import Agreement, agreement
from .checks.causal_check import CausalCheck
from .checks.object_relevance import ObjectRelevance, object_relevance, object_table, with_random_weights
from .checks.trust import FULL, Trust
from .checks.trust import trust as trust_of
from .checks.trust_controls import trust_controls
from .checks.trust_row import defined
from .checks.trust_tables import READING, numbers_table, rivals_tables, verdicts
from .map_key import JACOBIAN, MapKey, Maps
from .methods import methods_named
from .methods.first_map import first_methods
from .methods.map_making import make_maps
from .readers.entries import Observations, entry_keys
from .readers.head import shown_heads
from .readers.head_reader import head_reader
from .readers.seen_axes import axes_notes, planes_of_frames, say_axes
from .states.states import States
from .statistics.map_statistics import frame_shares

OF_OBJECTS = (
    "Maps on the things of the frames. mass: share of the map on the thing, divided by the thing's share of the area; 1 is what an "
    "even map has. Interval of the mean: 95 %, bootstrap over games, or over states of fewer than five games. pointing: how often "
    "the map's largest place is on the thing. A mass says something of the network only where it differs from that of contrast "
    "alone and of random weights."
)


@dataclass(frozen=True)
class Explanation:
    """
    Maps of a policy's heads, and what the checks say of them.

    :param about: what was explained, and where, in a line
    :param maps: by head, method and, of dict observations, entry: signed (B, C, H, W) for pictures, (B, D) for vectors
    :param trust: rows, one for each head and method
    :param agreement: {head, or head@entry: {(method, method): rank correlation of their maps}}
    :param shares: {head, or head@entry: (C,) share of each frame of a stack in the Jacobian}
    :param lags: {head: (mean lag in steps, mean norm by lag)} of the Jacobian through time
    :param causal: {head: what a blank square changes in the game}
    :param notes: lines on what was taken for what, and which maps there are not
    :param objects: rows, one for each map and thing; none if no things are known in the states
    """

    about: str
    maps: Maps = field(default_factory=dict)
    trust: Sequence[Trust] = ()
    agreement: Agreement = field(default_factory=dict)
    shares: Mapping[str, np.ndarray] = field(default_factory=dict)
    lags: Mapping[str, tuple[float, np.ndarray]] = field(default_factory=dict)
    causal: Mapping[str, CausalCheck] = field(default_factory=dict)
    notes: Sequence[str] = ()
    objects: Sequence[ObjectRelevance] = ()

    def figures(self) -> dict[str, Any]:
        """All figures in the form of JSON. A figure that is not defined is null."""
        return {
            "about": self.about,
            "notes": list(self.notes),
            "reading": READING if self.trust else {},
            "trust": [row.as_json() for row in self.trust],
            "agreement": {
                head: {f"{a} and {b}": defined(x) for (a, b), x in pairs.items()} for head, pairs in self.agreement.items()
            },
            "frame_shares": {head: [defined(x) for x in shares] for head, shares in self.shares.items()},
            "mean_lag": {head: defined(lag) for head, (lag, _) in self.lags.items()},
            "norm_by_lag": {head: [defined(x) for x in profile] for head, (_, profile) in self.lags.items()},
            "causal_check": {
                head: {name: defined(x) for name, x in outcome.figures().items()} for head, outcome in self.causal.items()
            },
            "objects": [row.figures() for row in self.objects],
        }

    def verdicts(self) -> dict[str, str]:
        """{map, in the text form of its key: what the checks say of it}, without the controls."""
        return {str(row.key): row.verdict for row in self.trust if row.key in self.maps}

    def text(self) -> str:
        """All figures as a page in Markdown."""
        parts = [f"# {self.about}", *self.notes]
        if self.trust:
            parts += filter(None, [verdicts(self.trust), rivals_tables(self.trust), numbers_table(self.trust)])
        for head, pairs in self.agreement.items():
            if pairs:
                alike = ", ".join(f"{a} and {b} {_number(x)}" for (a, b), x in pairs.items())
                parts.append(f"{head}, rank correlation of the methods' maps: {alike}")
        for head, shares in self.shares.items():
            parts.append(f"{head}, share of each frame, the newest last: " + ", ".join(f"{share:.0%}" for share in shares))
        for head, (lag, profile) in self.lags.items():
            if np.isfinite(lag):
                parts.append(f"{head} looks back {lag:.2f} steps on average, and most at lag {int(np.nanargmax(profile))}.")
        for head, outcome in self.causal.items():
            parts.append(outcome.text(head))
        if self.objects:
            parts += [OF_OBJECTS, object_table(self.objects)]
        return "\n\n".join(parts) + "\n"


def explain(
    policy: BasePolicy,
    states: States | Observations,
    heads: Sequence[str] | str | None = None,
    methods: Sequence[str] | str | None = None,
    *,
    trust: bool = True,
    controls: bool = False,
    seed: int = 0,
    about: str | None = None,
    axes: str | Mapping[str, str] | None = None,
) -> Explanation:
    """
    Maps of a policy's heads in some states, with the checks. It needs no env.

    :param policy: ``model.policy`` of an SB3 model
    :param states: observations (B, ...) as the env gives them, or :class:`States` with what else is known of them
    :param heads: names, or one; by default the main ones
    :param methods: names, or one, among :data:`saccade.saliency.METHODS`; by default those shown first: of images
        ``jacobian_x_contrast`` beside the exact Jacobian (and ``attention`` of a policy that has it), of vectors the Jacobian
    :param trust: whether to check the maps (:class:`Trust`); this takes several times as long as the maps
    :param controls: whether to check shuffled maps, and maps of random weights, beside them, and to compare each map with those of
        random weights
    :param seed: of random orders, random weights and noise
    :param about: the title; by default the name of the policy's class
    :param axes: what the axes of observations are where neither the space nor the policy's convolutions tell: a letter for each, H
        rows, W columns, C channels, T frames of a stack, or D for all axes of a vector. ``"HWC"``, or ``{"board": "HWC"}`` for
        entries of a dict. The policy keeps it
    :raises UnknownHeadError: if the policy has no head of a name
    :raises UnknownMethodError: if there is no method of a name
    :raises NoMapError: if a method has a map of none of the heads
    :raises ObservationError: if the observations are not those that the policy sees
    """
    names = shown_heads(policy, [heads] if isinstance(heads, str) else heads)
    if axes is not None:
        say_axes(policy, axes)
    asked = [methods] if isinstance(methods, str) else methods
    used = methods_named(first_methods(policy, names) if asked is None else asked)
    seen = checked(states if isinstance(states, States) else States(states), policy)
    refusals: dict[MapKey, str] = {}
    maps = make_maps(policy, seen, names, used, refusals)
    rows = [
        *(trust_of(policy, seen, maps, used, seed, replace(FULL, over_random=controls)) if trust else ()),
        *(trust_controls(policy, seen, maps, used, seed) if controls else ()),
    ]
    planes = {entry: planes_of_frames(policy, key) for entry, key in entry_keys(policy).items()}
    shares = {
        key.output: np.nanmean(frame_shares(_by_frame(signed, planes[key.entry])), axis=0)
        for key, signed in maps.items()
        if key.method == JACOBIAN and len(planes[key.entry]) > 1 and signed.any()
    }
    notes = [*axes_notes(policy), *_unmasked(policy, seen)]
    notes += [f"{key.output}, {key.method}: no map. {reason[:1].upper()}{reason[1:]}." for key, reason in refusals.items()]
    unlearned = with_random_weights(policy, seen, maps, used, seed) if trust and seen.objects else None
    things = tuple(object_relevance(maps, seen, unlearned, seed))
    return Explanation(about or type(policy).__name__, maps, rows, agreement(maps), shares, notes=notes, objects=things)


def _unmasked(policy: BasePolicy, states: States) -> list[str]:
    """A line if a policy takes masks and the states have none."""
    if not head_reader(policy).takes_masks or states.masks is not None:
        return []
    return [
        f"{type(policy).__name__} takes masks of the allowed actions, and there are none here (an env has them as action_masks or "
        "through ActionMasker). It plays and is explained without masks, so its actions may be forbidden ones."
    ]


def _by_frame(signed: np.ndarray, planes: np.ndarray) -> np.ndarray:
    """Maps (B, C, H, W) as (B, T, planes of a frame times H, W)."""
    return signed[:, planes].reshape(len(signed), len(planes), -1, signed.shape[-1])


def _number(x: float) -> str:
    return f"{x:.2f}" if np.isfinite(x) else "not defined (a map is constant)"
