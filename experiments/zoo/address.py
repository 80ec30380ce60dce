"""Addresses of models on the Hugging Face hub: ``hf:owner/repo:file.zip@revision``."""

import re
from dataclasses import dataclass

from ..errors import ConfigError

PREFIX = "hf:"
DEFAULT_REVISION = "main"
FORM = re.compile(r"(?P<repo>[\w.-]+/[\w.-]+)(?::(?P<file>[^@]+))?(?:@(?P<revision>[^@]+))?")


@dataclass(frozen=True)
class HubAddress:
    """
    :param repo: owner/name
    :param file: of the model in the repository; None to find it
    :param revision: branch, tag or commit
    """

    repo: str
    file: str | None
    revision: str

    @classmethod
    def of(cls, words: str) -> "HubAddress":
        """
        :param words: ``hf:owner/repo``, with ``:file.zip`` and ``@revision`` where they are wanted
        :raises ConfigError: if they have another form
        """
        found = FORM.fullmatch(words.removeprefix(PREFIX))
        file = None if found is None else found["file"]
        if found is None or (file is not None and (not file.endswith(".zip") or file.startswith("/") or ".." in file.split("/"))):
            raise ConfigError(f"{words} is not a model on the hub; the form is hf:owner/repo, hf:owner/repo:file.zip@revision")
        return cls(found["repo"], file, found["revision"] or DEFAULT_REVISION)

    @property
    def name(self) -> str:
        """The name of the repository without its owner."""
        return self.repo.partition("/")[2]


def is_hub_address(model: str) -> bool:
    """Whether the words mean a model on the hub and not a path."""
    return model.startswith(PREFIX)
