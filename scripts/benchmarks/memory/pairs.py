"""Words with an i and their twins: the same word by the same hand, and only the dot of this i is missing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from saccade.envs.tasks.pen.letters import TWINS
from saccade.scripts.benchmarks.memory.written import Written, written


@dataclass(frozen=True)
class Pairs:
    """
    :param dotted: N words with all their dots
    :param bare: the same words without the dot of one i
    :param places: (N,) of this i in its word
    :param clusters: (N,) number of the word, which several hands write
    """

    dotted: Written
    bare: Written
    places: np.ndarray
    clusters: np.ndarray

    @property
    def decisions(self) -> np.ndarray:
        """The steps that ask for this i, (N,)."""
        return self.dotted.reading + self.places

    @property
    def dots(self) -> np.ndarray:
        """The steps of this dot, (N, R) bool. The move to it, without ink, belongs to it."""
        return self.dotted.dots & self.dotted.of_letter(self.places)

    @property
    def delays(self) -> np.ndarray:
        """Steps from the end of the body to the first step of the dot, (N,)."""
        steps = np.arange(self.dotted.reading)
        body = self.dotted.of_letter(self.places) & ~self.dotted.delayed
        last, first = np.where(body, steps, -1).max(1), np.where(self.dots, steps, self.dotted.reading).min(1)
        return first - last


def pairs(words: Sequence[str], count: int, seed: int, env_kwargs: Mapping[str, Any]) -> Pairs:
    """
    Every i and j of every word in turn, each time by another hand.

    :param words: some of which have an i or a j
    :param count: N
    :param seed: of the draws
    :param env_kwargs: of the env
    """
    kinds = [(number, word, place) for number, word in enumerate(words) for place, letter in enumerate(word) if letter in TWINS]
    if not kinds:
        raise ValueError("no word has an i or a j")
    # Words in turn, so that each word is there whatever the count.
    order = np.random.default_rng(seed).permutation(len(kinds))
    chosen = [kinds[order[i % len(kinds)]] for i in range(count)]
    numbers = seed + np.arange(count)
    dotted = [word for _, word, _ in chosen]
    bare = [word[:place] + TWINS[word[place]] + word[place + 1 :] for _, word, place in chosen]
    return Pairs(
        written(dotted, numbers, env_kwargs),
        written(bare, numbers, env_kwargs),
        np.array([place for _, _, place in chosen]),
        np.array([number for number, _, _ in chosen]),
    )
