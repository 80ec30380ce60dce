import pytest

from saccade.experiments import ConfigError
from saccade.experiments.setup.values.key_values import read_key_values


def test_words_become_keyword_arguments():
    assert read_key_values(("size=100", "dataset=digits", "data=null")) == {"size": 100, "dataset": "digits", "data": None}


@pytest.mark.parametrize(
    ("word", "message"), [("size", "size=100"), ("=3", "size=100"), ("a b=3", "size=100"), ("a=[1", "cannot read")]
)
def test_other_words_are_refused(word, message):
    with pytest.raises(ConfigError, match=message):
        read_key_values((word,))


def test_a_word_twice_is_refused():
    with pytest.raises(ConfigError, match="set has gamma twice"):
        read_key_values(("gamma=0.9", "gamma=0.5"), "set")
