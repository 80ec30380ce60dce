"""How a decision depends on everything seen before it: Jacobians through time."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch as th
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.type_aliases import PyTorchObs

from ..methods.derivatives import head_jacobians
from ..readers.entries import Observations
from ..readers.protocol import Features
from ..readers.undisturbed.evaluation_mode import differentiating
from .stretch import ROWS_AT_ONCE, Stretch

Part = tuple[int, slice, dict[str, th.Tensor]]  # row of the output, input steps, {key: gradients at those}


def sequential_jacobian(
    policy: BasePolicy,
    obs: Observations,
    head: str = "value",
    episode_starts: np.ndarray | th.Tensor | None = None,
    *,
    outputs: Sequence[int] | None = None,
    memory: th.Tensor | None = None,
    frames_at_once: int = 64,
    outputs_at_once: int = 64,
) -> PyTorchObs:
    """
    J[t, t'] = d head at step t / d observation at step t' (Graves 2012, section 3.4), along the play of a recurrent policy.

    It is zero for t' > t, and across the start of an episode. A policy without memory has J[t, t] only.

    The result lies in main memory and is T_out times T_in times as large as an observation. ``outputs`` selects some decisions, and
    :func:`temporal_norms` needs far less memory. The policy's device holds the activations of ``frames_at_once`` observations, and
    those of the LSTM for ``outputs_at_once`` copies of an episode.

    :param policy: of an SB3 model; see :func:`saccade.saliency.heads`
    :param obs: consecutive observations (T, ...) of one env, as it gives them
    :param head: name of the head
    :param episode_starts: (T,) whether an episode starts there; by default only at the first step, where the memory is empty
    :param outputs: the steps t of the decisions, in rising order; all by default
    :param memory: (1, M, H) with which the policy met the first observation, if no episode starts there; it is held constant. By
        default it is that of an episode's start
    :param frames_at_once: observations whose features are differentiated at a time
    :param outputs_at_once: decisions whose derivatives are made together, on copies of the episode; fewer where an episode is so
        long that the copies would have more than 16,384 steps
    :return: signed (T_out, T_in, ...) on the CPU, in the form of ``policy.observation_space``, or a dict of such for dict
        observations, where entries that are not real numbers get zeros
    :raises UnknownHeadError: if the policy has no such head
    :raises NoMapError: if the policy has functions of its own, or its gradients do not reach the observations
    :raises ValueError: if the steps do not fit the observations
    """
    whole: dict[str, th.Tensor] = {}
    stretch = differentiable_stretch(policy, obs, head, episode_starts, outputs, (frames_at_once, outputs_at_once), memory)
    with differentiating(policy):
        for key, x in stretch.entries.tensors.items():
            whole[key] = th.zeros(len(stretch.outputs), *x.shape, dtype=x.dtype)  # zeros that nobody writes to take no memory
        for row, steps, gradients in jacobian_parts(stretch, frames_at_once, outputs_at_once):
            for key, gradient in gradients.items():
                whole[key][row, steps] = gradient.cpu()
    return stretch.entries.maps(whole)


def temporal_norms(
    policy: BasePolicy,
    obs: Observations,
    head: str = "value",
    episode_starts: np.ndarray | th.Tensor | None = None,
    *,
    outputs: Sequence[int] | None = None,
    memory: th.Tensor | None = None,
    frames_at_once: int = 64,
    outputs_at_once: int = 64,
) -> np.ndarray:
    """
    Euclidean norms of :func:`sequential_jacobian`, without holding all of it.

    :param policy: as for :func:`sequential_jacobian`, as are all others
    :return: (T_out, T_in), over all entries of dict observations
    """
    stretch = differentiable_stretch(policy, obs, head, episode_starts, outputs, (frames_at_once, outputs_at_once), memory)
    squares = np.zeros((len(stretch.outputs), len(stretch.entries)))
    with differentiating(policy):
        for row, steps, gradients in jacobian_parts(stretch, frames_at_once, outputs_at_once):
            for gradient in gradients.values():
                squares[row, steps] += gradient.double().flatten(1).square().sum(1).cpu().numpy()
    return np.sqrt(squares)


def differentiable_stretch(
    policy: BasePolicy,
    obs: Observations,
    head: str,
    episode_starts: np.ndarray | th.Tensor | None,
    outputs: Sequence[int] | None,
    at_once: tuple[int, int],
    memory: th.Tensor | None = None,
) -> Stretch:
    """
    What is asked, if the gradient of the head reaches the observations.

    :param policy: as for :func:`sequential_jacobian`, as are all others
    :param at_once: frames and outputs
    :raises NoMapError: if the gradient is cut
    :raises ValueError: if one of ``at_once`` is below 1
    """
    stretch = Stretch.of(policy, obs, head, episode_starts, outputs, memory)
    if min(at_once) < 1:
        raise ValueError(f"frames_at_once and outputs_at_once are {at_once[0]} and {at_once[1]}; they must be at least 1")
    head_jacobians(policy, stretch.entries.rows(slice(1)).packed(), (head,))
    return stretch


def jacobian_parts(stretch: Stretch, frames_at_once: int, outputs_at_once: int, choices: th.Tensor | None = None) -> Iterator[Part]:
    """
    Everything of a Jacobian through time that is not zero.

    :param stretch: what is asked; gradients must be on
    :param frames_at_once: as for :func:`sequential_jacobian`
    :param outputs_at_once: as for :func:`sequential_jacobian`
    :param choices: (T, ...) the actions that the head speaks of; the best ones by default
    """
    entries, reader = stretch.entries, stretch.reader
    rows = {t: row for row, t in enumerate(stretch.outputs)}
    if reader is None:
        whole = head_jacobians(stretch.policy, entries.packed(), (stretch.head,), frames_at_once, choice=choices)
        maps = entries.pictures(whole[stretch.head])
        for t, row in rows.items():
            yield row, slice(t, t + 1), {key: x[t : t + 1] for key, x in maps.items()}
        return
    for (start, end), asked in stretch.asked():
        features = stretch.features(start, asked[-1] + 1, frames_at_once)
        spoken_of = None if choices is None else choices[start:end]
        at_once = min(outputs_at_once, max(ROWS_AT_ONCE // (end - start), 1))
        for group in (asked[i : i + at_once] for i in range(0, len(asked), at_once)):
            # First through the heads and the LSTM, which is cheap,
            of_features = _back_to_features(stretch, features, start, [t - start for t in group], spoken_of)
            # then from the features back to the observations, some frames at a time.
            for first in range(start, group[-1] + 1, frames_at_once):
                last = min(first + frames_at_once, group[-1] + 1)
                leaves = entries.leaves(slice(first, last))
                again = reader.features(leaves.packed())
                # Actor and critic may have features of their own, and one of them may be frozen under no_grad.
                free = [k for k, x in enumerate(again) if x.requires_grad]
                for copy, t in enumerate(group):
                    if t < first:
                        continue
                    back = th.autograd.grad(
                        [again[k] for k in free],
                        list(leaves.differentiable().values()),
                        [of_features[k][copy, first - start : last - start] for k in free],
                        retain_graph=True,
                        allow_unused=True,
                        materialize_grads=True,
                    )
                    seen = min(t + 1, last)  # the future has no effect
                    yield rows[t], slice(first, seen), {key: x[: seen - first] for key, x in zip(leaves.real, back, strict=True)}


def _back_to_features(stretch: Stretch, features: Features, start: int, group: list[int], choices: th.Tensor | None) -> Features:
    """
    d head at step t / d features, (G, T, F) each, for G decisions at once.

    Each decision has its own copy of the episode up to the last of these decisions. The copies do not touch each other, so one
    backward pass of the sum over decisions gives the derivatives of all of them. (torch.func has no rule for an LSTM.)

    :param stretch: with a memory
    :param features: of the episode's steps, (T, F) each
    :param start: the episode's first step
    :param group: G rising steps of the episode
    :param choices: of the episode
    """
    assert stretch.reader is not None
    count, steps = len(group), group[-1] + 1
    actors, critics = (x[:steps].repeat(count, 1).requires_grad_() for x in features)
    spoken_of = None if choices is None else th.cat([choices[:steps]] * count)
    values = stretch.reader.values_in_order((actors, critics), stretch.head, spoken_of, stretch.memory_at(start, count))
    wanted = values.view(count, steps)[th.arange(count), group].sum()
    found = th.autograd.grad(wanted, (actors, critics), allow_unused=True, materialize_grads=True)
    of_actors, of_critics = (x.view(count, steps, -1) for x in found)
    return of_actors, of_critics
