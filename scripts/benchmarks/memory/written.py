"""Words written for a measurement, and what a network says to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch as th
from sb3_contrib.common.recurrent.policies import RecurrentActorCriticPolicy

from saccade.agents.episodic.remembering import no_memory
from saccade.envs.counter_random import uniforms
from saccade.envs.tasks.pen.hands import hands_of
from saccade.envs.tasks.pen.pen_strokes import PEN, PenStrokes
from saccade.envs.tasks.pen.words import as_numbers

RULE = 18  # the counter of wobble and noise in measurements
DOWN, ENDS = 2, 3  # entries of an observation


@dataclass(frozen=True)
class Written:
    """
    N episodes with words of our choice. R steps of reading, then L questions.

    :param game: that wrote them
    :param words: N of them
    :param observations: (N, R + L, D) float32
    :param letters: (N, R) place in the word of the letter that a step belongs to, or -1
    :param strokes: (N, R) number of the stroke, or -1
    :param dots: (N, R) bool, dots of i and j
    :param delayed: (N, R) bool, all delayed lines
    """

    game: PenStrokes
    words: tuple[str, ...]
    observations: np.ndarray
    letters: np.ndarray
    strokes: np.ndarray
    dots: np.ndarray
    delayed: np.ndarray

    def __len__(self) -> int:
        return len(self.words)

    @property
    def reading(self) -> int:
        """R."""
        return self.game.reading

    @property
    def answers(self) -> np.ndarray:
        """The right answers, (N, L)."""
        numbers = as_numbers(self.words, self.game.max_letters).numpy()
        return np.where(numbers < 0, self.game.end, numbers)

    def of_letter(self, places: np.ndarray) -> np.ndarray:
        """
        The steps of one letter of each word, (N, R) bool, its delayed line among them.

        :param places: (N,) in the word
        """
        return self.letters == np.asarray(places)[:, None]

    def first(self, count: int) -> "Written":
        """The first words."""
        arrays = (self.observations, self.letters, self.strokes, self.dots, self.delayed)
        return Written(self.game, self.words[:count], *(x[:count] for x in arrays))

    def lifted(self, steps: np.ndarray) -> "Written":
        """
        The same movements, without ink at some steps: a stroke is missing, and the others stay where they are.

        :param steps: (N, R) bool
        """
        seen = self.observations.copy()
        seen[:, : self.reading, DOWN : ENDS + 1][steps] = 0
        return replace(self, observations=seen)

    def at_rest(self, steps: np.ndarray) -> "Written":
        """
        The pen rests at some steps. What comes later is then written elsewhere.

        :param steps: (N, R) bool
        """
        seen = self.observations.copy()
        seen[:, : self.reading, :PEN][steps] = 0
        return replace(self, observations=seen)


def written(words: Sequence[str], numbers: np.ndarray, env_kwargs: Mapping[str, Any]) -> Written:
    """
    Words, each by a hand of the split.

    :param words: with letters that may lack their dots
    :param numbers: (N,) of the draws of hand, sizes and noise. Words of the same number have the same
    :param env_kwargs: of the env
    """
    game = PenStrokes(**env_kwargs)
    length = game.max_letters
    drawn = uniforms(th.as_tensor(numbers), th.full((len(words),), RULE), 1 + 2 * length + 2 * game.reading)
    hand, wobble, noise = th.split(drawn, [1, 2 * length, 2 * game.reading], dim=1)
    game.begin_with(as_numbers(words, length), hands_of(game.split, hand[:, 0]), wobble, noise)
    return of_game(game, tuple(words))


def of_game(game: PenStrokes, words: tuple[str, ...]) -> Written:
    """
    :param game: in its first step
    :param words: that it writes
    """
    gold = game.gold()
    marks = (x.numpy() for x in (gold.letters, gold.strokes, gold.dots, gold.delayed))
    return Written(game, words, game.episodes().numpy(), *marks)


def answers_of(policy: RecurrentActorCriticPolicy, told: Written) -> np.ndarray:
    """
    What a network says to each question, as log-probabilities (N, L, A).

    :param policy: recurrent, with discrete actions
    :param told: N episodes
    """
    found, asked = [], told.reading
    policy.set_training_mode(False)
    with th.no_grad():
        for rows in np.array_split(told.observations, max(len(told) // 256, 1)):
            count, steps = rows.shape[:2]
            seen = th.as_tensor(rows.reshape(count * steps, -1), device=policy.device)
            hidden, cell = no_memory(policy, count).pi
            distribution, _ = policy.get_distribution(seen, (hidden, cell), th.zeros(count * steps, device=policy.device))
            logits: Any = distribution.distribution
            found.append(logits.logits.reshape(count, steps, -1)[:, asked:].log_softmax(-1).cpu().numpy())
    return np.concatenate(found)


def env_kwargs_of(hyperparameters: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """
    Arguments of the env that a run learned in, on held-out words and hands.

    :param hyperparameters: of the run
    :param changes: to them
    """
    return {**(hyperparameters.get("env_kwargs") or {}), "split": "test", **changes}
