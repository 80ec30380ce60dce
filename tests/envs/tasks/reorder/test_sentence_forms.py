"""The orders of Reorder: alignments by hand, and the toy grammar against a translation word by word."""

import pytest

from saccade.envs.tasks.reorder.sentence_forms import (
    ADJECTIVE,
    ANY,
    NOBODY,
    NOUN,
    SILENCE,
    VERB,
    grammar_forms,
    sentence_forms,
    word_ranges,
)


def test_copy_and_reversal_by_hand():
    (copy,), (reversal,) = sentence_forms("copy", 4), sentence_forms("reversal", 4)
    assert copy.alignment == (0, 1, 2, 3)
    assert reversal.alignment == (3, 2, 1, 0)
    assert copy.kinds == reversal.kinds == (ANY,) * 4


def test_a_permutation_has_every_place_once_and_its_seed_decides_it():
    found = [sentence_forms("permutation", 9, seed)[0].alignment for seed in (0, 0, 1)]
    assert found[0] == found[1] != found[2]
    assert all(sorted(alignment) == list(range(9)) for alignment in found)


def test_the_grammar_by_hand():
    forms = {form.kinds: form.alignment for form in grammar_forms(6)}
    # "dog sees cat" -> "dog cat sees", behind three steps of silence
    assert forms[SILENCE, SILENCE, SILENCE, NOUN, VERB, NOUN] == (3, 5, 4, NOBODY, NOBODY, NOBODY)
    # "small old dog sees red cat" -> "dog small old cat red sees"
    assert forms[ADJECTIVE, ADJECTIVE, NOUN, VERB, ADJECTIVE, NOUN] == (2, 0, 1, 5, 4, 3)
    # "dog gives cat red ball" -> "dog cat ball red gives"
    assert forms[SILENCE, NOUN, VERB, NOUN, ADJECTIVE, NOUN] == (1, 3, 5, 4, 2, NOBODY)


def translated(words: list[tuple[int, int]]) -> list[int]:
    """An independent way: pass over the words (kind, step) once, keep adjectives until their noun, keep the verb until the end."""
    said, waiting, verbs = [], [], []
    for kind, step in words:
        if kind == ADJECTIVE:
            waiting.append(step)
        elif kind == NOUN:
            said += [step, *waiting]
            waiting = []
        else:
            verbs.append(step)
    return said + verbs


@pytest.mark.parametrize("length", [3, 7, 10])
def test_every_sentence_is_translated_as_it_is_word_by_word(length):
    forms = grammar_forms(length)
    assert len({form.kinds for form in forms}) == len(forms)
    for form in forms:
        words = [(kind, step) for step, kind in enumerate(form.kinds) if kind != SILENCE]
        assert words[-1] == (NOUN, length - 1)  # silence comes before
        said = [step for step in form.alignment if step != NOBODY]
        assert said == translated(words)
        assert form.alignment[len(said) :] == (NOBODY,) * (length - len(said))


@pytest.mark.parametrize(("length", "count"), [(3, 1), (4, 1 + 2 + 1), (10, 9 + 27)])
def test_how_many_sentences_there_are(length, count):
    # Of 3 words one; of 4 one adjective more, in two places, or an indirect object; of 10 words all.
    assert len(grammar_forms(length)) == count


def test_words_of_the_grammar_share_the_symbols():
    ranges = word_ranges("grammar", 12)
    assert ranges == {NOUN: range(5), ADJECTIVE: range(5, 9), VERB: range(9, 12)}
    assert sorted(symbol for kind in word_ranges("grammar", 4).values() for symbol in kind) == [0, 1, 2, 3]
    assert word_ranges("copy", 5) == {ANY: range(5)}


@pytest.mark.parametrize(
    ("order", "length", "message"),
    [
        ("backwards", 4, "order is 'backwards'; it must be one of: copy, reversal, permutation, grammar"),
        ("copy", 0, "length is 0; it must be at least 1"),
        ("grammar", 2, "length is 2; sentences of the grammar have from 3 to 10 words"),
        ("grammar", 11, "from 3 to 10 words"),
    ],
)
def test_what_is_refused(order, length, message):
    with pytest.raises(ValueError, match=message):
        sentence_forms(order, length)


def test_too_few_symbols_are_refused():
    with pytest.raises(ValueError, match="symbols is 3; order 'grammar' needs at least 4"):
        word_ranges("grammar", 3)
    with pytest.raises(ValueError, match="needs at least 2"):
        word_ranges("reversal", 1)
