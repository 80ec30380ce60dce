"""The answers of networks that look several times, and of those that look once."""

import torch as th
from torch import nn

from ...agents.episodic.reinforce_loss import answer_loss

EARLY_WEIGHT = 0.3  # of the answers before the last look, as in the hyperparameters of glimpse-reinforce


def answers_of(network: nn.Module, canvases: th.Tensor) -> th.Tensor:
    """
    The logits after each look, (T, B, classes). T is 1 for a network that looks once.

    :param network: has ``looks`` if it answers after each of several looks
    :param canvases: (B, 1, size, size) from 0 to 1
    """
    logits: th.Tensor = network(canvases)
    return logits if hasattr(network, "looks") else logits[None]


def loss_of(answers: th.Tensor, labels: th.Tensor) -> th.Tensor:
    """
    Cross-entropy of the last answer, and with a smaller weight that of the earlier ones, as the hard agent's.

    :param answers: (T, B, classes)
    :param labels: (B,)
    :return: ()
    """
    of_right = answers.float().log_softmax(2).gather(2, labels.expand(len(answers), -1)[..., None]).squeeze(2)
    return answer_loss(of_right, EARLY_WEIGHT)
