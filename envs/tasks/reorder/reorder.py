"""Read a sequence, then say it in another order: a task with a known alignment."""

import math
from typing import Any

import numpy as np
import torch as th
from gymnasium import spaces

from ...arguments.plain_numbers import check_numbers, check_whole_numbers
from ...arguments.present_device import present_device
from ..fixed_length_envs import FixedLengthEnv, FixedLengthVectorEnv
from ..fixed_length_game import NO_ANSWER, FixedLengthGame
from .alignment_picture import draw_arcs
from .sentence_forms import NOBODY, SILENCE, Order, sentence_forms, word_ranges
from .word_cells import draw_cells


class Reorder(FixedLengthGame):
    """
    An episode has two halves of ``length`` steps. In the first half the agent READs a sequence, a symbol a step. In the second half
    it SAYs the same symbols in another order, one a step. The reward is 1 for the right symbol, else 0. No action is right while it
    reads, or when a shorter sentence is at its end.

    An observation is a vector of three parts: the symbol that is read, one-hot; 1 while the agent is to say; and the place in the
    sequence that is read or to be said, one-hot. So the agent need not count.

    The right answer at a step depends on one earlier symbol: which one is the alignment. So it is known where the sequential
    Jacobian of a trained policy must be large, as word alignments are known of translations (Ding, Xu and Koehn 2019, "Saliency-
    driven word alignment interpretation for neural machine translation").

    ``info["answer"]`` is the right action at the current step, or -1, and ``info["alignment"]`` the step at which that symbol was
    read, or -1. The episode's words depend on ``order``, ``length`` and ``symbols``; the permutation is the same in all episodes.

    :param order: ``"copy"``, ``"reversal"``, ``"permutation"``, or ``"grammar"``: sentences of 3 to ``length`` words whose
        translation has the verb at the end and adjectives behind their noun
        (:func:`saccade.envs.tasks.reorder.sentence_forms.grammar_forms`)
    :param length: symbols of a sequence; an episode has twice as many steps
    :param symbols: number of symbols
    :param permutation_seed: which permutation it is
    :param noise: standard deviation of Gaussian noise that is added to every entry of every observation
    :param device: torch device of the game
    :ivar words: symbols of a sequence
    :raises ValueError: if there is no such order, or a number is out of range
    """

    def __init__(
        self,
        order: Order = "grammar",
        length: int = 8,
        symbols: int = 12,
        permutation_seed: int = 0,
        noise: float = 0.0,
        device: th.device | str = "cpu",
    ) -> None:
        device = present_device(device)
        check_whole_numbers(length=length, symbols=symbols, permutation_seed=permutation_seed)
        check_numbers(noise=noise)
        if permutation_seed < 0:
            raise ValueError(f"permutation_seed is {permutation_seed}; it must be at least 0")
        if not 0 <= noise < math.inf:
            raise ValueError(f"noise is {noise}; it must be a finite number of at least 0")
        forms, ranges = sentence_forms(order, length, permutation_seed), word_ranges(order, symbols)
        self.order, self.words, self.symbols = order, length, symbols
        self.noise, bounds = noise, (-np.inf, np.inf) if noise else (0.0, 1.0)
        self.observation_space = spaces.Box(*bounds, (symbols + 1 + length,), np.float32)
        self.action_space = spaces.Discrete(symbols)
        self.length, self.device = 2 * length, device
        self.draws = 1 + length + (self.length * (symbols + 1 + length) if noise else 0)
        self._kinds, self._alignments = (
            th.tensor([getattr(form, name) for form in forms], device=self.device) for name in ("kinds", "alignment")
        )
        words = [ranges.get(kind, range(0)) for kind in range(SILENCE + 1)]
        self._first, self._count = (
            th.tensor(numbers, device=self.device) for numbers in ([each.start for each in words], [len(each) for each in words])
        )

    def begin(self, uniforms: th.Tensor, seeds: th.Tensor, episodes: th.Tensor) -> None:
        form = (uniforms[:, 0] * len(self._kinds)).long()
        kinds, self._alignment = self._kinds[form], self._alignments[form]
        drawn = self._first[kinds] + (uniforms[:, 1 : 1 + self.words] * self._count[kinds]).long()
        self._read = drawn.where(kinds != SILENCE, NOBODY)
        self._answers = self._read.gather(1, self._alignment.clamp(min=0)).where(self._alignment != NOBODY, NO_ANSWER)
        self._said = th.full_like(self._read, NOBODY)
        self._step = 0
        if self.noise:
            numbers = uniforms[:, 1 + self.words :].clamp(min=2.0**-54)  # the normal distribution has no end
            self._noises = self.noise * th.special.ndtri(numbers).float().unflatten(1, (self.length, -1))

    def play(self, actions: th.Tensor, last: bool) -> th.Tensor:
        rewards = (actions == self._answer()).float()
        if self._step >= self.words:
            self._said[:, self._step - self.words] = actions
        self._step += 1
        return rewards

    def observations(self) -> th.Tensor:
        seen = th.zeros(len(self._read), self.symbols + 1 + self.words, device=self.device)
        if self._step == self.length:
            return seen
        place = self._step % self.words
        seen[:, self.symbols + 1 + place] = 1.0
        if self._step >= self.words:
            seen[:, self.symbols] = 1.0
        else:
            now = self._read[:, place]
            seen[:, : self.symbols] = th.nn.functional.one_hot(now.clamp(min=0), self.symbols) * (now != NOBODY)[:, None]
        return seen + self._noises[:, self._step] if self.noise else seen

    def pictures(self) -> np.ndarray:
        rows = (x.cpu().numpy() for x in (self._read, self._said, self._answers))
        return np.stack([draw_cells(read, said, right, self._step) for read, said, right in zip(*rows, strict=True)])

    def drawn(self, observations: np.ndarray, strengths: np.ndarray | None = None, decision: int | None = None) -> np.ndarray:
        """
        An episode up to a decision as two rows of cells with arcs, for maps through time.

        Observations do not tell what the agent said. Below stands what is right there, which follows from what was read.

        :param observations: (T, D) of an episode, or of its first steps
        :param strengths: (T,) of each step, from 0 to 1; None: without arcs
        :param decision: its step; by default the last one
        :return: (300, 64 + 48 ``length``, 3) uint8
        """
        symbols = np.asarray(observations)[: self.words, : self.symbols]
        read = np.full(self.words, NOBODY)
        read[: len(symbols)] = np.where(symbols.max(1, initial=0) > 0.5, symbols.argmax(1), NOBODY)
        of_steps = np.zeros(self.length)
        if strengths is not None:
            of_steps[: len(strengths)] = strengths[: self.length]
        last = min(len(observations), self.length) - 1 if decision is None else decision
        return draw_arcs(read, self._to_say(read), of_steps, last)

    def info(self) -> dict[str, th.Tensor]:
        return {"answer": self._answer(), "alignment": self._at_this_step(self._alignment)}

    def alignment(self) -> th.Tensor:
        """
        For each symbol to be said the step at which it was read, (N, T_out) int64.

        :return: -1 behind the end of a shorter sentence. Symbol k is said at step ``words + k``
        """
        return self._alignment.clone()

    def _to_say(self, read: np.ndarray) -> np.ndarray:
        """The right symbols (T,) for those that were read (T,); -1 where none is, and everywhere if no form has such words."""
        words = th.as_tensor(read)[None]
        first, count = (x.cpu()[self._kinds.cpu()] for x in (self._first, self._count))
        fits = th.where(count > 0, (words >= first) & (words < first + count), words == NOBODY).all(1)
        if not fits.any():
            return np.full(self.words, NOBODY)
        alignment = self._alignments[int(fits.int().argmax())].cpu().numpy()
        return np.where(alignment == NOBODY, NOBODY, read[alignment.clip(0)])

    def _answer(self) -> th.Tensor:
        """The right actions at the current step, (N,)."""
        return self._at_this_step(self._answers)

    def _at_this_step(self, of_said: th.Tensor) -> th.Tensor:
        """The column (N,) of the symbol that is to be said now."""
        if not self.words <= self._step < self.length:
            return th.full_like(of_said[:, 0], NOBODY)
        return of_said[:, self._step - self.words]


class ReorderEnv(FixedLengthEnv):
    """:class:`Reorder` as ``gym.make`` gives it."""

    def __init__(self, render_mode: str | None = None, **arguments: Any) -> None:
        super().__init__(Reorder(**arguments), render_mode)


class ReorderVectorEnv(FixedLengthVectorEnv):
    """:class:`Reorder` as ``gym.make_vec`` gives it."""

    def __init__(self, num_envs: int = 1, copies: int = 1, render_mode: str | None = None, **arguments: Any) -> None:
        super().__init__(num_envs, Reorder(**arguments), copies, render_mode)
