"""Ending a training early."""

import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

from stable_baselines3.common.callbacks import BaseCallback

from .reporting import Reporter


class StopAtSignal(BaseCallback):
    """
    Lets the env step in progress finish when Ctrl-C or SIGTERM comes, then ends ``learn``. A second Ctrl-C ends it at once.

    Signals are Python's to give to the main thread only: in any other thread the handlers stay as they are.

    :param reporter: gets a line when the training stops
    :param stop: asked after every env step; a true answer ends ``learn`` as a signal does
    """

    def __init__(self, reporter: Reporter, stop: Callable[[], bool] | None = None) -> None:
        super().__init__()
        self.reporter, self._stop_asked = reporter, stop
        self.stopped = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> "StopAtSignal":
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
        return self

    def __exit__(self, *exception: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}

    def is_stopped(self) -> bool:
        """Whether the training is to end."""
        if not self.stopped and self._stop_asked is not None and self._stop_asked():
            self.stopped = True
        return self.stopped

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self.stopped:
            raise KeyboardInterrupt
        self.stopped = True
        self.reporter.say("\nstopping: saving the run (Ctrl-C again ends at once, without saving)")

    def _on_step(self) -> bool:
        return not self.is_stopped()
