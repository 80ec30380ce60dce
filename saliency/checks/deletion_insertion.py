"""Does a map point at what matters? Remove places in its order, or bring them back, and watch the head."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch as th

from ..methods.chunks import at_once
from ..readers.entries import Entries
from ..readers.head import Head
from ..readers.undisturbed.evaluation_mode import evaluating
from .blind.removal import Removal

TIES = (0, 1)  # seed of the order of equally strong places: a stream of its own, which is not a random order of any seed


class DeletionInsertion(NamedTuple):
    """
    What one order of places does to a head.

    :ivar deletion: (B,) mean change of the head while places are removed one after another, in units of the head. It is high if the
        first places matter most
    :ivar insertion: (B,) mean distance from the head's value while an observation without its places gets them back. It is low if
        the first places matter most
    :ivar flips: (B,) share of the deletion during which another action is the greedy one; NaN if nobody asked, or if actions are
        not discrete
    """

    deletion: np.ndarray
    insertion: np.ndarray
    flips: np.ndarray


def ranks_of(x: th.Tensor, strengths: Sequence[np.ndarray]) -> th.Tensor:
    """
    The turn of each place in several orders.

    :param x: the entry of the observations, (B, C, H, W) or (B, D)
    :param strengths: O of them, (B, H, W) or (B, 1, D). The strongest place goes first. Ties are in a random order, which is always
        the same
    :return: (O, B, P), 0 for the strongest place
    :raises ValueError: if strengths and observations differ in shape
    """
    ranks = []
    for strength in strengths:
        places = strength.reshape(len(strength), -1)
        if places.shape != (len(x), x[0, 0].numel() if x.ndim == 4 else x[0].numel()):
            raise ValueError(f"the strength has the shape {strength.shape}, and the observations {tuple(x.shape)}")
        ties = np.random.default_rng(TIES).random(places.shape)  # in reading order the top of the image would always go first
        order = np.lexsort((ties, -places), axis=1)
        ranks.append(np.argsort(order, axis=1).astype(np.int32))
    return th.from_numpy(np.stack(ranks)).to(x.device)


def areas(
    tied: Head,
    heads: Sequence[str],
    entries: Entries,
    entry: str,
    ranks: th.Tensor,
    removal: Removal,
    steps: int = 16,
    with_flips: bool = True,
) -> dict[str, list[DeletionInsertion]]:
    """
    Deletion and insertion (Petsiuk et al. 2018) for several heads and orders of places. Compare the figures with those of blind
    orders of the same observations (:mod:`saccade.saliency.checks.blind.orders`).

    All channels of a place go together. The areas are means over ``steps`` equal shares of the places. A forward pass gives all
    heads, and holds places of several orders.

    :param tied: to the observations; its memory, masks and action count, its name does not
    :param heads: names
    :param entries: the observations
    :param entry: the one whose places are removed while the others stay; empty for the one that is pictured
    :param ranks: (O, B, P), of :func:`ranks_of`
    :param removal: what stands in a removed place (:mod:`saccade.saliency.checks.blind.removal`)
    :param steps: at which heads are asked
    :param with_flips: whether to ask for the greedy actions as well, which takes half as long again
    :return: {head: one for each order}
    """
    key = entries.key_of(entry)
    x = entries.tensors[key]
    removed = removal(x)
    orders, batch, places = ranks.shape
    # The ends are the same in all orders: nothing is removed, or everything.
    counts = th.linspace(0, places, steps + 1, device=x.device).round()[1:-1]

    def partly(before: th.Tensor, instead: th.Tensor) -> Callable[[th.Tensor, th.Tensor], th.Tensor]:
        def made(some: th.Tensor, rows: th.Tensor) -> th.Tensor:
            which = some // batch
            gone = ranks[which // len(counts), rows] < counts[which % len(counts), None]
            return th.where(gone.view(len(some), *((1, *x.shape[2:]) if x.ndim == 4 else x.shape[1:])), instead[rows], before[rows])

        return made

    def asked(count: int, made: Callable[[th.Tensor, th.Tensor], th.Tensor], with_actions: bool) -> tuple[np.ndarray, np.ndarray]:
        return _asked(tied, heads, entries, key, count, made, with_actions and tied.reader.ranks_actions)

    with evaluating(tied.policy), th.no_grad():
        whole, first = asked(1, lambda some, rows: x[rows], with_flips)
        nothing, last = asked(1, lambda some, rows: removed[rows], with_flips)
        inside = orders * len(counts)
        deleted, actions = asked(inside, partly(x, removed), with_flips)
        inserted, _ = asked(inside, partly(removed, x), False)
    found: dict[str, list[DeletionInsertion]] = {}
    for i, head in enumerate(heads):
        far, none = np.abs(nothing[i] - whole[i]), np.zeros((1, batch))
        for order in range(orders):
            here = slice(order * len(counts), (order + 1) * len(counts))
            deletion = np.concatenate([none, np.abs(deleted[i, here] - whole[i]), far])
            insertion = np.concatenate([far, np.abs(inserted[i, here] - whole[i]), none])
            flips = np.concatenate([first, actions[here], last]) != first if len(first) else np.full((1, batch), np.nan)
            found.setdefault(head, []).append(DeletionInsertion(_area(deletion), _area(insertion), flips.mean(0)))
    return found


def _asked(
    tied: Head,
    heads: Sequence[str],
    entries: Entries,
    key: str,
    count: int,
    made: Callable[[th.Tensor, th.Tensor], th.Tensor],
    with_actions: bool,
) -> tuple[np.ndarray, np.ndarray]:
    """The heads' values (heads, count, B) of changed observations, and the greedy actions (count, B), or none if not wanted."""
    batch = len(entries)
    if not count:  # of one step, there is nothing between the ends
        return np.empty((len(heads), 0, batch)), np.empty((0, batch))
    values, actions = [], []
    for some in th.split(th.arange(count * batch, device=entries.device), at_once(entries)):
        rows = some % batch
        here = {other: x[rows] for other, x in entries.tensors.items() if other != key}
        here[key] = made(some, rows)
        obs, asked = entries.with_(here).packed(), tied.rows(rows)
        found = asked.reader.values(obs, tuple(heads), asked.choice, asked.memory, asked.masks)
        values.append(th.stack([found[head] for head in heads]))
        if with_actions:
            actions.append(tied.reader.preferences(obs, asked.memory, asked.masks).argmax(1))
    joined = th.cat(values, dim=1).view(len(heads), count, batch).double().cpu().numpy()
    return joined, th.cat(actions).view(count, batch).cpu().numpy() if with_actions else np.empty((0, batch))


def _area(curve: np.ndarray) -> np.ndarray:
    """Mean height of curves (steps + 1, B), by trapezoids."""
    return np.trapezoid(curve, axis=0) / (len(curve) - 1)
