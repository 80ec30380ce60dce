"""Where the lines go that experiments print."""

import contextlib
import sys
from typing import Protocol


class Reporter(Protocol):
    """
    Everything that experiments print goes through one of these.

    :ivar shows_progress: whether training may draw SB3's progress bar
    """

    @property
    def shows_progress(self) -> bool: ...

    def say(self, line: str) -> None:
        """Tell something, in one line or a few."""


class Silent:
    """Says nothing: for functions that are called from other programs."""

    shows_progress = False

    def say(self, line: str) -> None:
        """Nothing is printed."""


class Console:
    """
    Prints every line to standard output at once.

    :param progress: whether training draws a progress bar
    """

    def __init__(self, progress: bool = True) -> None:
        self.shows_progress = progress

    def say(self, line: str) -> None:
        """
        Print a line. A terminal that was closed takes none, and that ends no training. Letters that its encoding does not have, as
        in the name of a folder, are printed as escapes.
        """
        with contextlib.suppress(OSError):
            try:
                print(line, file=sys.stdout, flush=True)
            except UnicodeEncodeError as error:
                plain = line.encode(error.encoding, "backslashreplace").decode(error.encoding)
                print(plain, file=sys.stdout, flush=True)


SILENT = Silent()
