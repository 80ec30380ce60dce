"""What nothing depends on, such as pictures: it is tried, and its failure is said once."""

import logging
import traceback
from collections.abc import Callable
from pathlib import Path
from textwrap import shorten
from typing import TypeVar

from .errors import first_line

LONGEST = 200  # characters of an error's text; OpenCV writes more
log = logging.getLogger(__name__)
Made = TypeVar("Made")


class Extras:
    """
    Tries what may fail without harm. The first failure is one line in the log, with the place in the code. Later ones are in the
    log's debug messages, like every traceback.

    :param what: is missing after a failure, such as ``"saliency pictures"``
    :param goes_on: ends the line
    :param loud: errors that are raised as everywhere else
    """

    def __init__(self, what: str, goes_on: str = "everything else goes on", loud: tuple[type[Exception], ...] = ()) -> None:
        self.what, self.goes_on, self.loud = what, goes_on, loud
        self.said = False

    def tried(self, call: Callable[[], Made]) -> Made | None:
        """
        :param call: what may fail
        :return: what it returns; None after a failure
        :raises Exception: one of ``loud``
        """
        try:
            return call()
        # Pictures run the env's code and the user's data through OpenCV and an encoder, and the disk may be full. These raise
        # anything. A training of days must not end because of a picture.
        except Exception as error:
            if isinstance(error, self.loud):
                raise
            self.say(error)
            return None

    def say(self, error: BaseException) -> None:
        """
        Tells of a failure, once.

        :param error: that was raised
        """
        level = logging.DEBUG if self.said else logging.WARNING
        self.said = True
        log.log(level, "%s not written: %s; %s", self.what, _told(error), self.goes_on)
        log.debug("%s", self.what, exc_info=error)


def _told(error: BaseException) -> str:
    """What went wrong, and where; the errors of the operating system say that themselves."""
    line, name, frames = (
        shorten(first_line(error), LONGEST, placeholder=" ..."),
        type(error).__name__,
        traceback.extract_tb(error.__traceback__),
    )
    if isinstance(error, OSError):
        return line
    where = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
    return f"{name if line == name else f'{name}: {line}'}{where}"
