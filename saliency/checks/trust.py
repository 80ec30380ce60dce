"""Figures that say whether to believe a map, by head and method."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields

import numpy as np
import torch as th

from ..methods.gradient_methods import Method
from ..methods.strength import strength_of
from ..readers.entries import Entries, Observations
from ..readers.head import Head
from ..statistics.map_statistics import entropy, gini
from .deletion_insertion import Fidelity, centred, fidelity
from .randomisation import randomisation

RANDOM_ORDERS = 3  # that deletion and insertion are compared with
NOISE = 0.02  # of an observation's range, for the sensitivity
NOISE_SAMPLES = 3
FEWEST = 16  # places of a map, below which a rank correlation with another says next to nothing
LEARNT = 0.5**0.5  # rank correlation from which half of a map's order (r squared) is there without what was learnt


@dataclass(frozen=True)
class Trust:
    """
    Figures of one head's maps by one method, means over the observations.

    :param head: its name
    :param method: its name
    :param deletion: area under |change of the head| as places are blurred in the map's order, divided by that in random orders:
        above 1 the map points at what matters
    :param deletion_centred: the same for a Gaussian about the middle, which knows nothing of the observation
    :param insertion: area under the distance from the head's value as a blurred image gets its places back, divided by that in
        random orders: below 1 the map points at what matters
    :param insertion_centred: the same for a Gaussian about the middle
    :param flips: share of the deletion during which another action is the greedy one; NaN where actions cannot be counted
    :param flips_random: the same in random orders
    :param random_head: rank correlation with the map after the layer next to the head got random weights
    :param random_all: rank correlation with the map after all layers got random weights
    :param similarity_head: SSIM for the same as ``random_head``; NaN for vectors
    :param similarity_all: SSIM for the same as ``random_all``
    :param sensitivity: relative change of the map when noise of 2 % is put on the observation
    :param gini: unevenness of the map, from 0 to 1
    :param entropy: spread of the map, from 0 to 1
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

    @property
    def verdict(self) -> str:
        """What the randomisation check says, and no more than that; nothing of maps that are zero, or of fewer than 16 places."""
        if np.isnan(self.random_all):
            return "cannot be checked"
        passes = abs(self.random_all) < LEARNT
        return f"{'passes' if passes else 'fails'} the randomisation check"

    def figures(self) -> dict[str, float]:
        """The numbers that are defined, by name."""
        numbers = {name: x for name, x in asdict(self).items() if name not in ("head", "method")}
        return {name: float(x) for name, x in numbers.items() if not np.isnan(x)}


def trust(head: Head, obs: Observations, methods: Mapping[str, Method], seed: int = 0) -> list[Trust]:
    """
    All figures of one head.

    :param head: of a policy
    :param obs: batch (B, ...) as the env gives it
    :param methods: by name
    :param seed: of random orders, random weights and noise
    :return: one a method
    """
    entries = Entries.of(head.policy, obs)
    tied = head.at(entries.packed())
    found, controls = [], None
    for name, method in methods.items():
        maps = strength_of(method(tied, obs))
        if controls is None:
            controls = _controls(tied, obs, maps.shape, seed)
        chance, centre = controls
        ours = fidelity(tied, obs, maps)
        changed = randomisation(tied, obs, method, seed)
        first, last = changed[0], changed[-1]
        alike = [mean_of_defined(x.rank_correlation) if maps[0].size >= FEWEST else float("nan") for x in (first, last)]
        found.append(
            Trust(
                head.name,
                name,
                deletion=_ratio(ours.deletion, chance.deletion),
                deletion_centred=_ratio(centre.deletion, chance.deletion),
                insertion=_ratio(ours.insertion, chance.insertion),
                insertion_centred=_ratio(centre.insertion, chance.insertion),
                flips=float(ours.flips.mean()),
                flips_random=float(chance.flips.mean()),
                random_head=alike[0],
                random_all=alike[1],
                similarity_head=mean_of_defined(first.similarity),
                similarity_all=mean_of_defined(last.similarity),
                sensitivity=mean_of_defined(sensitivity(tied, obs, method, seed)),
                gini=mean_of_defined(gini(maps)),
                entropy=mean_of_defined(entropy(maps)),
            )
        )
    return found


def sensitivity(head: Head, obs: Observations, method: Method, seed: int = 0) -> np.ndarray:
    """
    How much a map's strength s changes with the observation's last digits: |s(x + noise) - s(x)| / |s(x)|, the mean of three draws.

    :param head: of a policy
    :param obs: batch (B, ...) as the env gives it
    :param method: of :data:`saccade.saliency.METHODS`
    :param seed: of the noise, whose deviation is 2 % of each observation's range
    :return: (B,); NaN for a map of zeros
    """
    entries = Entries.of(head.policy, obs)
    tied = head.at(entries.packed())
    before = strength_of(method(tied, obs)).reshape(len(entries), -1)
    generator = th.Generator().manual_seed(seed)
    changes = []
    for _ in range(NOISE_SAMPLES):
        noisy = entries.noisy(NOISE, generator)
        after = strength_of(method(tied, noisy.packed())).reshape(len(entries), -1)
        size = np.linalg.norm(before, axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            changes.append(np.where(size > 0, np.linalg.norm(after - before, axis=1) / size, np.nan))
    return np.mean(changes, axis=0)


def trust_table(rows: Sequence[Trust]) -> str:
    """Rows as a table in Markdown, the verdict last."""
    names = [field.name for field in fields(Trust)]
    lines = ["| " + " | ".join([*names, "verdict"]) + " |", "|" + "---|" * (len(names) + 1)]
    for row in rows:
        cells = [x if isinstance(x, str) else "" if np.isnan(x) else f"{x:.2f}" for x in asdict(row).values()]
        lines.append("| " + " | ".join([*cells, row.verdict]) + " |")
    return "\n".join(lines)


def _controls(tied: Head, obs: Observations, shape: tuple[int, ...], seed: int) -> tuple[Fidelity, Fidelity]:
    """What random orders reach, on average, and what the order from the middle outwards does."""
    random = np.random.default_rng(seed)
    orders = [fidelity(tied, obs, random.random(shape)) for _ in range(RANDOM_ORDERS)]
    means = Fidelity(*(np.mean(figure, axis=0) for figure in zip(*orders, strict=True)))
    return means, fidelity(tied, obs, np.broadcast_to(centred(shape[1:]), shape))


def _ratio(ours: np.ndarray, control: np.ndarray) -> float:
    """Of the means, since a single observation's control may be next to nothing."""
    return float(ours.mean() / control.mean()) if control.mean() > 0 else float("nan")


def mean_of_defined(x: np.ndarray) -> float:
    """
    Mean over the observations for which a figure is defined.

    :param x: (B,)
    :return: NaN where there are none
    """
    return float(np.nanmean(x)) if not np.isnan(x).all() else float("nan")
