"""What a policy does when it did not see some of the steps."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch as th

from ..readers.entries import Entries
from ..readers.protocol import Features
from .stretch import ROWS_AT_ONCE, Episode, Stretch

Asked = Callable[[Features, th.Tensor, slice], th.Tensor]  # features, memory, steps -> (B * T, ...) along sequences


@dataclass(frozen=True)
class OccludedSteps:
    """
    One episode, in which any of the T steps may show something neutral. Heads speak of what the policy does when it sees all
    steps.

    A policy without memory is affected at a hidden step only. Its steps are then not asked again for each set of hidden steps.

    :param stretch: that the episode is in; the policy must be in evaluation mode
    :param neutral: what stands in a hidden step, for each step of the stretch
    :param episode: its first step, and the step after its last one
    :param frames_at_once: observations whose features are made at a time
    :param rows_at_once: steps of all sequences that go through the LSTM together
    """

    stretch: Stretch
    neutral: Stretch
    episode: Episode
    choices: th.Tensor
    frames_at_once: int
    rows_at_once: int
    _seen: Features | None
    _hidden: Features | None

    @classmethod
    def of(
        cls, stretch: Stretch, neutral: Entries, episode: Episode, frames_at_once: int = 64, rows_at_once: int = ROWS_AT_ONCE
    ) -> "OccludedSteps":
        """
        :param stretch: that the episode is in
        :param neutral: T observations of the whole stretch
        :param episode: its first step, and the step after its last one
        :param frames_at_once: as for the class, like all others
        """
        rows = slice(*episode)
        of_episode = Stretch(stretch.policy, stretch.entries.rows(rows), stretch.head, [(0, episode[1] - episode[0])], [])
        of_episode = replace(of_episode, before=stretch.before if episode[0] == 0 else None)
        hidden = of_episode.with_(neutral.rows(rows))
        both: list[Features | None] = [None, None]
        if of_episode.reader is not None:
            both = [one.features(0, len(of_episode.entries), frames_at_once) for one in (of_episode, hidden)]
        choices = of_episode.choices(frames_at_once)
        return cls(of_episode, hidden, episode, choices, frames_at_once, rows_at_once, *both)

    def __len__(self) -> int:
        return self.episode[1] - self.episode[0]

    def values(self, hidden: th.Tensor) -> th.Tensor:
        """
        The head at all steps.

        :param hidden: (B, T) bool, for each of B sequences the steps that show something neutral
        :return: (B, T)
        """
        reader = self.stretch.reader
        if reader is None:
            seen, without = (one.frame_values(self.choices, self.frames_at_once) for one in (self.stretch, self.neutral))
            return th.where(hidden, without, seen)
        head = self.stretch.head

        def ask(features: Features, memory: th.Tensor, steps: slice) -> th.Tensor:
            return reader.values_in_order(features, head, th.cat([self.choices[steps]] * len(memory)), memory)

        return self._along(hidden, ask)

    def actions(self, hidden: th.Tensor) -> th.Tensor:
        """
        The best actions at all steps.

        :param hidden: (B, T) bool, as for :meth:`values`
        :return: (B, T, ...)
        """
        reader = self.stretch.reader
        if reader is None:
            without = self.neutral.choices(self.frames_at_once)
            shape = (*hidden.shape, *[1] * (without.ndim - 1))
            return th.where(hidden.view(shape), without, self.choices)
        return self._along(hidden, lambda features, memory, steps: reader.choices_in_order(features, memory))

    def _along(self, hidden: th.Tensor, ask: Asked) -> th.Tensor:
        """Sequences in groups of bounded size. Each group begins at its first hidden step, with the memory of that step."""
        seen, without, reader = self._seen, self._hidden, self.stretch.reader
        assert seen is not None
        assert without is not None
        assert reader is not None
        with th.no_grad():
            whole = ask(seen, self.stretch.memory_at(0), slice(None))
            found = whole[None].repeat(len(hidden), *[1] * whole.ndim)
            for rows in th.split(th.arange(len(hidden)), max(self.rows_at_once // len(self), 1)):
                marks = hidden[rows]
                touched = marks.any(0).nonzero()
                if not len(touched):
                    continue
                first = int(touched[0])
                memory = self.stretch.memory_at(0)
                if first > 0:
                    memory = reader.memory_after((seen[0][:first], seen[1][:first]), memory)
                mixed = [
                    th.where(marks[:, first:, None], away[first:], there[first:]).flatten(0, 1)
                    for there, away in zip(seen, without, strict=True)
                ]
                after = ask((mixed[0], mixed[1]), memory.expand(len(rows), -1, -1).contiguous(), slice(first, None))
                found[rows, first:] = after.view(len(rows), len(self) - first, *after.shape[1:])
        return found
