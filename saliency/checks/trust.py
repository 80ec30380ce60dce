"""Figures that say whether to believe a map, by head and method."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace

import numpy as np
import torch as th
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.type_aliases import PyTorchObs

from ..map_key import MapKey, Maps
from ..methods.gradient_methods import Method
from ..methods.map_making import make_maps
from ..readers.entries import Entries, Observations
from ..readers.head import Head
from ..states.states import States
from ..statistics.map_figures import mean_of_defined
from ..statistics.map_statistics import entropy, gini, magnitude
from .deletion_insertion import DeletionInsertion, centre_gaussian, deletion_insertion
from .randomisation import layers_of, randomisation, with_random_layers
from .sensitivity import sensitivity

RANDOM_ORDERS = 3  # that deletion and insertion are compared with
FEWEST = 16  # places of a map; with fewer, a rank correlation says next to nothing
LEARNED = 0.5**0.5  # rank correlation at which half of a map's order (r squared) does not depend on what was learned
CONSTANT = "constant"  # the verdict on a map that points at nothing
SHUFFLED, RANDOM = "shuffled", "random weights"  # the controls


@dataclass(frozen=True)
class Trust:
    """
    Figures of one head's maps by one method, means over the observations.

    :param head: its name
    :param method: its name
    :param deletion: area under |change of the head| while places are blurred in the map's order, divided by the same in random
        orders. Above 1 the map points at what matters
    :param deletion_centred: the same for a Gaussian about the middle, which knows nothing of the observation
    :param insertion: area under the distance from the head's value while a blurred image gets its places back in the map's order,
        divided by the same in random orders. Below 1 the map points at what matters
    :param insertion_centred: the same for a Gaussian about the middle
    :param flips: share of the deletion during which another action is the greedy one; NaN if actions are not discrete
    :param flips_random: the same in random orders
    :param random_head: rank correlation with the map after the layer next to the head got random weights
    :param random_all: rank correlation with the map after all layers got random weights
    :param similarity_head: SSIM for the same as ``random_head``; NaN for vectors
    :param similarity_all: SSIM for the same as ``random_all``; NaN for vectors
    :param sensitivity: mean change of the maps when the observations get noise of 2 %, as a share of their mean size
    :param gini: unevenness of the map, from 0 to 1
    :param entropy: spread of the map, from 0 to 1
    :param entry: of dict observations, whose map this is; empty if only one can have a map. Deletion and insertion change this
        entry and leave the others; noise is on all of them
    """

    head: str
    method: str
    deletion: float
    deletion_centred: float
    insertion: float
    insertion_centred: float
    flips: float
    flips_random: float
    random_head: float
    random_all: float
    similarity_head: float
    similarity_all: float
    sensitivity: float
    gini: float
    entropy: float
    entry: str = ""

    @property
    def key(self) -> MapKey:
        """Of the maps."""
        return MapKey(self.head, self.method, self.entry)

    @property
    def verdict(self) -> str:
        """
        The result of the randomisation check, and no more. A map of zeros, or of fewer than 16 places, cannot be checked. A map
        that is the same everywhere up to rounding is ``constant``: it points at nothing.
        """
        if self.gini == 0:
            return CONSTANT
        if np.isnan(self.random_all):
            return "cannot be checked"
        passes = abs(self.random_all) < LEARNED
        return f"{'passes' if passes else 'fails'} the randomisation check"

    def figures(self) -> dict[str, float]:
        """The figures that are defined, by name."""
        numbers = {name: x for name, x in asdict(self).items() if not isinstance(x, str)}
        return {name: float(x) for name, x in numbers.items() if not np.isnan(x)}


def trust(policy: BasePolicy, states: States, maps: Maps, methods: Mapping[str, Method], seed: int = 0) -> list[Trust]:
    """
    All figures of all maps.

    :param policy: of an SB3 model
    :param states: what the policy sees, and its memory
    :param maps: of these states, as :func:`saccade.saliency.methods.map_making.make_maps` makes them; they are not made again
    :param methods: by name, at least those of the maps
    :param seed: of random orders, random weights and noise
    :return: one row a map, head by head
    """
    rows = []
    for name, entry in dict.fromkeys((key.head, key.entry) for key in maps):
        entries = Entries.of(policy, states.observations)
        tied = Head(policy, name, memory=states.memory, masks=states.masks).at(entries.packed())
        of_head = {key: magnitude(signed) for key, signed in maps.items() if (key.head, key.entry) == (name, entry)}
        blind = _blind_orders(tied, states.observations, next(iter(of_head.values())).shape, seed, entry)
        rows += [
            _row(key, tied, states.observations, strength, methods[key.method], *blind, seed) for key, strength in of_head.items()
        ]
    return rows


def trust_controls(policy: BasePolicy, states: States, maps: Maps, methods: Mapping[str, Method], seed: int = 0) -> list[Trust]:
    """
    The same figures for maps that say nothing: the maps with their places shuffled, and the maps of a network with random weights.

    :param policy: as for :func:`trust`, like all other parameters
    :return: rows; the name of the control stands behind the method, or behind the head
    """
    heads = list(dict.fromkeys(key.head for key in maps))
    used = {name: methods[name] for name in dict.fromkeys(key.method for key in maps)}
    # The method shuffles, so that the checks shuffle anew each time they make a map.
    noise = {name: shuffled(method, seed) for name, method in used.items()}
    # Not the seed of the randomisation check, which would compare these weights with themselves.
    unlearned = with_random_layers(policy, layers_of(policy), seed + 1)
    of_noise = trust(policy, states, make_maps(policy, states, heads, noise), noise, seed)
    of_unlearned = trust(unlearned, states, make_maps(unlearned, states, heads, used), used, seed)
    return [
        *(replace(row, method=f"{row.method}, {SHUFFLED}") for row in of_noise),
        *(replace(row, head=f"{row.head}, {RANDOM}") for row in of_unlearned),
    ]


def shuffled(method: Method, seed: int = 0) -> Method:
    """
    A method whose maps have the right strengths in the wrong places.

    :param method: that makes the maps
    :param seed: of the places; they differ from call to call and from one observation to the next
    """
    random = np.random.default_rng(seed)

    def shuffle(x: th.Tensor) -> th.Tensor:
        """Moves the places of an image with all their channels."""
        flat = x.flatten(2) if x.ndim == 4 else x.reshape(len(x), -1)
        order = th.from_numpy(np.stack([random.permutation(flat.shape[-1]) for _ in flat])).to(x.device)
        order = order[:, None].expand_as(flat) if x.ndim == 4 else order
        return flat.gather(-1, order).view_as(x)

    def moved(head: Head, obs: Observations) -> PyTorchObs:
        entries = Entries.of(head.policy, obs)
        maps = entries.pictures(method(head, obs))
        return entries.maps({key: shuffle(maps[key]) for key in entries.seen()})

    return moved


def trust_table(rows: Sequence[Trust]) -> str:
    """Rows as a table in Markdown, with the verdict last."""
    names = [field.name for field in fields(Trust) if field.name != "entry"]  # which stands behind the head
    lines = ["| " + " | ".join([*names, "verdict"]) + " |", "|" + "---|" * (len(names) + 1)]
    for row in rows:
        cells = [
            x if isinstance(x, str) else "" if np.isnan(x) else f"{x:.2f}"
            for x in (row.key.output, *(getattr(row, name) for name in names[1:]))
        ]
        lines.append("| " + " | ".join([*cells, row.verdict]) + " |")
    return "\n".join(lines)


def _row(
    key: MapKey,
    tied: Head,
    obs: Observations,
    strength: np.ndarray,
    method: Method,
    chance: DeletionInsertion,
    centre: DeletionInsertion,
    seed: int,
) -> Trust:
    ours = deletion_insertion(tied, obs, strength, entry=key.entry)
    changed = randomisation(tied, obs, method, seed, strength=strength, entry=key.entry)
    first, last = changed[0], changed[-1]
    enough = strength[0].size >= FEWEST
    return Trust(
        key.head,
        key.method,
        deletion=_ratio(ours.deletion, chance.deletion),
        deletion_centred=_ratio(centre.deletion, chance.deletion),
        insertion=_ratio(ours.insertion, chance.insertion),
        insertion_centred=_ratio(centre.insertion, chance.insertion),
        flips=float(ours.flips.mean()),
        flips_random=float(chance.flips.mean()),
        random_head=mean_of_defined(first.rank_correlation) if enough else float("nan"),
        random_all=mean_of_defined(last.rank_correlation) if enough else float("nan"),
        similarity_head=mean_of_defined(first.similarity),
        similarity_all=mean_of_defined(last.similarity),
        sensitivity=sensitivity(tied, obs, method, seed, strength=strength, entry=key.entry),
        gini=mean_of_defined(gini(strength)),
        entropy=mean_of_defined(entropy(strength)),
        entry=key.entry,
    )


def _blind_orders(
    tied: Head, obs: Observations, shape: tuple[int, ...], seed: int, entry: str
) -> tuple[DeletionInsertion, DeletionInsertion]:
    """The mean of random orders, and the order from the middle outwards."""
    random = np.random.default_rng(seed)
    orders = [deletion_insertion(tied, obs, random.random(shape), entry=entry) for _ in range(RANDOM_ORDERS)]
    means = DeletionInsertion(*(np.mean(figure, axis=0) for figure in zip(*orders, strict=True)))
    return means, deletion_insertion(tied, obs, np.broadcast_to(centre_gaussian(shape[1:]), shape), entry=entry)


def _ratio(ours: np.ndarray, control: np.ndarray) -> float:
    """The ratio of the means, because the control of a single observation may be close to zero."""
    return float(ours.mean() / control.mean()) if control.mean() > 0 else float("nan")
