"""A policy as it acts, while somebody looks at it."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager

import torch as th
from stable_baselines3.common.policies import BasePolicy
from torch import nn
from torch.distributions import Distribution

from .compiled_parts import as_written
from .kept_tensors import cut_graphs, kept_tensors
from .random_state import kept_torch_state


@contextmanager
def evaluating(policy: BasePolicy) -> Iterator[None]:
    """
    Puts every module of a policy in evaluation mode, and afterwards back in the mode that it had.

    cuDNN differentiates an LSTM in training mode only, so it is off meanwhile for a policy with an LSTM. An actor keeps the
    distribution that it computed last; meanwhile it has a copy to write to. Other tensors that a module keeps of its last forward
    pass lose their graph, as after ``predict``. What a policy draws from torch's random generator is put back. Distributions take
    numbers that are not finite, as Q-values do: whoever asks about a changed observation may get some. Compiled parts run as they
    were written, because compiled code frees what a second head's gradient needs.
    """
    modes = {module: module.training for module in policy.modules()}
    recurrent = any(isinstance(module, nn.RNNBase) for module in modes)
    cudnn = th.backends.cudnn.enabled
    distributions = {module: vars(module)["action_dist"] for module in modes if vars(module).get("action_dist") is not None}
    held = {id(x): x for module in modes for x in kept_tensors(module)}
    checked: bool = Distribution._validate_args
    policy.set_training_mode(False)
    for module in modes:
        module.training = False
    try:
        if recurrent:
            th.backends.cudnn.enabled = False
        for module, distribution in distributions.items():
            module.action_dist = copy.copy(distribution)
        Distribution.set_default_validate_args(False)
        with kept_torch_state(policy.device), as_written(policy):
            yield
    finally:
        Distribution.set_default_validate_args(checked)
        if recurrent:
            th.backends.cudnn.enabled = cudnn
        for module, distribution in distributions.items():
            module.action_dist = distribution
        for module, mode in modes.items():
            module.training = mode
        for module in modes:
            cut_graphs(module, held)


@contextmanager
def differentiating(policy: BasePolicy) -> Iterator[None]:
    """:func:`evaluating`, with gradients on even inside ``no_grad`` and ``inference_mode``."""
    with evaluating(policy), th.inference_mode(False), th.enable_grad():
        yield
