"""A policy as it acts, while somebody looks at it."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager

import torch as th
from stable_baselines3.common.policies import BasePolicy
from torch import nn


@contextmanager
def evaluating(policy: BasePolicy) -> Iterator[None]:
    """
    Puts every module of a policy in evaluation mode, and afterwards back in the mode that it had.

    cuDNN differentiates an LSTM in training mode only, so it is off meanwhile for a policy with an LSTM. An actor keeps the
    distribution that it computed last; meanwhile it has a copy to write to.
    """
    modes = {module: module.training for module in policy.modules()}
    recurrent = any(isinstance(module, nn.RNNBase) for module in modes)
    cudnn = th.backends.cudnn.enabled
    distributions = {module: vars(module)["action_dist"] for module in modes if vars(module).get("action_dist") is not None}
    policy.set_training_mode(False)
    for module in modes:
        module.training = False
    try:
        if recurrent:
            th.backends.cudnn.enabled = False
        for module, distribution in distributions.items():
            module.action_dist = copy.copy(distribution)
        yield
    finally:
        if recurrent:
            th.backends.cudnn.enabled = cudnn
        for module, distribution in distributions.items():
            module.action_dist = distribution
        for module, mode in modes.items():
            module.training = mode


@contextmanager
def differentiating(policy: BasePolicy) -> Iterator[None]:
    """:func:`evaluating`, with gradients on even inside ``no_grad`` and ``inference_mode``."""
    with evaluating(policy), th.inference_mode(False), th.enable_grad():
        yield
