"""Gradient clipping by norm, faster than torch's."""

from collections.abc import Iterable

import torch as th
from torch.nn.utils import clip_grads_with_norm_, get_total_norm


def clip_gradients(parameters: Iterable[th.nn.Parameter], max_norm: float) -> None:
    """
    The same as torch's ``clip_grad_norm_``, but faster on a CPU, where that takes a tenth of a DQN's update.

    Gradients within the norm are not multiplied by 1. The norm comes from dot products, which are faster than torch's norm and
    round differently.

    :param parameters: their ``.grad`` are scaled so that the norm of all of them together is at most ``max_norm``
    :param max_norm: Euclidean norm
    """
    parameters = [parameter for parameter in parameters if parameter.grad is not None]
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    if any(gradient.device.type != "cpu" for gradient in gradients):
        # Reading the norm would wait for the device, which takes longer than the multiplication.
        clip_grads_with_norm_(parameters, max_norm, get_total_norm(gradients))
        return
    flat = [gradient.flatten() for gradient in gradients]
    norm = sum((th.dot(gradient, gradient) for gradient in flat), th.zeros(())).sqrt()
    if not norm <= max_norm:  # also true for NaN, so that NaN spreads
        clip_grads_with_norm_(parameters, max_norm, norm)
