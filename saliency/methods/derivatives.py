"""Exact derivatives of a policy's heads with respect to what it sees."""

from collections.abc import Sequence
from typing import NamedTuple

import torch as th
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.type_aliases import PyTorchObs

from ..errors import UnknownPolicyError
from ..readers.entries import Entries, Observations
from ..readers.head import Head, head_names, head_values, shown_heads
from ..readers.undisturbed.evaluation_mode import differentiating
from .gradient_flow import check_flow, gradients, plain_refusals


class ValueAdvantageJacobian(NamedTuple):
    """dV/ds and dA(s, a*)/ds, signed, each of the shape of the observations; dicts of such for dict observations."""

    value: PyTorchObs
    advantage: PyTorchObs


def value_advantage_jacobian(policy: BasePolicy, obs: Observations) -> ValueAdvantageJacobian:
    """
    The two maps of Wang et al. (2016, figure 2): what the value looks at, and what the advantage of the greedy action looks at.

    The advantage is centred, so the two maps add up to the derivative of Q(s, a*) exactly. They do not contain the 1/sqrt(2) by
    which training scales the gradient. The paper shows absolute values; these maps have a sign.

    :param policy: a dueling policy
    :param obs: batch (B, ...) in any form that ``policy.predict`` takes, such as images with their channels last; derivatives are
        per unit of it, for an image per grey level
    :return: the two maps, in the form of ``policy.observation_space``: (B, C, H, W) for SB3's images, however they were given
    :raises UnknownPolicyError: if the policy has no value and advantage heads
    """
    if "advantage" not in head_names(policy):
        raise UnknownPolicyError(
            f"{type(policy).__name__} has the heads {', '.join(head_names(policy))}, but not value and advantage; "
            "a dueling policy of saccade.policies has both"
        )
    maps = head_jacobians(policy, obs, ("value", "advantage"))
    return ValueAdvantageJacobian(maps["value"], maps["advantage"])


def jacobian(head: Head, obs: Observations) -> PyTorchObs:
    """
    d head / d observation, as one of the methods (:mod:`saccade.saliency.methods`).

    :param head: of a policy
    :param obs: batch (B, ...) as the env gives it
    :return: signed map of the observations' shape
    """
    return head_jacobians(head.policy, obs, (head.name,), choice=head.choice, memory=head.memory, masks=head.masks)[head.name]


def head_jacobians(
    policy: BasePolicy,
    obs: Observations,
    names: Sequence[str] | None = None,
    chunk_size: int = 256,
    *,
    choice: th.Tensor | None = None,
    memory: th.Tensor | None = None,
    masks: th.Tensor | None = None,
) -> dict[str, PyTorchObs]:
    """
    d head / d observation for several heads: one forward pass, and one backward pass a head.

    Each sample's outputs depend on its own observation only, so the gradient of the sum over the batch holds every sample's
    derivative. The policy is in evaluation mode, as when it acts. Parameters' ``.grad``, training modes and the random state stay
    as they were.

    :param policy: of an SB3 model; see :func:`saccade.saliency.heads`
    :param obs: batch (B, ...) in any form that ``policy.predict`` takes
    :param names: of the heads; the main ones by default
    :param chunk_size: observations at a time, which bounds the memory
    :param choice: (B, ...) actions that the heads speak of, as in :class:`saccade.saliency.Head`; the best ones by default
    :param memory: (B, M, H) of a recurrent policy before each observation; by default the start of an episode
    :param masks: (B, A) which actions the env allows, for a policy of MaskablePPO; all by default
    :return: {name: signed map (B, ...) in the form of ``policy.observation_space``, or a dict of such for dict observations, where
        entries that are not real numbers get zeros}
    :raises UnknownHeadError: if the policy has no head of that name
    :raises NoMapError: if a gradient is cut on its way to the observations, so that the map would be zero everywhere
    :raises ValueError: if ``chunk_size`` is below 1
    """
    names = shown_heads(policy, names)
    if chunk_size < 1:
        raise ValueError(f"chunk_size is {chunk_size}; it must be at least 1")
    with differentiating(policy), plain_refusals(policy):
        inputs = Entries.of(policy, obs)
        parts: dict[str, list[dict[str, th.Tensor]]] = {name: [] for name in names}
        for start in range(0, len(inputs), chunk_size):
            rows = slice(start, start + chunk_size)
            leaves = inputs.leaves(rows)
            chosen, before, allowed = (None if x is None else x[rows] for x in (choice, memory, masks))
            values = head_values(policy, leaves.packed(), chosen, before, names, allowed)
            for i, name in enumerate(names):
                found = gradients(values[name], leaves.differentiable(), again=i < len(names) - 1)
                if start == 0:
                    check_flow(Head(policy, name, chosen, before, allowed), inputs.rows(rows), found)
                parts[name].append({key: th.zeros_like(leaves.tensors[key]) if x is None else x for key, x in found.items()})
    return {
        name: inputs.maps({key: _joined([part[key] for part in chunks]) for key in inputs.real}) for name, chunks in parts.items()
    }


def _joined(parts: list[th.Tensor]) -> th.Tensor:
    joined = parts[0] if len(parts) == 1 else th.cat(parts)
    return joined.detach()
