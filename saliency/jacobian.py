"""Exact derivatives of a policy's heads with respect to what it sees."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
import torch as th
from gymnasium import spaces
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.type_aliases import PyTorchObs

from .heads import head_names, head_values

Observations = np.ndarray | th.Tensor | dict[str, np.ndarray] | dict[str, th.Tensor]


class ValueAdvantageJacobian(NamedTuple):
    """dV/ds and dA(s, a*)/ds, signed, each of the shape of the observations; dicts of such for dict observations."""

    value: PyTorchObs
    advantage: PyTorchObs


def value_advantage_jacobian(policy: BasePolicy, obs: Observations) -> ValueAdvantageJacobian:
    """
    The two maps of Wang et al. (2016, figure 2): what the value looks at and what the greedy action's advantage looks at.

    A is the centred advantage, so the two maps add up to the derivative of Q(s, a*), exactly; and they are the derivative of the
    function, without the 1/sqrt(2) that training puts on the gradient. (The paper shows absolute values; these have a sign.)

    :param policy: a dueling policy
    :param obs: batch (B, ...) as the env gives it: derivatives are per unit of that, for an image per grey level
    :return: the two maps
    :raises TypeError: if the policy has no value and advantage heads
    """
    if "advantage" not in head_names(policy):
        raise TypeError(f"{type(policy).__name__} has the heads {', '.join(head_names(policy))}, but not value and advantage; "
                        "a dueling policy of saccade.policies has both")
    maps = head_jacobians(policy, obs, ("value", "advantage"))
    return ValueAdvantageJacobian(maps["value"], maps["advantage"])


def head_jacobians(
    policy: BasePolicy, obs: Observations, names: Sequence[str] | None = None, chunk_size: int = 256
) -> dict[str, PyTorchObs]:
    """
    d head / d observation for several heads: one forward pass, and one backward pass a head.

    Each sample's outputs depend on its own observation only, so the gradient of the sum over the batch holds every sample's
    derivative. Evaluation mode, as in acting; parameters' ``.grad``, training modes and random state stay as they were.

    :param policy: of an SB3 model; see :func:`saccade.saliency.heads`
    :param obs: batch (B, ...) as the env gives it
    :param names: of the heads; all of them by default
    :param chunk_size: observations at a time, which bounds the memory
    :return: {name: signed map (B, ...) of the observations' shape, or a dict of such for dict observations}
    :raises ValueError: if the policy has no head of that name
    """
    known = head_names(policy)
    names = known if names is None else names
    for name in names:
        if name not in known:
            raise ValueError(f"{type(policy).__name__} has no head {name!r}; it has: {', '.join(known)}")
    recurrent = any(isinstance(module, th.nn.RNNBase) for module in policy.modules())
    parts: dict[str, list[tuple[th.Tensor, ...]]] = {name: [] for name in names}
    # cuDNN differentiates an LSTM in training mode only.
    with evaluating(policy), th.inference_mode(False), th.enable_grad(), th.backends.cudnn.flags(enabled=not recurrent):
        inputs = _leaves(policy, obs)
        keys = list(inputs)
        batch = len(inputs[keys[0]])
        for start in range(0, batch, chunk_size):
            leaves = {key: x[start : start + chunk_size].detach().requires_grad_() for key, x in inputs.items()}
            values = head_values(policy, leaves if isinstance(obs, dict) else leaves[""])
            for i, name in enumerate(names):
                gradients = th.autograd.grad(
                    values[name].sum(), [leaves[key] for key in keys], retain_graph=i < len(names) - 1,
                    allow_unused=True, materialize_grads=True,
                )
                parts[name].append(gradients)
    whole = {name: {key: _joined([part[k] for part in chunks]) for k, key in enumerate(keys)} for name, chunks in parts.items()}
    return {name: maps if isinstance(obs, dict) else maps[""] for name, maps in whole.items()}


@contextmanager
def evaluating(policy: BasePolicy) -> Iterator[None]:
    """Every module of a policy in evaluation mode, and afterwards each as it was."""
    modes = {module: module.training for module in policy.modules()}
    policy.set_training_mode(False)
    for module in modes:
        module.training = False
    try:
        yield
    finally:
        for module, mode in modes.items():
            module.training = mode


def _leaves(policy: BasePolicy, obs: Observations) -> dict[str, th.Tensor]:
    """Observations as floating-point tensors on the policy's device, by key (the empty one where they are no dict)."""
    if not isinstance(policy.observation_space, spaces.Box | spaces.Dict):
        raise TypeError(f"observations from {policy.observation_space} are no real numbers and cannot be differentiated")
    entries = obs if isinstance(obs, dict) else {"": obs}
    dtype = next(policy.parameters()).dtype
    leaves = {key: th.as_tensor(x).detach().to(policy.device, dtype) for key, x in entries.items()}
    return {key: x.clone() if x.is_inference() else x for key, x in leaves.items()}


def _joined(parts: list[th.Tensor]) -> th.Tensor:
    return parts[0] if len(parts) == 1 else th.cat(parts)
