"""Ctrl-C in a sweep: once to stop all runs in order, twice to stop them at once."""

import contextlib
import signal
import threading
from types import FrameType
from typing import Any

from ..reporting import Reporter
from ..stopping import HANGUP, SIGNALS


class StopBySignal:
    """
    Counts Ctrl-C, SIGTERM and SIGHUP (the terminal is closed). Signals are Python's to give to the main thread only.

    :param reporter: is told what happens now
    :ivar times: how often a signal came
    """

    def __init__(self, reporter: Reporter) -> None:
        self.reporter, self.times = reporter, 0
        self._before: dict[int, Any] = {}

    def __enter__(self) -> "StopBySignal":
        if threading.current_thread() is threading.main_thread():
            # nohup lets a program ignore SIGHUP, and then it is to go on.
            heard = [number for number in SIGNALS if number != HANGUP or signal.getsignal(number) is not signal.SIG_IGN]
            self._before = {number: signal.signal(number, self._on_signal) for number in heard}
        return self

    def __exit__(self, *exception: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if number == HANGUP and self.times:  # a closed terminal may send several
            return
        self.times += 1
        if self.times > 2:  # something does not end
            raise KeyboardInterrupt
        line = (
            "stopping: all runs save and end (Ctrl-C again ends them without waiting)" if self.times == 1 else "ending all runs now"
        )
        with contextlib.suppress(RuntimeError):  # the signal may have come in the middle of another line
            self.reporter.say(f"\n{line}")
