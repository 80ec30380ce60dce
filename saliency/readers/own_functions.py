"""The functions that a policy acts by: which of them are its own, and how to ask them without a trace."""

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
import torch as th
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.type_aliases import PyTorchObs
from torch import nn

Network = TypeVar("Network", bound=nn.Module)


def overrides(policy: BasePolicy, known: type, names: Sequence[str]) -> bool:
    """
    Whether a policy has other functions than the class that a reader knows, by a subclass or on the object itself.

    :param policy: of that class
    :param known: the class
    :param names: of its functions
    """
    return any(_function(getattr(policy, name)) is not getattr(known, name) for name in names)


def copied(obs: PyTorchObs) -> PyTorchObs:
    """
    A copy for one call of a policy's function, which may change it in place. Gradients flow through the copy: autograd lets nobody
    change the leaf itself.

    :param obs: (B, ...), or a dict of such
    """
    return {key: x.clone() for key, x in obs.items()} if isinstance(obs, dict) else obs.clone()


def uncompiled(module: Network) -> Network:
    """
    The module that ``torch.compile`` was given, whose class says what it is; any other module stays.

    :param module: of a policy, perhaps compiled
    """
    found: Network = getattr(module, "_orig_mod", module)
    return found


def predicted(policy: BasePolicy, obs: PyTorchObs, action_masks: th.Tensor | None = None) -> th.Tensor:
    """
    The actions of ``predict(deterministic=True)``, for policies that override it and whose actions are not a Box. (``predict``
    stretches those of a Box to their space, and they have no graph.)

    :param policy: without a memory
    :param obs: (B, ...), or a dict of such, as tensors
    :param action_masks: (B, A), for a policy that takes masks
    :return: (B, ...)
    """
    given: Any = {key: _array(x) for key, x in obs.items()} if isinstance(obs, dict) else _array(obs)
    rules: dict[str, Any] = {} if action_masks is None else {"action_masks": action_masks.cpu().numpy()}
    actions, _ = policy.predict(given, deterministic=True, **rules)
    return th.as_tensor(actions, device=policy.device)


def taken(policy: BasePolicy, known: type, obs: PyTorchObs) -> th.Tensor:
    """
    The actions of a policy that acts by functions of its own: those of ``predict`` if it overrides it, else those of ``_predict``.
    They have no graph.

    :param policy: without a memory, whose actions are not a Box
    :param known: the class that a reader knows
    :param obs: (B, ...), or a dict of such
    :return: (B, ...)
    """
    if overrides(policy, known, ("predict",)):
        return predicted(policy, obs)
    with th.no_grad():
        return policy._predict(copied(obs), deterministic=True)


def _array(x: th.Tensor) -> np.ndarray:
    whole: np.ndarray = x.detach().cpu().numpy()
    return whole.copy()


def count(obs: PyTorchObs) -> int:
    """
    How many observations these are.

    :param obs: (B, ...), or a dict of such
    """
    return len(next(iter(obs.values())) if isinstance(obs, dict) else obs)


def _function(bound: Any) -> Any:
    return getattr(bound, "__func__", bound)  # a static method has none
