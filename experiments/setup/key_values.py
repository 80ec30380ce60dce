"""Keyword arguments as words, such as ``size=60 dataset=digits``."""

from collections.abc import Iterable
from typing import Any

from ..errors import ConfigError
from ..reading.yaml_file import YamlError, yaml_value


def read_key_values(words: Iterable[str], option: str = "env_kwargs") -> dict[str, Any]:
    """
    Keyword arguments written as words.

    :param words: ``key=value`` each, values in YAML's spelling
    :param option: the option that has them, for the message
    :raises ConfigError: if a word has another form
    """
    read = {}
    for word in words:
        key, equals, value = str(word).partition("=")
        if not (equals and key.isidentifier()):
            raise ConfigError(f"takes words such as size=100 or first=center, not {word!r}", option=option)
        try:
            read[key] = yaml_value(value)
        except YamlError as error:
            raise ConfigError(f"cannot read the value of {word!r}", option=option) from error
    return read
