"""A line about something that may take long, said only if it does."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def said_if_slow(seconds: float, say: Callable[[], None]) -> Iterator[None]:
    """
    Calls ``say`` once, from another thread, if the block takes longer than this.

    :param seconds: before it is called
    :param say: tells the user what the block does
    """
    timer = threading.Timer(seconds, say)
    timer.daemon = True  # it must not keep the process alive
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
