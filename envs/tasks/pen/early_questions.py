"""Questions while the pen still writes: they teach to read and to remember from the first letter on."""

import torch as th

from ..fixed_length_game import NO_ANSWER
from .letters import ALPHABET, DELAYED, TWINS
from .writing import Writing

QUIET = 0.25  # share of episodes without early questions, so that they are as those of a test
LATEST = 0.5  # share of questions that ask for the letter written last


def names_so_far(writing: Writing, words: th.Tensor) -> th.Tensor:
    """
    What each letter is as far as it has been written.

    A letter has a name once its body is complete. An i without its dot yet is a dotless i. The bodies of t and x without their
    second lines are not letters, so they have no name.

    :param writing: of N words
    :param words: (N, L) places in the alphabet of what is written in the end; other numbers behind the end of a word
    :return: (N, R, L) places in the alphabet after each step, -1 where a letter has no name
    """
    steps = th.arange(writing.letters.shape[1], device=words.device)
    body, line = (_last_steps(writing, words.shape[1], delayed) for delayed in (False, True))
    without_line = th.arange(len(ALPHABET) + 1, device=words.device)
    for letter in DELAYED:
        without_line[ALPHABET.index(letter)] = ALPHABET.index(TWINS[letter]) if letter in TWINS else NO_ANSWER
    bare = without_line[words.clamp(0, len(ALPHABET))]
    complete = steps[:, None] >= th.maximum(body, line)[:, None]
    begun = (body >= 0)[:, None] & (steps[:, None] >= body[:, None])
    return th.where(begun, th.where(complete, words[:, None], bare[:, None]), NO_ANSWER)


def shares_of_steps(most: float, drawn: th.Tensor) -> th.Tensor:
    """
    How often each episode asks: never in a quarter of the episodes, else in a share of the steps whose square is drawn evenly. An
    agent that was always asked would need the questions to remember.

    :param most: upper end of the shares
    :param drawn: (N,) in [0, 1)
    :return: (N,)
    """
    return most * ((drawn - QUIET) / (1 - QUIET)).clamp(min=0).sqrt()


def early_questions(names: th.Tensor, shares: th.Tensor, drawn: th.Tensor) -> tuple[th.Tensor, th.Tensor]:
    """
    A question at some steps: half of them ask for the letter written last, the others for any that has been written.

    :param names: (N, R, L) as :func:`names_so_far` gives them
    :param shares: (N,) of the steps with a question, among those at which the drawn letter has a name
    :param drawn: (N, R, 3) in [0, 1): whether to ask, whether for the last letter, and for which one else
    :return: which letter each step asks for, and its name, (N, R) both; -1 without a question
    """
    letters = th.arange(1, names.shape[2] + 1, device=names.device)
    count = ((names != NO_ANSWER) * letters).amax(2)  # letters up to the last one that has a name
    whether, last, which = drawn.unbind(-1)
    asked = th.where(last < LATEST, count - 1, (which * count).long()).clamp(min=0)
    answers = names.gather(2, asked[..., None])[..., 0]
    asks = (answers != NO_ANSWER) & (whether < shares[:, None])
    return th.where(asks, asked, NO_ANSWER), th.where(asks, answers, NO_ANSWER)


def _last_steps(writing: Writing, letters: int, delayed: bool) -> th.Tensor:
    """The last step of the body or of the delayed line of each letter, (N, L); -1 if it has none."""
    chosen = (writing.letters >= 0) & (writing.delayed == delayed)
    steps = th.arange(chosen.shape[1], device=chosen.device).expand_as(writing.letters)
    places = th.where(chosen, writing.letters, letters)  # a place more for what is not wanted
    found = th.full((len(places), letters + 1), NO_ANSWER, device=places.device)
    return found.scatter_reduce(1, places, steps, "amax")[:, :letters]
