"""Consecutive observations, the episodes in them, and the decisions that are asked about."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch as th
from stable_baselines3.common.policies import BasePolicy

from ..errors import NoMapError
from ..readers.entries import Entries, Observations
from ..readers.head import head_values, shown_heads
from ..readers.head_reader import head_reader, recurrent_reader
from ..readers.protocol import Features, RecurrentReader

ROWS_AT_ONCE = 16384  # steps of all sequences that go through the LSTM together
Episode = tuple[int, int]  # its first step, and the step after its last one


@dataclass(frozen=True)
class Stretch:
    """
    What all methods through time are asked about.

    :param policy: of an SB3 model
    :param entries: T consecutive observations of one env
    :param head: name of the head
    :param episodes: in these steps
    :param outputs: the steps of the decisions, rising
    :param before: (1, M, H) the memory before the first step; None: that of an episode's start
    """

    policy: BasePolicy
    entries: Entries
    head: str
    episodes: list[Episode]
    outputs: list[int]
    before: th.Tensor | None = None

    @classmethod
    def of(
        cls,
        policy: BasePolicy,
        obs: Observations,
        head: str,
        episode_starts: np.ndarray | th.Tensor | None,
        outputs: Sequence[int] | None,
        memory: th.Tensor | None = None,
    ) -> "Stretch":
        """
        :param policy: of an SB3 model
        :param obs: consecutive observations (T, ...) of one env, as it gives them
        :param head: name of the head
        :param episode_starts: (T,) whether an episode starts there; by default only at the first step
        :param outputs: the steps of the decisions, rising; all by default
        :param memory: (1, M, H) before the first step, if no episode starts there
        :raises UnknownHeadError: if the policy has no such head
        :raises NoMapError: if the policy takes action masks, except for its value
        :raises ObservationError: if these are not the policy's observations
        :raises ValueError: if the steps do not fit the observations
        """
        shown_heads(policy, (head,))
        if head != "value" and head_reader(policy).takes_masks:
            raise NoMapError(
                f"maps through time take no action masks, without which {head!r} of a {type(policy).__name__} speaks of actions "
                "that are not allowed; take head 'value', or explain single states"
            )
        entries = Entries.of(policy, obs)
        chosen = list(range(len(entries))) if outputs is None else list(outputs)
        if chosen != sorted(set(chosen)) or not all(0 <= t < len(entries) for t in chosen):
            raise ValueError(f"outputs must be rising steps from 0 to {len(entries) - 1}, not {chosen}")
        episodes = _episodes(len(entries), episode_starts)
        started = episode_starts is not None and bool(episode_starts[0])
        before = None if memory is None or started else memory.detach().to(entries.device)
        return cls(policy, entries, head, episodes, chosen, before)

    @cached_property
    def reader(self) -> RecurrentReader | None:
        """Of a policy with a memory; None for one without."""
        return recurrent_reader(self.policy)

    def memory_at(self, start: int, count: int = 1) -> th.Tensor:
        """
        The memory before the first step of an episode, (count, M, H).

        :param start: the step
        :param count: of copies
        """
        assert self.reader is not None
        if start > 0 or self.before is None:
            return self.reader.no_memory(count)
        return self.before.expand(count, -1, -1).contiguous()

    def with_(self, entries: Entries) -> "Stretch":
        """The same steps with other observations."""
        return replace(self, entries=entries)

    def asked(self) -> Iterator[tuple[Episode, list[int]]]:
        """The episodes with the decisions that are asked about in each; those without a decision are left out."""
        for start, end in self.episodes:
            steps = [t for t in self.outputs if start <= t < end]
            if steps:
                yield (start, end), steps

    def features(self, start: int, end: int, frames_at_once: int) -> Features:
        """
        What actor and critic make of the observations of some steps, (end - start, F) each, without a graph.

        :param start: the first step
        :param end: the step after the last one
        :param frames_at_once: observations at a time
        """
        assert self.reader is not None
        with th.no_grad():
            parts = [
                self.reader.features(self.entries.rows(slice(i, min(i + frames_at_once, end))).packed())
                for i in range(start, end, frames_at_once)
            ]
        actors, critics = (th.cat(own) for own in zip(*parts, strict=True))
        return actors, critics

    def choices(self, frames_at_once: int) -> th.Tensor:
        """The best action at each step, (T, ...), with the memory of that step."""
        if self.reader is None:
            with th.no_grad():
                parts = [
                    head_reader(self.policy).choice(self.entries.rows(slice(i, i + frames_at_once)).packed(), None)
                    for i in range(0, len(self.entries), frames_at_once)
                ]
            return th.cat(parts)
        with th.no_grad():
            return th.cat(
                [
                    self.reader.choices_in_order(self.features(start, end, frames_at_once), self.memory_at(start))
                    for start, end in self.episodes
                ]
            )

    def frame_values(self, choices: th.Tensor, frames_at_once: int) -> th.Tensor:
        """
        The head (T,) of a policy without memory.

        :param choices: (T, ...) the actions that the head speaks of
        :param frames_at_once: observations at a time
        """
        parts = []
        with th.no_grad():
            for rows in (slice(i, i + frames_at_once) for i in range(0, len(self.entries), frames_at_once)):
                found = head_values(self.policy, self.entries.rows(rows).packed(), choices[rows], names=(self.head,))
                parts.append(found[self.head])
        return th.cat(parts)


def check_counts(**counts: int) -> None:
    """
    :param counts: by name, which must be at least 1
    :raises ValueError: if one is not
    """
    for name, count in counts.items():
        if count < 1:
            raise ValueError(f"{name} is {count}; it must be at least 1")


def _episodes(steps: int, episode_starts: np.ndarray | th.Tensor | None) -> list[Episode]:
    if episode_starts is None:
        return [(0, steps)]
    starts = np.asarray(th.as_tensor(episode_starts).cpu()).astype(bool)
    if starts.shape != (steps,):
        raise ValueError(f"episode_starts has the shape {starts.shape}; it must have one mark a step, ({steps},)")
    first = [0, *(int(t) for t in np.flatnonzero(starts) if t > 0)]
    return list(zip(first, [*first[1:], steps], strict=True))
