"""Watch a pen write a word, then name its letters: a task whose evidence comes long after what it is about."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch as th
from gymnasium import spaces

from ...arguments.plain_numbers import check_numbers, check_whole_numbers
from ...arguments.present_device import present_device
from ..fixed_length_envs import FixedLengthEnv, FixedLengthVectorEnv
from ..fixed_length_game import NO_ANSWER, FixedLengthGame
from .curves import letter_curves
from .early_questions import early_questions, names_so_far, shares_of_steps
from .hands import hands_of, styles
from .ink import UNIT
from .ink_picture import ink_by_strength, ink_pictures
from .letters import ALPHABET
from .words import END, InventedWords, as_numbers, common_words, without_dots, words_of
from .writing import Dots, Writing, steps_at_least, steps_needed, write

FARTHEST = 256.0  # no observed number is beyond it
PEN = 4  # dx, dy, pen down, end of a stroke


class PenStrokes(FixedLengthGame):
    """
    A synthetic pen writes a word, one point a step. Then the agent names its letters, one a step.

    Phase READ (``reading`` steps): the observation is (dx, dy, pen down, end of a stroke) of this step. dx and dy lead from the
    last point to this one, in thirds of the height of the letter x; y points upwards. The pen does not leave ink on the way to the
    first point of a stroke. All four are 0 while a word waits: words that need fewer steps wait before they begin. So the last
    stroke ends at the last step of this phase. No action is right, and nothing is asked.

    Only splits to learn from ask early: in up to the share ``early`` of the steps of phase READ, entry 4 + k asks for letter k,
    which has been written; a quarter of the episodes has no such steps. The right action is what the letter is so far: an i is a
    dotless i until it gets its dot, and t and x are not asked for before their second lines are there. So an agent learns from its
    first letters on to read and to remember. It is tested without.

    Phase NAME (``max_letters`` steps): question k asks for letter k of the word. The observation is 0 but for entry 4 + k. The
    right action is the letter's place in :data:`saccade.envs.tasks.pen.letters.ALPHABET` (a to z, dotless i, dotless j), or the
    last action, "end", behind the end of the word. It gives the reward 1, another action 0.

    ``info["answer"]`` is the right action at this step, or -1. After the last step the observation is 0.

    Dots of i and j, bars of t and second lines of x follow the whole word, from left to right, as people write them. Each i and j
    lacks its dot with probability ``dotless``, and is then another letter with another answer. So the dot is the only evidence, and
    :meth:`gold` says at which steps it was written. It begins more than 60 steps after the rest of its letter, on average over
    the listed words of 7 and 8 letters (with ``points=7`` more than 100). ``dots="at once"`` is the negative control: each dot
    follows its letter.

    (Graves 2012, section 3.3.1, shows the same effect for real handwriting: the dot of an i changes the output at the i.)

    :param words: to write; by default the list of :func:`saccade.envs.tasks.pen.words.common_words`
    :param split: ``"train"``, ``"validation"``, ``"test"`` or ``"train+validation"``. Splits share no word (an i without its dot
        counts as an i) and no hand
    :param max_letters: L, of the longest word
    :param points: steps for each height of the letter x along a line, at a middle speed. A letter has about 4 heights
    :param dots: ``"after"`` the word, or ``"at once"``
    :param style: from 0 (all hands are the same) to 1 (slant, size, width, speed, smoothness, base line and noise differ by hand)
    :param dotless: probability that an i or j lacks its dot
    :param invented: share of episodes with an invented word, of letters that follow one another as in the list (see
        :class:`saccade.envs.tasks.pen.words.InventedWords`). Only splits to learn from have them
    :param early: the largest share of the steps of reading with a question. Only splits to learn from have them
    :param reading: R, steps of the first phase. A word that would need more is written faster. By default those of the longest word
        of the list (of all splits) at a middle speed
    :param device: torch device of the game
    :raises ValueError: if a number is out of range, or a word cannot be used
    """

    def __init__(
        self,
        words: Sequence[str] | None = None,
        split: str = "train",
        max_letters: int = 8,
        points: float = 4.0,
        dots: Dots = "after",
        style: float = 1.0,
        dotless: float = 0.5,
        invented: float = 0.5,
        early: float = 1.0,
        reading: int | None = None,
        device: th.device | str = "cpu",
    ) -> None:
        device = present_device(device)
        check_whole_numbers(max_letters=max_letters, **({} if reading is None else {"reading": reading}))
        check_numbers(points=points, style=style, dotless=dotless, invented=invented, early=early)
        if max_letters < 1:
            raise ValueError(f"max_letters is {max_letters}; it must be at least 1")
        if not 0.5 <= points <= 100:
            raise ValueError(f"points is {points}; it must be from 0.5 to 100")
        if dots not in ("after", "at once"):
            raise ValueError(f"dots is {dots!r}; it must be 'after' or 'at once'")
        for name, share in {"style": style, "dotless": dotless, "invented": invented, "early": early}.items():
            if not 0 <= share <= 1:
                raise ValueError(f"{name} is {share}; it must be from 0 to 1")
        words = common_words() if words is None else words
        chosen = words_of(split, words, max_letters)
        self.split, self.max_letters, self.points = split, max_letters, points
        self.dots, self.style, self.dotless = dots, style, dotless
        self.device = device
        self.curves = letter_curves(self.device)
        self.words = as_numbers(chosen, max_letters).to(self.device)
        self.invented, self.early = (invented, early) if split.startswith("train") else (0.0, 0.0)
        self._inventions = InventedWords(self.words)
        everything = as_numbers(words, max_letters).to(self.device)
        self.reading = self._reading(everything, reading)
        self.length = self.reading + max_letters
        self.end = len(ALPHABET)
        self.observation_space = spaces.Box(-FARTHEST, FARTHEST, (PEN + max_letters,), np.float32)
        self.action_space = spaces.Discrete(self.end + 1)
        self._parts = {"word": 1, "invent": 1, "letters": max_letters + 1, "dotless": max_letters, "hand": 1}
        self._parts |= {"wobble": 2 * max_letters, "noise": 2 * self.reading, "early": 1 + 3 * self.reading if self.early else 0}
        self.draws = sum(self._parts.values())

    def _reading(self, words: th.Tensor, wanted: int | None) -> int:
        """Steps of the first phase; ``words`` (M, L) of all splits."""
        if wanted is None:
            return int(steps_needed(words, self.points, self.curves, self.dots).max())
        # No word of this many letters needs more steps than one of the letter that needs most.
        hardest = th.arange(len(ALPHABET), device=self.device)[:, None].expand(-1, self.max_letters)
        least = int(steps_at_least(hardest, self.curves, self.dots).max())
        if wanted < least:
            raise ValueError(f"reading is {wanted}; {self.max_letters} letters need at least {least} steps")
        return wanted

    def begin(self, uniforms: th.Tensor, seeds: th.Tensor, episodes: th.Tensor) -> None:
        drawn = dict(zip(self._parts, th.split(uniforms, list(self._parts.values()), dim=1), strict=True))
        words = self.words[(drawn["word"][:, 0] * len(self.words)).long()]
        if self.invented:
            words = th.where(drawn["invent"] < self.invented, self._inventions.draw(drawn["letters"]), words)
        self.begin_with(
            without_dots(words, drawn["dotless"] < self.dotless),
            hands_of(self.split, drawn["hand"][:, 0]),
            drawn["wobble"],
            drawn["noise"],
        )
        if self.early:
            self._ask_early(drawn["early"])

    def begin_with(self, words: th.Tensor, hands: th.Tensor, wobble: th.Tensor, noise: th.Tensor) -> None:
        """
        Start episodes with these words.

        :param words: (N, L) places in the alphabet, -1 after the end
        :param hands: (N,) their numbers
        :param wobble: (N, 2 L) in [0, 1), of the letters' sizes
        :param noise: (N, 2 R) in [0, 1), of the points
        """
        around_0 = ((2 * x - 1).float().reshape(len(words), -1, 2) for x in (wobble, noise))
        style = styles(hands, self.style)
        self.writing = write(words, style, self.points, self.reading, self.dots, self.curves, *around_0)
        self.answers = th.where(words == END, self.end, words)
        self._right = th.full((len(words), self.length + 1), NO_ANSWER, device=self.device)
        self._right[:, self.reading : -1] = self.answers
        pen = [UNIT * self.writing.moves, self.writing.down[..., None], self.writing.ends[..., None]]
        self._shown = th.zeros(len(words), self.length + 1, PEN + self.max_letters, device=self.device)
        self._shown[:, : self.reading, :PEN] = th.cat([part.float() for part in pen], dim=-1).clamp(-FARTHEST, FARTHEST)
        self._shown[:, self.reading : -1, PEN:] = th.eye(self.max_letters, device=self.device)
        self._step = 0

    def _ask_early(self, drawn: th.Tensor) -> None:
        """Add questions to the first phase; ``drawn`` (N, 1 + 3 R) in [0, 1)."""
        shares = shares_of_steps(self.early, drawn[:, 0])
        names = names_so_far(self.writing, self.answers)
        asked, self._right[:, : self.reading] = early_questions(names, shares, drawn[:, 1:].reshape(len(drawn), -1, 3))
        self._shown[:, : self.reading, PEN:] = (asked[..., None] == th.arange(self.max_letters, device=self.device)).float()

    def play(self, actions: th.Tensor, last: bool) -> th.Tensor:
        rewards = (actions == self._answer()).float()
        self._step += 1
        return rewards

    def observations(self) -> th.Tensor:
        return self._shown[:, self._step]

    def episodes(self) -> th.Tensor:
        """The observations of whole episodes, (N, R + L, D), which no action changes."""
        return self._shown[:, :-1].clone()

    def pictures(self) -> np.ndarray:
        """The ink so far, with the words "synthetic pen" and the question."""
        asked = self._step - self.reading
        text = f"letter {asked + 1}?" if 0 <= asked < self.max_letters else ""
        moves, down = self.writing.moves.cpu().numpy(), self.writing.down.cpu().numpy()
        return ink_pictures(moves, down, min(self._step + 1, self.reading), text)

    def drawn(self, observations: np.ndarray, strengths: np.ndarray | None = None, decision: int | None = None) -> np.ndarray:
        """
        An episode as ink in colours, for maps through time. The questions are cells in the corner.

        :param observations: (T, 4 + L) of an episode, or of its first steps
        :param strengths: (T,) of each step, from 0 to 1; None: plain ink
        :param decision: its step; the cell of that question has a frame
        :return: (160, 480, 3) uint8
        """
        read, pen = min(self.reading, len(observations)), observations[: self.reading]
        ink, asked = (None, None) if strengths is None else (strengths[:read], strengths[read:])
        return ink_by_strength(pen[:, :2], pen[:, 2] > 0.5, ink, asked, None if decision is None else decision - self.reading)

    def info(self) -> dict[str, th.Tensor]:
        return {"answer": self._answer()}

    def gold(self) -> Writing:
        """What each step of the first phase belongs to, for the episodes being played: letter, stroke, dot."""
        return self.writing

    def word(self, copy: int) -> str:
        """The word of one copy, with the letters that lack their dots as they are."""
        return "".join(ALPHABET[letter] for letter in self.answers[copy].tolist() if letter != self.end)

    def _answer(self) -> th.Tensor:
        """The right actions now, (N,)."""
        return self._right[:, self._step]


class PenStrokesEnv(FixedLengthEnv):
    """:class:`PenStrokes` as ``gym.make`` gives it."""

    def __init__(self, render_mode: str | None = None, **arguments: Any) -> None:
        super().__init__(PenStrokes(**arguments), render_mode)


class PenStrokesVectorEnv(FixedLengthVectorEnv):
    """:class:`PenStrokes` as ``gym.make_vec`` gives it."""

    def __init__(self, num_envs: int = 1, copies: int = 1, render_mode: str | None = None, **arguments: Any) -> None:
        super().__init__(num_envs, PenStrokes(**arguments), copies, render_mode)
