"""Words that tyro refuses: it draws a box of several lines on standard error, and here that becomes one plain line."""

import contextlib
import io
import re
import sys
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import tyro

from saccade.experiments import ConfigError
from saccade.scripts.options.standard_output import printing

Taken = TypeVar("Taken")

FRAME = re.compile(r"^(│ |  )|\s*│?\s*$")  # at both ends of a line; blanks where the terminal has ASCII only
RULE = re.compile(r"[─-]{4,}")  # between the parts of a box
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
NEAR = re.compile(r"^ {4}(--[\w-]+)")  # options that tyro thinks were meant


def parsed(taker: Callable[..., Taken], words: Sequence[str], program: str, **settings: Any) -> Taken:
    """
    What ``tyro.cli`` makes of words.

    :param taker: a dataclass, or a function with annotations
    :param words: of the command line
    :param program: name for the help
    :param settings: more arguments of ``tyro.cli``
    :raises ConfigError: if tyro refuses the words
    """
    said = io.StringIO()
    with printing():  # the help
        try:
            with contextlib.redirect_stderr(said):
                return tyro.cli(taker, args=list(words), prog=program, **settings)
        except SystemExit as end:
            if end.code != 2:
                raise
            raise ConfigError(one_line(said.getvalue(), words, program)) from end
        finally:
            if not RULE.search(said.getvalue()):  # a warning
                sys.stderr.write(said.getvalue())
    sys.exit()  # nobody reads the help any more


def one_line(box: str, words: Sequence[str], program: str) -> str:
    """
    What a box says, without what it repeats of the help.

    :param box: as tyro draws it
    :param words: that were refused
    :param program: whose help is named
    """
    lines = [FRAME.sub("", line) for line in COLOUR.sub("", box).splitlines()[1:-1]]  # the first is a title
    lines = lines[1:] if lines and RULE.fullmatch(lines[0].strip()) else lines  # below an ASCII title
    rules = [place for place, line in enumerate(lines) if RULE.fullmatch(line.strip())]
    said = [line.strip() for line in lines[: rules[0] if rules else None]]
    if said and said[0].startswith("Missing from"):  # the name, and below it its help
        said = [f"{said[1]} is missing"] if len(said) > 1 else said
    message = " ".join(said).rstrip(".").replace("Unrecognized options", "unknown words", 1)
    near = [found[1] for line in lines if (found := NEAR.match(line))]
    meant = f"; perhaps you meant {' or '.join(near)}" if near and "unknown words" in message else ""
    dashed = next((word for word in words if re.match(r"-[^-\d]", word)), None)
    path = f"; if {dashed} is a path, write ./{dashed}" if dashed is not None else ""
    message = message.replace("Missing value", "missing value", 1)
    return f"{message}{meant}{path}; {program} --help shows all"
