"""Does a map point at what matters? Remove places in its order, or bring them back, and watch the head."""

from typing import NamedTuple

import numpy as np
import torch as th

from ..methods.blur_methods import blurred
from ..methods.chunks import AT_ONCE
from ..readers.entries import Entries, Observations
from ..readers.evaluation_mode import evaluating
from ..readers.head import Head

BLUR_SHARE = 1 / 8  # of an image's shorter side: the standard deviation of the blur that removes places


class DeletionInsertion(NamedTuple):
    """
    What one order of places does to a head.

    :ivar deletion: (B,) mean change of the head while places are blurred one after another, in units of the head. It is high if the
        first places matter most
    :ivar insertion: (B,) mean distance from the head's value while a blurred image gets its places back. It is low if the first
        places matter most
    :ivar flips: (B,) share of the deletion during which another action is the greedy one; NaN if actions are not discrete
    """

    deletion: np.ndarray
    insertion: np.ndarray
    flips: np.ndarray


def deletion_insertion(head: Head, obs: Observations, strength: np.ndarray, steps: int = 16, entry: str = "") -> DeletionInsertion:
    """
    Deletion and insertion (Petsiuk et al. 2018) for one order of places. Compare the figures with those of other orders of the same
    observations, for example random ones.

    Removing a place of an image blurs it widely, because black pixels mean something to a policy. A component of a vector becomes
    0. All channels of a place go together. The areas are means over ``steps`` equal shares of the places.

    :param head: of a policy
    :param obs: batch (B, ...) as the env gives it
    :param strength: (B, H, W), or (B, 1, D) for vectors. The strongest place goes first. Ties are in a random order, which is
        always the same
    :param steps: at which the head is asked
    :param entry: of dict observations, the one whose places are removed while the others stay; empty for the one that is pictured
    :raises ValueError: if strength and observations differ in shape
    """
    entries = Entries.of(head.policy, obs)
    key = entries.key_of(entry)
    x = entries.tensors[key]
    places = strength.reshape(len(strength), -1)
    if places.shape != (len(x), x[0, 0].numel() if x.ndim == 4 else x[0].numel()):
        raise ValueError(f"the strength has the shape {strength.shape}, and the observations {tuple(x.shape)}")
    removed = blurred(x, BLUR_SHARE * min(x.shape[2:])) if x.ndim == 4 else th.zeros_like(x)
    ties = np.random.default_rng(0).random(places.shape)  # in reading order the top of the image would always go first
    ranks = th.from_numpy(np.argsort(np.lexsort((ties, -places), axis=1), axis=1)).to(x.device)
    counts = th.linspace(0, places.shape[1], steps + 1, device=x.device).round()  # of places that are removed
    gone = (ranks[None] < counts[:, None, None]).view(steps + 1, len(x), *((1, *x.shape[2:]) if x.ndim == 4 else x.shape[1:]))
    tied = head.at(entries.packed())
    with evaluating(head.policy), th.no_grad():
        whole = tied(entries.packed()).cpu().numpy()
        deleted, actions = _curves(tied, entries, key, gone, removed, x, with_actions=tied.reader.ranks_actions)
        inserted, _ = _curves(tied, entries, key, gone, x, removed, with_actions=False)
    flips = (actions != actions[:1]).mean(0) if actions is not None else np.full(len(x), np.nan)
    return DeletionInsertion(_area(np.abs(deleted - whole)), _area(np.abs(inserted - whole)), flips)


def centre_gaussian(shape: tuple[int, ...]) -> np.ndarray:
    """
    A Gaussian about the middle: the order of places of somebody who knows only that things happen in the middle.

    :param shape: (H, W), or (1, D)
    :return: of that shape
    """
    down, right = (np.linspace(-1, 1, size) if size > 1 else np.zeros(1) for size in shape)
    return np.exp(-2 * (down[:, None] ** 2 + right**2))


def _curves(
    tied: Head,
    entries: Entries,
    key: str,
    gone: th.Tensor,
    instead: th.Tensor,
    before: th.Tensor,
    with_actions: bool,
) -> tuple[np.ndarray, np.ndarray | None]:
    """The head's values and, if wanted, the greedy actions, (steps + 1, B) each."""
    steps, batch = gone.shape[:2]
    values, actions = [], []
    for some in th.split(th.arange(steps * batch, device=gone.device), AT_ONCE):
        rows = some % batch
        here = {other: x[rows] for other, x in entries.tensors.items() if other != key}
        here[key] = th.where(gone.flatten(0, 1)[some], instead[rows], before[rows])
        obs, asked = entries.with_(here).packed(), tied.rows(rows)
        values.append(asked(obs))
        if with_actions:
            actions.append(tied.reader.preferences(obs, asked.memory, asked.masks).argmax(1))
    joined = th.cat(values).view(steps, batch).cpu().numpy()
    return joined, th.cat(actions).view(steps, batch).cpu().numpy() if with_actions else None


def _area(curve: np.ndarray) -> np.ndarray:
    """Mean height of curves (steps + 1, B), by trapezoids."""
    return np.trapezoid(curve, axis=0) / (len(curve) - 1)
