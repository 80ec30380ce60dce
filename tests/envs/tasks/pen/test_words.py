"""Words of the pen: the list, its splits, twins without dots, invented words."""

import hashlib

import pytest
import torch as th

from saccade.envs.tasks.pen.letters import ALPHABET, DOTLESS_I, DOTLESS_J, LetterError
from saccade.envs.tasks.pen.words import (
    InventedWords,
    WordsError,
    as_numbers,
    common_words,
    place_in_splits,
    without_dots,
    words_of,
)

NAMES = ("train", "validation", "test")


def text(numbers: th.Tensor) -> str:
    return "".join(ALPHABET[number] for number in numbers.tolist() if number >= 0)


def test_the_list_has_each_word_once_and_endings_of_real_text():
    words = common_words()
    assert len(words) == len(set(words)) >= 400
    assert {len(word) for word in words} == set(range(2, 9))
    assert set("".join(words)) == set("abcdefghijklmnopqrstuvwxyz")
    for ending, least in {"ing": 40, "ed": 20, "er": 25, "tion": 8, "ion": 15, "ly": 12, "ity": 8, "ight": 5}.items():
        assert sum(word.endswith(ending) for word in words) >= least, ending
    assert sum("i" in word for word in words) > len(words) / 3


def test_splits_share_no_word_and_the_rule_is_a_hash():
    split = {name: words_of(name, common_words(), 8) for name in NAMES}
    everything = [word for name in NAMES for word in split[name]]
    assert sorted(everything) == sorted(common_words())
    assert set(words_of("train+validation", common_words(), 8)) == {*split["train"], *split["validation"]}
    for name, share in {"train": 0.7, "validation": 0.15, "test": 0.15}.items():
        assert abs(len(split[name]) / len(everything) - share) < 0.05
    place = int(hashlib.sha256(b"pen 1:king").hexdigest()[:16], 16) / 2**64
    assert place_in_splits("king") == place
    assert set("".join(split["train"])) == set("abcdefghijklmnopqrstuvwxyz")  # no held-out word has a letter that is new


def test_twins_stay_with_their_word():
    for word in ("king", "join", "visit"):
        twin = word.replace("i", DOTLESS_I).replace("j", DOTLESS_J)
        assert twin != word
        assert place_in_splits(twin) == place_in_splits(word)


@pytest.mark.parametrize(
    ("words", "error", "message"),
    [
        ([], WordsError, "the list of words is empty; give at least one word"),
        (["king", "Queen"], LetterError, "no letter 'Q', which is in the word 'Queen'"),
        (["king", "queens"], WordsError, "'queens' has 6 letters and max_letters is 5"),
        (["king", ""], WordsError, "the list of words has ''; each must be a text of at least one letter"),
        (["king", 7], WordsError, "the list of words has 7"),
        ("king", WordsError, "words is the text 'king'; it must be a list of words"),
    ],
)
def test_a_list_that_cannot_be_used(words, error, message):
    with pytest.raises(error, match=message):
        words_of("train", words, 5)


def test_a_split_that_cannot_be_used():
    with pytest.raises(WordsError, match="split is 'dev'; it must be one of: train"):
        words_of("dev", ["king"], 8)
    empty = "test" if place_in_splits("king") < 0.85 else "train"
    with pytest.raises(WordsError, match=f"none of the 1 words belongs to the split '{empty}'"):
        words_of(empty, ["king"], 8)


def test_numbers_and_twins_by_hand():
    words = as_numbers(["jib", "i"], 4)
    assert words.tolist() == [[9, 8, 1, -1], [8, -1, -1, -1]]
    chosen = th.tensor([[True, True, True, True], [False, True, True, True]])
    assert without_dots(words, chosen).tolist() == [[27, 26, 1, -1], [8, -1, -1, -1]]
    assert as_numbers(["jib", "i"], 4).tolist() == words.tolist()


def test_invented_words_follow_the_pairs_of_the_list():
    invented = InventedWords(as_numbers(["aba", "ac"], 3), evenness=0.0)
    # Half of the words have 2 letters. After a come b and c, equally often; after b comes a. After c, which ends its word, comes
    # any of the three.
    assert text(invented.draw(th.tensor([[0.2, 0.5, 0.4, 0.9]]))[0]) == "ab"
    assert text(invented.draw(th.tensor([[0.7, 0.5, 0.4, 0.9]]))[0]) == "aba"
    assert text(invented.draw(th.tensor([[0.2, 0.0, 0.6, 0.9]]))[0]) == "ac"
    drawn = invented.draw(th.rand(4000, 4, dtype=th.float64, generator=th.Generator().manual_seed(0)))
    found = {text(word) for word in drawn}
    assert found == {"ab", "ac", "aba", "aca", "acb", "acc"}
    share = (drawn[:, 2] == -1).double().mean().item()
    assert abs(share - 0.5) < 0.05


def test_even_letters_are_those_of_the_list():
    invented = InventedWords(as_numbers(["ab"], 2), evenness=1.0)
    drawn = invented.draw(th.rand(400, 3, dtype=th.float64, generator=th.Generator().manual_seed(0)))
    assert {text(word) for word in drawn} == {"aa", "ab", "ba", "bb"}
