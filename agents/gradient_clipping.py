"""Gradients no longer than a given norm."""

from collections.abc import Iterable

import torch as th
from torch.nn.utils import clip_grads_with_norm_, get_total_norm


def clip_gradients(parameters: Iterable[th.nn.Parameter], max_norm: float) -> None:
    """
    What torch's ``clip_grad_norm_`` does, without multiplying by 1, which it does to gradients that are short enough; on a CPU that
    is a tenth of a DQN's update.

    :param parameters: whose ``.grad`` is shortened, to ``max_norm`` for all of them together
    :param max_norm: Euclidean norm
    """
    parameters = [parameter for parameter in parameters if parameter.grad is not None]
    norm = get_total_norm([parameter.grad for parameter in parameters if parameter.grad is not None])
    # On a GPU looking at the norm would wait for the device, which costs more than the multiplication. NaN is passed on.
    if norm.device.type != "cpu" or not norm <= max_norm:
        clip_grads_with_norm_(parameters, max_norm, norm)
