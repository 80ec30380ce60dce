"""Letters of the synthetic pen: order of lines, units, twins without dots."""

import sys

import numpy as np
import pytest
from gymnasium.error import DependencyNotInstalled

from saccade.envs.tasks.pen.letters import ALPHABET, DOTLESS_I, DOTLESS_J, LetterError, check_letters, letters
from saccade.experiments.errors import EnvError
from saccade.experiments.setup.run_envs import make_memory_env


def test_the_i_by_hand():
    letter = letters()["i"]
    assert len(letter.body) == 1
    font = [(0, 4), (2, 0), (0, 6), (0, 8), (1, 9), (2, 9), (4, 8), (5, 7), (7, 4)]  # y downwards, base line 9, height of x 9
    np.testing.assert_allclose(letter.body[0], [(x / 9, (9 - y) / 9) for x, y in font])
    np.testing.assert_allclose(letter.delayed, np.array([(3, 14), (3, 13), (4, 13), (4, 14), (3, 14)]) / 9)
    assert letter.width == pytest.approx(7 / 9)
    assert letter.has_dot


@pytest.mark.parametrize(("name", "twin"), [("i", DOTLESS_I), ("j", DOTLESS_J)])
def test_twins_are_the_body_alone(name, twin):
    whole, bare = letters()[name], letters()[twin]
    assert bare.delayed is None
    assert not bare.has_dot
    assert bare.width == whole.width
    assert all((ours == theirs).all() for ours, theirs in zip(bare.body, whole.body, strict=True))


def test_delayed_lines_are_dots_bars_and_the_second_line_of_x():
    delayed = {name: letter.delayed for name, letter in letters().items() if letter.delayed is not None}
    assert sorted(delayed) == ["i", "j", "t", "x"]
    for name in "ij":  # above the body and small
        assert delayed[name][:, 1].min() > 1.2
        assert np.ptp(delayed[name], axis=0).max() < 0.2
    assert np.ptp(delayed["t"][:, 1]) == 0  # level
    assert len(delayed["x"]) == 8
    assert [name for name, letter in letters().items() if letter.has_dot] == ["i", "j"]


def test_every_letter_ends_where_the_next_one_begins():
    for letter in letters().values():
        np.testing.assert_allclose(letter.body[-1][-1], (letter.width, 5 / 9))
        assert 1 <= len(letter.body) <= 3
        assert letter.body[0].min() > -3
    assert list(letters()) == sorted(letters(), key=ALPHABET.index)
    assert len(letters()) == 28


@pytest.mark.parametrize(("word", "letter"), [("Word", "'W'"), ("na\u00efve", "'\u00ef'"), ("a b", "' '"), ("x9", "'9'")])
def test_a_letter_that_the_font_lacks_is_named(word, letter):
    with pytest.raises(LetterError, match=f"no letter {letter}, which is in the word {word!r}; it writes a to z"):
        check_letters(word)
    check_letters("quiz" + DOTLESS_I)


def test_without_the_font_one_line_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "HersheyFonts", None)  # an import fails then
    letters.cache_clear()
    try:
        with pytest.raises(
            DependencyNotInstalled, match=r"needs the font of hershey-fonts; install it with pip install 'saccade-rl\[pen\]'"
        ):
            letters()
        with pytest.raises(EnvError, match="needs the font"):
            make_memory_env("PenStrokes", 1, 0, {})
    finally:
        letters.cache_clear()
