"""What doors print, and how they end where it cannot be written. It imports nothing heavy."""

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import NoReturn, TextIO


@contextlib.contextmanager
def whole_output() -> Iterator[None]:
    """For a whole program: what its buffer still has is written at the end, and :func:`printing` says what happens if not."""
    if sys.stdout is None:  # closed before the start, and tyro asks whether it is a terminal
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  # until the process ends
    try:
        yield
    finally:
        if not isinstance(sys.exc_info()[1], Exception):  # a bug keeps its traceback
            with printing():
                pass


@contextlib.contextmanager
def printing() -> Iterator[None]:
    """
    A block whose only errors of the system come from what it prints. If a reader such as ``head`` has closed the pipe, the rest is
    dropped in silence; if the output cannot be written, as on a full disk, that is one line and exit status 2.
    """
    try:
        try:
            yield
        finally:
            if sys.stdout is not None:  # it was closed before the start
                sys.stdout.flush()
    except OSError as error:
        _drop_the_rest(sys.stdout)
        if not isinstance(error, BrokenPipeError):
            fail(f"standard output cannot be written: {error.strerror}", status=2)


def fail(message: str, status: int) -> NoReturn:
    """End the program with one line on standard error."""
    try:
        print("error:", " ".join(message.split()), file=sys.stderr, flush=True)
    except OSError:  # nobody can be told
        _drop_the_rest(sys.stderr)
    sys.exit(status)


def _drop_the_rest(stream: TextIO) -> None:
    """What a buffer still has is not written at the end of Python, which would complain once more."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
