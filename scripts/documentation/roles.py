"""Docstrings for the site: Sphinx's roles become plain code, which is what Markdown knows."""

import re
from typing import Any

import griffe

ROLE = re.compile(r":(?:class|func|meth|mod|data|attr|exc|obj):`~?([^`]+)`")


def without_roles(text: str) -> str:
    """
    A docstring in which ``:class:`saccade.envs.Catch``` is the name as code.

    :param text: of the docstring
    """
    return ROLE.sub(r"`\1`", text)


class PlainRoles(griffe.Extension):
    """Changes every docstring that the reference shows."""

    def on_instance(self, *, obj: griffe.Object, **_: Any) -> None:
        """Called for every module, class, function and attribute."""
        if obj.docstring is not None:
            obj.docstring.value = without_roles(obj.docstring.value)
