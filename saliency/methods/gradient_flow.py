"""Whether gradients reach what a policy sees. A map of a gradient that was cut on the way would be zero everywhere, unsaid."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch as th
from stable_baselines3.common.policies import BasePolicy

from ..errors import NoMapError
from ..readers.entries import Entries
from ..readers.head import Head

LOOKED_AT = 8  # observations that are changed to see whether a head depends on them
SIZES = (0.1, 1.0, 100.0)  # of these changes, in units of the largest value; a unit may be saturated, or deaf to small changes
# What torch says if the policy's own code cannot be differentiated, and what that means.
REASONS = {
    "Can't call numpy() on Tensor that requires grad": "it leaves torch's graph (numpy)",
    "Inference tensors cannot be saved for backward": "it leaves torch's graph (inference_mode)",
    "modified by an inplace operation": "it changes a tensor in place that its gradient needs",
    "You must implement either the backward": "it has a function without a derivative",
    "the derivative for": "it has a function without a derivative",
}
WITHOUT = "occlusion and deletion need no gradient"


@contextmanager
def plain_refusals(policy: BasePolicy) -> Iterator[None]:
    """
    Says in one line if the policy's own code cannot be differentiated. Any other error passes.

    :param policy: that is asked inside
    :raises NoMapError: if its code takes tensors out of the graph, changes them in place after they were used, or has no derivative
    """
    try:
        yield
    except RuntimeError as error:
        for said, meaning in REASONS.items():
            if said in str(error):
                raise NoMapError(
                    f"{type(policy).__name__} cannot be differentiated: {meaning}, for example in its features extractor; {WITHOUT}"
                ) from error
        raise


def gradients(value: th.Tensor, leaves: Mapping[str, th.Tensor], again: bool = False) -> dict[str, th.Tensor | None]:
    """
    The derivative of a sum of a head's values with respect to each entry.

    :param value: (B,)
    :param leaves: {key: (B, ...)} of the observations; those that ask for no gradient get none
    :param again: whether the graph is kept for another head
    :return: {key: (B, ...), or None if no gradient reaches the entry}
    """
    found: dict[str, th.Tensor | None] = dict.fromkeys(leaves)
    asked = {key: x for key, x in leaves.items() if x.requires_grad}
    if value.requires_grad:
        found |= zip(asked, th.autograd.grad(value.sum(), list(asked.values()), retain_graph=again, allow_unused=True), strict=True)
    return found


def check_flow(head: Head, entries: Entries, found: Mapping[str, th.Tensor | None]) -> None:
    """
    Tells an entry that a head does not depend on from one whose gradient is cut on the way (``no_grad``, ``detach``). Of several
    entries, vectors may be cut: their maps are zeros. Images may not.

    :param head: of a policy
    :param entries: observations
    :param found: the gradient of each entry, None if there is none
    :raises NoMapError: if the gradient of what is seen is cut
    """
    seen = entries.seen()
    cut = [key for key in seen if found[key] is None]
    if not cut or (len(cut) < len(seen) and not set(cut) & set(entries.images())):
        return
    if depends(head, entries, cut):
        of = " of " + ", ".join(cut) if len(seen) > 1 else ""
        raise NoMapError(
            f"the head {head.name!r} of {type(head.policy).__name__} depends on what is seen{of}, but its gradient is cut on the "
            f"way (no_grad, detach or numpy, for example in the features extractor), so its map would be zero; {WITHOUT}"
        )


def depends(head: Head, entries: Entries, keys: list[str]) -> bool:
    """
    Whether a head changes when entries change.

    :param head: of a policy
    :param entries: observations; some of them are changed by noise
    :param keys: of the entries
    """
    rows = th.arange(min(len(entries), LOOKED_AT), device=entries.device)
    few, generator = entries.rows(rows), th.Generator().manual_seed(0)
    with th.no_grad():
        tied = head.rows(rows).at(few.packed())
        before = tied(few.packed())
        for size in SIZES:
            noisy = {}
            for key in keys:
                x = few.tensors[key]
                noisy[key] = x + size * (1 + x.abs().max()) * th.randn(x.shape, generator=generator).to(x)
            if not th.equal(before, tied(few.with_(noisy).packed())):
                return True
    return False
