"""The answers of networks that look several times, and of those that look once."""

import torch as th
from torch import nn

from .network import answers_cross_entropy

EARLY_WEIGHT = 0.3  # of the answers before the last look, as in the hyperparameters of glimpse-reinforce


def answers_of(network: nn.Module, canvases: th.Tensor) -> th.Tensor:
    """
    The logits after each look, (T, B, answers * classes). T is 1 for a network that looks once.

    :param network: has ``looks`` if it answers after each of several looks
    :param canvases: (B, 1, H, W) from 0 to 1
    """
    logits: th.Tensor = network(canvases)
    return logits if hasattr(network, "looks") else logits[None]


def loss_of(given: th.Tensor, answers: th.Tensor) -> th.Tensor:
    """
    Cross-entropy of what is said at last, and with a smaller weight that of what is said earlier, as the hard agent's.

    :param given: logits (T, B, M * classes)
    :param answers: the right ones (B, M) int64, -1 for none
    :return: ()
    """
    losses = th.stack([answers_cross_entropy(logits.float(), answers) for logits in given])
    return losses[-1] + EARLY_WEIGHT * losses[:-1].mean() if len(losses) > 1 else losses[-1]
