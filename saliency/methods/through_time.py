"""How a decision depends on everything seen before it: Jacobians through time."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch as th
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.type_aliases import PyTorchObs

from ..readers.entries import Entries, Observations
from ..readers.evaluation_mode import differentiating
from ..readers.head import shown_heads
from ..readers.head_reader import recurrent_reader
from ..readers.protocol import Features, RecurrentReader
from .derivatives import head_jacobians

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
    those of the LSTM for one episode.

    :param policy: of an SB3 model; see :func:`saccade.saliency.heads`
    :param obs: consecutive observations (T, ...) of one env, as it gives them
    :param head: name of the head
    :param episode_starts: (T,) whether an episode starts there; by default only at the first step, where the memory is empty
    :param outputs: the steps t of the decisions, in rising order; all by default
    :param memory: (1, M, H) with which the policy met the first observation, if no episode starts there; it is held constant. By
        default it is that of an episode's start
    :param frames_at_once: observations whose features are differentiated at a time
    :param outputs_at_once: decisions whose derivatives with respect to the features are held at a time
    :return: signed (T_out, T_in, ...) on the CPU, in the form of ``policy.observation_space``, or a dict of such for dict
        observations, where entries that are not real numbers get zeros
    :raises UnknownHeadError: if the policy has no such head
    :raises NoMapError: if the policy has functions of its own, or its gradients do not reach the observations
    :raises ValueError: if the steps do not fit the observations
    """
    whole: dict[str, th.Tensor] = {}
    entries, chosen = _checked(policy, obs, head, outputs, (frames_at_once, outputs_at_once))
    with differentiating(policy):
        for key, x in entries.tensors.items():
            whole[key] = th.zeros(len(chosen), *x.shape, dtype=x.dtype)  # zeros that nobody writes to take no memory
        for row, steps, gradients in _parts(policy, entries, head, episode_starts, chosen, memory, frames_at_once, outputs_at_once):
            for key, gradient in gradients.items():
                whole[key][row, steps] = gradient.cpu()
    return entries.maps(whole)


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
    entries, chosen = _checked(policy, obs, head, outputs, (frames_at_once, outputs_at_once))
    squares = np.zeros((len(chosen), len(entries)))
    with differentiating(policy):
        for row, steps, gradients in _parts(policy, entries, head, episode_starts, chosen, memory, frames_at_once, outputs_at_once):
            for gradient in gradients.values():
                squares[row, steps] += gradient.double().flatten(1).square().sum(1).cpu().numpy()
    return np.sqrt(squares)


def _checked(
    policy: BasePolicy, obs: Observations, head: str, outputs: Sequence[int] | None, at_once: tuple[int, int]
) -> tuple[Entries, list[int]]:
    shown_heads(policy, (head,))
    entries = Entries.of(policy, obs)
    head_jacobians(policy, entries.rows(slice(1)).packed(), (head,))  # or gradients do not reach the observations
    chosen = list(range(len(entries))) if outputs is None else list(outputs)
    if min(at_once) < 1:
        raise ValueError(f"frames_at_once and outputs_at_once are {at_once[0]} and {at_once[1]}; they must be at least 1")
    if chosen != sorted(set(chosen)) or not all(0 <= t < len(entries) for t in chosen):
        raise ValueError(f"outputs must be rising steps from 0 to {len(entries) - 1}, not {chosen}")
    return entries, chosen


def _parts(
    policy: BasePolicy,
    entries: Entries,
    head: str,
    episode_starts: np.ndarray | th.Tensor | None,
    outputs: list[int],
    memory: th.Tensor | None,
    frames_at_once: int,
    outputs_at_once: int,
) -> Iterator[Part]:
    """Everything that is not zero."""
    reader = recurrent_reader(policy)
    if reader is None:
        maps = entries.pictures(head_jacobians(policy, entries.packed(), (head,))[head])
        for row, t in enumerate(outputs):
            yield row, slice(t, t + 1), {key: x[t : t + 1] for key, x in maps.items()}
        return
    rows = {t: row for row, t in enumerate(outputs)}
    for start, end in _episodes(len(entries), episode_starts):
        asked = [t for t in range(start, end) if t in rows]
        goes_on = start == 0 and not (episode_starts is not None and bool(episode_starts[0]))
        features, values = _core(reader, entries, head, start, end, memory if goes_on else None, frames_at_once)
        for group in (asked[i : i + outputs_at_once] for i in range(0, len(asked), outputs_at_once)):
            # First through the heads and the LSTM, which is cheap,
            of_features = [
                th.autograd.grad(values[t - start], features, retain_graph=True, allow_unused=True, materialize_grads=True)
                for t in group
            ]
            # then from the features back to the observations, some frames at a time.
            for first in range(start, group[-1] + 1, frames_at_once):
                last = min(first + frames_at_once, group[-1] + 1)
                leaves = entries.leaves(slice(first, last))
                again = reader.features(leaves.packed())
                # Actor and critic may have features of their own, and one of them may be frozen under no_grad.
                free = [k for k, x in enumerate(again) if x.requires_grad]
                for t, gradients in zip(group, of_features, strict=True):
                    if t < first:
                        continue
                    back = th.autograd.grad(
                        [again[k] for k in free],
                        list(leaves.differentiable().values()),
                        [gradients[k][first - start : last - start] for k in free],
                        retain_graph=True,
                        allow_unused=True,
                        materialize_grads=True,
                    )
                    seen = min(t + 1, last)  # the future has no effect
                    yield rows[t], slice(first, seen), {key: x[: seen - first] for key, x in zip(leaves.real, back, strict=True)}


def _core(
    reader: RecurrentReader, entries: Entries, head: str, start: int, end: int, memory: th.Tensor | None, frames_at_once: int
) -> tuple[Features, th.Tensor]:
    """The features of an episode as leaves, and the head's values (T,) as a function of them."""
    with th.no_grad():
        parts = [
            reader.features(entries.rows(slice(i, min(i + frames_at_once, end))).packed())
            for i in range(start, end, frames_at_once)
        ]
    actors, critics = (th.cat(own).requires_grad_() for own in zip(*parts, strict=True))
    before = None if memory is None else memory.to(actors.device)
    return (actors, critics), reader.values_in_order((actors, critics), head, memory=before)


def _episodes(steps: int, episode_starts: np.ndarray | th.Tensor | None) -> list[tuple[int, int]]:
    """The first step of each episode, and the step after its last one."""
    if episode_starts is None:
        return [(0, steps)]
    starts = np.asarray(th.as_tensor(episode_starts).cpu()).astype(bool)
    if starts.shape != (steps,):
        raise ValueError(f"episode_starts has the shape {starts.shape}; it must have one mark a step, ({steps},)")
    first = [0, *(int(t) for t in np.flatnonzero(starts) if t > 0)]
    return list(zip(first, [*first[1:], steps], strict=True))
