"""Errors a user can mend: one plain line, exit status 2, no traceback."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn


class UserError(Exception):
    """What is wrong and what would be right, in one line."""


@contextmanager
def plain_errors() -> Iterator[None]:
    """Ends the program with exit status 2 and the message alone where a :class:`UserError` comes up, with 130 at Ctrl-C."""
    try:
        yield
    except UserError as error:
        fail(str(error), status=2)
    except KeyboardInterrupt:
        fail("interrupted", status=130)


def fail(message: str, status: int) -> NoReturn:
    """Ends the program with one line on standard error."""
    print("error:", " ".join(message.split()), file=sys.stderr)
    sys.exit(status)
