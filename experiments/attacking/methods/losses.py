"""What an attack raises: losses of each canvas."""

from collections.abc import Callable

import torch as th
from torch.nn import functional as F

Loss = Callable[[th.Tensor, th.Tensor], th.Tensor]  # from logits (N, A) and labels (N,) to (N,)
TINY = 1e-12  # in a denominator


def cross_entropy(logits: th.Tensor, labels: th.Tensor) -> th.Tensor:
    """Minus the log-probability of the right answer, (N,)."""
    return F.cross_entropy(logits, labels, reduction="none")


def margin(logits: th.Tensor, labels: th.Tensor) -> th.Tensor:
    """The logit of the best wrong answer minus that of the right one, (N,). Above 0 the answer is wrong."""
    right = logits.gather(1, labels[:, None]).squeeze(1)
    others = logits.scatter(1, labels[:, None], -th.inf)
    return others.max(1).values - right


def logits_ratio(logits: th.Tensor, labels: th.Tensor) -> th.Tensor:
    """
    The difference of logits ratio, (N,): the margin divided by the distance of the largest logit from the third one. It does not
    change when logits are scaled or shifted, so a network with large logits does not hide its gradient (Croce and Hein 2020,
    equation 6). It needs at least three answers.
    """
    ordered = logits.sort(1, descending=True).values
    return margin(logits, labels) / (ordered[:, 0] - ordered[:, 2] + TINY)


LOSSES: dict[str, Loss] = {"cross-entropy": cross_entropy, "dlr": logits_ratio, "margin": margin}
