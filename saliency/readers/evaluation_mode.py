"""A policy as it acts, for as long as somebody looks at it."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager

import torch as th
from stable_baselines3.common.policies import BasePolicy
from torch import nn


@contextmanager
def evaluating(policy: BasePolicy) -> Iterator[None]:
    """
    Every module of a policy in evaluation mode, and afterwards each as it was.

    Where the policy has an LSTM, cuDNN stays out of it meanwhile: it differentiates one in training mode only. An actor-critic
    keeps the distribution that it was asked for last; meanwhile that is another object.
    """
    modes = {module: module.training for module in policy.modules()}
    recurrent = any(isinstance(module, nn.RNNBase) for module in modes)
    cudnn, distribution = th.backends.cudnn.enabled, getattr(policy, "action_dist", None)
    policy.set_training_mode(False)
    for module in modes:
        module.training = False
    try:
        if recurrent:
            th.backends.cudnn.enabled = False
        if distribution is not None:
            policy.action_dist = copy.copy(distribution)
        yield
    finally:
        if recurrent:
            th.backends.cudnn.enabled = cudnn
        if distribution is not None:
            policy.action_dist = distribution
        for module, mode in modes.items():
            module.training = mode


@contextmanager
def differentiating(policy: BasePolicy) -> Iterator[None]:
    """:func:`evaluating`, with gradients on whatever surrounds it."""
    with evaluating(policy), th.inference_mode(False), th.enable_grad():
        yield
