"""Ctrl-C in a sweep: once to stop all runs in order, twice to stop them at once."""

import contextlib
from types import FrameType

from ..learning.stopping import HANGUP, HeardSignals
from ..reporting import Reporter


class StopBySignal:
    """
    Counts what :class:`saccade.experiments.learning.stopping.HeardSignals` hears.

    :param reporter: is told what happens now
    :ivar times: how often a signal came
    """

    def __init__(self, reporter: Reporter) -> None:
        self.reporter, self.times = reporter, 0
        self._signals = HeardSignals(self._on_signal)

    def __enter__(self) -> "StopBySignal":
        self._signals.__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        self._signals.__exit__(*exception)

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
