"""Whether a map points at what matters: take places away, or bring them back, in its order."""

from typing import NamedTuple

import numpy as np
import torch as th

from ..methods.blur_methods import blurred
from ..methods.chunks import AT_ONCE
from ..readers.entries import Entries, Observations
from ..readers.evaluation_mode import evaluating
from ..readers.head import Head, head_reader

BLUR_SHARE = 1 / 8  # of an image's shorter side: the deviation of the blur that takes places away


class Fidelity(NamedTuple):
    """
    :ivar deletion: (B,) mean change of the head while the places are blurred one after another, in units of the head: high where
        the first ones matter most
    :ivar insertion: (B,) mean distance from the head's value while a blurred image gets its places back: low where the first ones
        matter most
    :ivar flips: (B,) share of the deletion during which another action is the greedy one; NaN where actions cannot be counted
    """

    deletion: np.ndarray
    insertion: np.ndarray
    flips: np.ndarray


def fidelity(head: Head, obs: Observations, strength: np.ndarray, steps: int = 16) -> Fidelity:
    """
    Deletion and insertion (Petsiuk et al. 2018), for one order of places. Their figures are for comparison with those of other
    orders for the same observations, random ones for example.

    An image loses its details (a wide blur) rather than its pixels, since black ones mean something to a policy; a vector's
    components become 0. The channels of a place go together. Areas are means over ``steps`` equal shares of the places.

    :param head: of a policy
    :param obs: batch (B, ...) as the env gives it; of a dict the first image is changed
    :param strength: (B, H, W), or (B, 1, D) for vectors, as ``strength_of`` gives it; the largest goes first, equals in a random
        order, which is always the same
    :param steps: at which the head is asked
    :raises ValueError: if strength and observations differ in shape
    """
    entries = Entries.of(head.policy, obs)
    key = (entries.images() or entries.seen())[0]
    x = entries.tensors[key]
    places = strength.reshape(len(strength), -1)
    if places.shape != (len(x), x[0, 0].numel() if x.ndim == 4 else x[0].numel()):
        raise ValueError(f"the strength has the shape {strength.shape}, and the observations {tuple(x.shape)}")
    removed = blurred(x, BLUR_SHARE * min(x.shape[2:])) if x.ndim == 4 else th.zeros_like(x)
    among_equals = np.random.default_rng(0).random(places.shape)  # in reading order the top of the image would always go first
    ranks = th.from_numpy(np.argsort(np.lexsort((among_equals, -places), axis=1), axis=1)).to(x.device)
    counts = th.linspace(0, places.shape[1], steps + 1, device=x.device).round()  # of places that are gone
    gone = (ranks[None] < counts[:, None, None]).view(steps + 1, len(x), *((1, *x.shape[2:]) if x.ndim == 4 else x.shape[1:]))
    tied = head.at(entries.packed())
    with evaluating(head.policy), th.no_grad():
        whole = tied(entries.packed()).cpu().numpy()
        deleted, actions = _along(tied, entries, key, gone, removed, x)
        inserted, _ = _along(tied, entries, key, gone, x, removed, with_actions=False)
    flips = (actions != actions[:1]).mean(0) if actions is not None else np.full(len(x), np.nan)
    return Fidelity(_area(np.abs(deleted - whole)), _area(np.abs(inserted - whole)), flips)


def centred(shape: tuple[int, ...]) -> np.ndarray:
    """
    A Gaussian about the middle, as strength: what a map is worth that knows only that things happen in the middle.

    :param shape: (H, W), or (1, D)
    :return: of that shape
    """
    down, right = (np.linspace(-1, 1, size) if size > 1 else np.zeros(1) for size in shape)
    return np.exp(-2 * (down[:, None] ** 2 + right**2))


def _along(
    tied: Head, entries: Entries, key: str, gone: th.Tensor, instead: th.Tensor, before: th.Tensor, with_actions: bool = True
) -> tuple[np.ndarray, np.ndarray | None]:
    """The head's values and the greedy actions, (steps + 1, B) each, the latter None where actions cannot be counted."""
    steps, batch = gone.shape[:2]
    values, actions = [], []
    for some in th.split(th.arange(steps * batch, device=gone.device), AT_ONCE):
        rows = some % batch
        here = {other: x[rows] for other, x in entries.tensors.items() if other != key}
        here[key] = th.where(gone.flatten(0, 1)[some], instead[rows], before[rows])
        obs, asked = entries.with_(here).packed(), tied.rows(rows)
        values.append(asked(obs))
        try:
            if with_actions:
                actions.append(head_reader(tied.policy).preferences(obs, asked.memory).argmax(1))
        except TypeError:
            with_actions = False
    joined = th.cat(values).view(steps, batch).cpu().numpy()
    return joined, th.cat(actions).view(steps, batch).cpu().numpy() if with_actions else None


def _area(curve: np.ndarray) -> np.ndarray:
    """Mean height of curves (steps + 1, B), by trapezoids."""
    return np.trapezoid(curve, axis=0) / (len(curve) - 1)
