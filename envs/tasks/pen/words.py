"""Words to write: a list, its splits, and invented words that look like those of the list."""

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files

import torch as th

from .letters import ALPHABET, TWINS, check_letters

SPLITS = {"train": (0.0, 0.7), "validation": (0.7, 0.85), "test": (0.85, 1.0), "train+validation": (0.0, 0.85)}
RULE = "pen 1"  # the seed of the splits
END = -1  # of a word, where other letters could follow


class WordsError(ValueError):
    """A list of words cannot be used."""


@lru_cache
def common_words() -> tuple[str, ...]:
    """Common English words of 2 to 8 letters, each once, with many endings of real text."""
    lines = files(__package__).joinpath("words.txt").read_text(encoding="utf-8").splitlines()
    return tuple(word for line in lines if not line.startswith("#") for word in line.split())


def place_in_splits(word: str) -> float:
    """
    A number in [0, 1) that says to which split a word belongs, from a hash of the word and :data:`RULE`. It does not depend on the
    other words. A word with letters without their dots belongs where the word with dots belongs.
    """
    for letter, twin in TWINS.items():
        word = word.replace(twin, letter)
    return int.from_bytes(hashlib.sha256(f"{RULE}:{word}".encode()).digest()[:8], "big") / 2**64


def words_of(split: str, words: Sequence[str], max_letters: int) -> list[str]:
    """
    The words of one split. 70 % of all words are expected in ``"train"``, 15 % in ``"validation"`` and 15 % in ``"test"``.

    :param split: ``"train"``, ``"validation"``, ``"train+validation"`` or ``"test"``
    :param words: of all splits
    :param max_letters: of a word
    :raises WordsError: if there is no such split, or no word for it, or if a word is too long
    :raises saccade.envs.tasks.pen.letters.LetterError: if a word has a letter that the pen cannot write
    """
    if split not in SPLITS:
        raise WordsError(f"split is {split!r}; it must be one of: {', '.join(SPLITS)}")
    if isinstance(words, str):
        raise WordsError(f"words is the text {words!r}; it must be a list of words")
    if not words:
        raise WordsError("the list of words is empty; give at least one word")
    for word in words:
        if not isinstance(word, str) or not word:
            raise WordsError(f"the list of words has {word!r}; each must be a text of at least one letter")
        check_letters(word)
        if len(word) > max_letters:
            raise WordsError(
                f"the word {word!r} has {len(word)} letters and max_letters is {max_letters}; leave it out or raise it"
            )
    low, high = SPLITS[split]
    chosen = [word for word in words if low <= place_in_splits(word) < high]
    if not chosen:
        raise WordsError(
            f"none of the {len(words)} words belongs to the split {split!r}; a hash of each word decides it, so give more words"
        )
    return chosen


def as_numbers(words: Sequence[str], max_letters: int) -> th.Tensor:
    """The letters' places in the alphabet, (words, max_letters), with -1 after the end of a word."""
    rows = [[ALPHABET.index(letter) for letter in word] + [END] * (max_letters - len(word)) for word in words]
    return th.tensor(rows, dtype=th.int64).reshape(len(words), max_letters)


def without_dots(words: th.Tensor, chosen: th.Tensor) -> th.Tensor:
    """
    Words with some letters i and j replaced by their twins without a dot.

    :param words: (N, L) as :func:`as_numbers` gives them
    :param chosen: (N, L) bool, whether a letter loses its dot if it has one
    """
    for letter, twin in TWINS.items():
        words = th.where(chosen & (words == ALPHABET.index(letter)), ALPHABET.index(twin), words)
    return words


class InventedWords:
    """
    Words whose letters follow one another as those of a list do: a Markov chain of pairs of letters (Shannon 1948, section 3). A
    list is small, so a network could know its words by heart; it cannot know these.

    :param words: (M, L) as :func:`as_numbers` gives them
    :param evenness: share of letters that are drawn evenly from those of the list, so that rare pairs occur
    """

    def __init__(self, words: th.Tensor, evenness: float = 0.25) -> None:
        letters = len(ALPHABET)
        self.longest = words.shape[1]
        self._length = _cumulative((words != END).sum(1).bincount(minlength=self.longest + 1).double())
        begin, end = words[:, 0], words[:, 1:]
        pairs = th.zeros(letters, letters, dtype=th.float64, device=words.device)
        after = end != END
        pairs.index_put_((words[:, :-1][after], end[after]), th.ones_like(end[after], dtype=th.float64), accumulate=True)
        known = (words[words != END].bincount(minlength=letters) > 0).double()
        even = known / known.sum()
        first = begin.bincount(minlength=letters).double()
        # A letter that ends all its words has no pair; what follows it is drawn evenly.
        share = pairs.sum(1, keepdim=True)
        follows = th.where(share > 0, pairs / share.clamp(min=1), even)
        table = th.cat([follows, (first / first.sum())[None]])
        self._next = _cumulative((1 - evenness) * table + evenness * even)

    def draw(self, uniforms: th.Tensor) -> th.Tensor:
        """
        :param uniforms: (N, L + 1) in [0, 1), L the longest word
        :return: (N, L) as :func:`as_numbers` gives them; lengths are those of the list
        """
        lengths = th.searchsorted(self._length, uniforms[:, 0].contiguous(), right=True)
        letters = th.full_like(lengths, len(ALPHABET))  # before a word
        drawn = []
        for number in range(self.longest):
            letters = (self._next[letters] <= uniforms[:, 1 + number, None]).sum(1)
            drawn.append(letters)
        places = th.arange(self.longest, device=lengths.device)
        return th.where(places < lengths[:, None], th.stack(drawn, dim=1), END)


def _cumulative(weights: th.Tensor) -> th.Tensor:
    """Ends of the intervals of [0, 1] that weights (..., K) make; the last is 1."""
    ends = weights.cumsum(-1)
    ends = ends / ends[..., -1:]
    # Rounding must not lead past the last thing that can be drawn.
    return th.where(ends >= 1 - 1e-12, 1.0, ends)
