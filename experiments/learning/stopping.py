"""Ending a training early."""

import contextlib
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

from stable_baselines3.common.callbacks import BaseCallback

from ..reporting import Reporter

HANGUP = getattr(signal, "SIGHUP", None)  # Windows has none
SIGNALS = tuple(number for number in (signal.SIGINT, signal.SIGTERM, HANGUP) if number is not None)


class HeardSignals:
    """
    While the block runs, a function is called at Ctrl-C, SIGTERM and SIGHUP (the terminal is closed).

    Signals are Python's to give to the main thread only: in any other thread the handlers stay as they are.

    :param handler: as ``signal.signal`` takes it
    """

    def __init__(self, handler: Callable[[int, FrameType | None], None]) -> None:
        self._handler = handler
        self._before: dict[int, Any] = {}

    def __enter__(self) -> "HeardSignals":
        if threading.current_thread() is threading.main_thread():
            # nohup lets a program ignore SIGHUP, and then it is to go on.
            heard = [number for number in SIGNALS if number != HANGUP or signal.getsignal(number) is not signal.SIG_IGN]
            self._before = {number: signal.signal(number, self._handler) for number in heard}
        return self

    def __exit__(self, *exception: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}


class StopAtSignal(BaseCallback):
    """
    Remembers that Ctrl-C, SIGTERM or SIGHUP (the terminal is closed) came. A second Ctrl-C interrupts the training where it is.

    :class:`saccade.experiments.resuming.checkpoint_writer.CheckpointWriter` ends ``learn`` then, where it can go on exactly.

    :param reporter: gets a line when the training stops
    :param stop: asked after every env step; a true answer ends the training as a signal does
    """

    def __init__(self, reporter: Reporter, stop: Callable[[], bool] | None = None) -> None:
        super().__init__()
        self.reporter, self._stop_asked = reporter, stop
        self.stopped = False
        self._signals = HeardSignals(self._on_signal)

    def __enter__(self) -> "StopAtSignal":
        self._signals.__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        self._signals.__exit__(*exception)

    def is_stopped(self) -> bool:
        """Whether the training is to end."""
        if not self.stopped and self._stop_asked is not None and self._stop_asked():
            self.stopped = True
        return self.stopped

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self.stopped and number != HANGUP:  # a closed terminal may send several
            raise KeyboardInterrupt
        if self.stopped:
            return
        self.stopped = True
        with contextlib.suppress(RuntimeError):  # the signal may have come in the middle of another line
            self.reporter.say("\nstopping: saving the run (Ctrl-C again ends without waiting for it)")

    def _on_step(self) -> bool:
        self.is_stopped()
        return True
