"""In which order the words of a sequence are said: forms of sentences with their alignment."""

from dataclasses import dataclass
from itertools import product
from typing import Literal, get_args

import numpy as np

Order = Literal["copy", "reversal", "permutation", "grammar"]
ORDERS: tuple[str, ...] = get_args(Order)
ANY, NOUN, ADJECTIVE, VERB, SILENCE = range(5)  # kinds of words; SILENCE is not a word
NOBODY = -1  # the alignment of a step at which nothing is said
SHORTEST, LONGEST = 3, 10  # sentences of the grammar
ADJECTIVES = 2  # at most before a noun


@dataclass(frozen=True)
class Form:
    """
    One form of a sequence.

    :param kinds: (T,) of the words as they are read; SILENCE before the first one
    :param alignment: (T,) for each step at which a word is said the step at which it was read; NOBODY where none is said
    """

    kinds: tuple[int, ...]
    alignment: tuple[int, ...]


def sentence_forms(order: str, length: int, seed: int = 0) -> list[Form]:
    """
    All forms of the sequences of an order.

    :param order: one of ``ORDERS``
    :param length: T
    :param seed: of the permutation
    :return: one form, in which every word may be any; for the grammar one for each form of a sentence
    :raises ValueError: if there is no such order, or the length does not fit it
    """
    if order not in ORDERS:
        raise ValueError(f"order is {order!r}; it must be one of: {', '.join(ORDERS)}")
    if order == "grammar":
        return grammar_forms(length)
    if length < 1:
        raise ValueError(f"length is {length}; it must be at least 1")
    steps = np.arange(length)
    if order == "reversal":
        steps = steps[::-1]
    elif order == "permutation":
        steps = np.random.default_rng(seed).permutation(length)
    return [Form((ANY,) * length, tuple(steps.tolist()))]


def grammar_forms(length: int) -> list[Form]:
    """
    Sentences of a toy grammar that fit into ``length`` words, with their translations.

    A sentence is a subject, a verb, perhaps an indirect object, and an object. Each of the three is a noun behind at most two
    adjectives. In the translation the verb goes to the end, and the adjectives, in the same order, behind their noun: "small dog
    gives cat red ball" becomes "dog small cat ball red gives".

    :param length: T, room for words; shorter sentences have silence before their first word, so that all end at the same step
    :raises ValueError: if no sentence fits, or if even the longest leaves room
    """
    if not SHORTEST <= length <= LONGEST:
        raise ValueError(f"length is {length}; sentences of the grammar have from {SHORTEST} to {LONGEST} words")
    forms = []
    for phrases in (2, 3):
        for adjectives in product(range(ADJECTIVES + 1), repeat=phrases):
            words = phrases + sum(adjectives) + 1
            if words <= length:
                forms.append(_sentence(adjectives, length - words, length))
    return forms


def _sentence(adjectives: tuple[int, ...], first: int, length: int) -> Form:
    """
    :param adjectives: of each phrase
    :param first: step of the first word
    :param length: T
    """
    kinds, said = [SILENCE] * first, []
    for phrase, count in enumerate(adjectives):
        begins = len(kinds)
        kinds += [ADJECTIVE] * count + [NOUN]
        said += [begins + count, *range(begins, begins + count)]
        if phrase == 0:
            verb = len(kinds)
            kinds.append(VERB)
    said.append(verb)
    return Form(tuple(kinds), (*said, *(NOBODY,) * (length - len(said))))


def word_ranges(order: str, symbols: int) -> dict[int, range]:
    """
    Which symbols the words of each kind may be.

    :param order: one of ``ORDERS``
    :param symbols: their number
    :return: for the grammar a part of the symbols for each kind: about a quarter are verbs, the others adjectives and nouns
    :raises ValueError: if there are too few
    """
    least = 4 if order == "grammar" else 2
    if symbols < least:
        raise ValueError(f"symbols is {symbols}; order {order!r} needs at least {least}")
    if order != "grammar":
        return {ANY: range(symbols)}
    verbs = symbols // 4
    adjectives = (symbols - verbs) // 2
    nouns = symbols - verbs - adjectives
    return {NOUN: range(nouns), ADJECTIVE: range(nouns, nouns + adjectives), VERB: range(nouns + adjectives, symbols)}
