"""Gradients no longer than a given norm."""

from collections.abc import Iterable

import torch as th
from torch.nn.utils import clip_grads_with_norm_, get_total_norm


def clip_gradients(parameters: Iterable[th.nn.Parameter], max_norm: float) -> None:
    """
    What torch's ``clip_grad_norm_`` does, in less time on a CPU, where it is a tenth of a DQN's update: gradients that are short
    enough are not multiplied by 1, and the norm comes from dot products, which are faster than torch's own norm (and rounded
    differently).

    :param parameters: whose ``.grad`` is shortened, to ``max_norm`` for all of them together
    :param max_norm: Euclidean norm
    """
    parameters = [parameter for parameter in parameters if parameter.grad is not None]
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    if any(gradient.device.type != "cpu" for gradient in gradients):
        # Looking at the norm would wait for the device, which costs more than the multiplication.
        clip_grads_with_norm_(parameters, max_norm, get_total_norm(gradients))
        return
    flat = [gradient.flatten() for gradient in gradients]
    norm = sum((th.dot(gradient, gradient) for gradient in flat), th.zeros(())).sqrt()
    if not norm <= max_norm:  # NaN is passed on
        clip_grads_with_norm_(parameters, max_norm, norm)
