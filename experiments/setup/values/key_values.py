"""Keyword arguments as words, such as ``size=60 dataset=digits``."""

import re
from collections.abc import Iterable
from typing import Any

from ...errors import ConfigError
from ...reading.yaml_file import YamlError, yaml_value

WITH_EXPONENT = re.compile(r"[-+]?\d+(\.\d*)?[eE][-+]?\d+")  # 1e-3, which YAML takes for a text


def read_key_values(words: Iterable[str], option: str = "env_kwargs") -> dict[str, Any]:
    """
    Keyword arguments written as words.

    :param words: ``key=value`` each, values in YAML's spelling
    :param option: the option that has them, for the message
    :raises ConfigError: if a word has another form, or names what another word has named
    """
    read = {}
    for word in words:
        key, equals, value = str(word).partition("=")
        if not (equals and all(part.isidentifier() for part in key.split("."))):
            example = "learning_rate=1e-3" if option == "set" else "size=100 or first=center"
            raise ConfigError(f"takes words such as {example}, not {word!r}", option=option)
        if key in read:
            raise ConfigError(f"has {key} twice", option=option)
        try:
            read[key] = float(value) if WITH_EXPONENT.fullmatch(value) else yaml_value(value)
        except YamlError as error:
            raise ConfigError(f"cannot read the value of {word!r}", option=option) from error
    return read
