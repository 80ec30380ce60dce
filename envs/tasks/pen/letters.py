"""
The strokes of each letter, in the order in which people write them.

The letters come from the Hershey font "scripts" of the package ``hershey-fonts`` (MIT licence). Other fonts describe the outline of
a letter. The letters of this one are lines, as a pen draws them, and no package of Latin handwriting exists.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from gymnasium.error import DependencyNotInstalled

FONT = "scripts"
DOTLESS_I, DOTLESS_J = "\u0131", "\u0237"
TWINS = {"i": DOTLESS_I, "j": DOTLESS_J}  # the same letter without its dot
ALPHABET = "abcdefghijklmnopqrstuvwxyz" + DOTLESS_I + DOTLESS_J
BASE_LINE, X_HEIGHT = 9, 9  # of the font, in its own units; its y points downwards
DOTS = 0  # place of the dot of i and j among the font's strokes of the letter: the font draws it first
DELAYED = {"i": DOTS, "j": DOTS, "t": 2, "x": 1}  # the stroke that people write after the word


class LetterError(ValueError):
    """A word has a letter that the pen cannot write."""


@dataclass(frozen=True)
class Letter:
    """
    Lengths are in heights of the letter x. The letter's left edge is x = 0, y points upwards, and the base line is y = 0.

    :param body: lines (M, 2) that are written with the word, in order
    :param delayed: a line (M, 2) that is written after the word: the dot of i and j, the bar of t, the second line of x. None for
        the other letters
    :param width: where the next letter begins
    :param has_dot: whether the delayed line is a dot
    """

    body: tuple[np.ndarray, ...]
    delayed: np.ndarray | None
    width: float
    has_dot: bool


@lru_cache
def letters() -> dict[str, Letter]:
    """
    All letters of :data:`ALPHABET`, by name.

    :raises DependencyNotInstalled: without the package of the font
    """
    try:
        from HersheyFonts import HersheyFonts
    except ImportError as error:
        raise DependencyNotInstalled(
            "the synthetic pen needs the font of hershey-fonts; install it with pip install 'saccade-rl[pen]'"
        ) from error
    font = HersheyFonts()
    font.load_default_font(FONT)
    glyphs = font.all_glyphs
    drawn = {name: glyphs[name] for name in ALPHABET if name not in TWINS.values()}
    known = {name: _letter(name, glyph.strokes, glyph.left_offset, glyph.char_width) for name, glyph in drawn.items()}
    for name, twin in TWINS.items():
        known[twin] = Letter(known[name].body, None, known[name].width, has_dot=False)
    return known


def check_letters(word: str) -> None:
    """
    :raises LetterError: if the word has a letter that is not in :data:`ALPHABET`
    """
    for letter in word:
        if letter not in ALPHABET:
            raise LetterError(f"the pen has no letter {letter!r}, which is in the word {word!r}; it writes a to z, in lower case")


def _letter(name: str, strokes: Iterable[Iterable[tuple[int, int]]], left: int, width: int) -> Letter:
    """A letter of the font: its lines, its left edge and its width, in the font's units."""
    lines = [np.array([(x - left, BASE_LINE - y) for x, y in line]) / X_HEIGHT for line in strokes]
    delayed = lines.pop(DELAYED[name]) if name in DELAYED else None
    return Letter(tuple(lines), delayed, width / X_HEIGHT, has_dot=name in TWINS)
