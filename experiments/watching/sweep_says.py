"""What a sweep knows of its runs, as far as it lies in its folder: their states, and their logs. Links are not followed."""

import threading

from ...saliency.records.growing_folder import Mark, mark_of
from ..endings.log_end import last_line, why_failed
from ..endings.sweep_states import KnownOutcome, SweepStates
from ..sweeping.sweep_folder import LOGS, SweepFolder


class SweepSays:
    """
    Each file is read again only if it has changed.

    :param folder: of the sweep
    """

    def __init__(self, folder: SweepFolder) -> None:
        self.folder = folder
        self._lock = threading.Lock()  # the pages of several runs ask at once
        self._mark: Mark | None = None
        self._states: SweepStates | None = None
        self._ends: dict[str, tuple[Mark, str | None, str | None]] = {}  # of logs, by name of the run

    def of(self, run: str) -> KnownOutcome | None:
        """
        What became of a run.

        :param run: its name
        :return: None if the sweep says nothing of it, as those of earlier versions
        """
        states = self._look()
        return None if states is None else states.runs.get(run)

    def goes_on(self) -> bool:
        """Whether the sweep is at work."""
        states = self._look()
        return states is not None and states.goes_on()

    def changed(self) -> float:
        """When its states changed last, in seconds since 1970; 0 if there are none."""
        self._look()
        return 0.0 if self._mark is None else self._mark[1] / 1e9

    def why(self, run: str) -> str | None:
        """
        The error that the log of a run ends with; None if it ends with none.

        :param run: its name
        """
        return self._end_of(run)[0]

    def last_line(self, run: str) -> str | None:
        """
        What a run printed last; None if there is nothing.

        :param run: its name
        """
        return self._end_of(run)[1]

    def _look(self) -> SweepStates | None:
        with self._lock:
            mark = None if self.folder.path.is_symlink() else mark_of(self.folder.states)
            if mark != self._mark:
                self._mark, self._states = mark, None if mark is None else SweepStates.of(self.folder.states)
            return self._states

    def _end_of(self, run: str) -> tuple[str | None, str | None]:
        logs = self.folder.path / LOGS
        log = logs / f"{run}.log"
        mark = None if logs.is_symlink() else mark_of(log)
        if mark is None:
            return None, None
        with self._lock:
            if run not in self._ends or self._ends[run][0] != mark:
                self._ends[run] = mark, why_failed(log), last_line(log)
            return self._ends[run][1:]
