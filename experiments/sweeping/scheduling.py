"""Which run is started when: as many at once as fit on the machines, until none is left."""

import signal
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable
from typing import Protocol

from ..endings.outcome import Outcome
from ..errors import ExperimentError
from ..reporting import Reporter
from .child import Task
from .machines import Machine, Share, fit_at_once

PAUSE = 0.25  # seconds between two looks
MOST_LOSSES = 5  # of a run, each without an env step more than before
LOST = None  # in place of an exit code: the machine or the process that held the run is gone


class Run(Protocol):
    """What is to be run."""

    @property
    def name(self) -> str: ...

    def is_complete(self) -> bool:
        """Whether nothing is left to do."""

    def is_occupied(self) -> bool:
        """Whether another process is at it."""

    def task(self, share_of_gpus: float) -> Task:
        """What starts it, or goes on with it."""

    def env_steps(self) -> int:
        """Done so far."""

    def note(self, problem: str) -> None:
        """Keep what was wrong with it where its output goes."""


class Source(Protocol):
    """Says what is to be run next."""

    def take(self) -> Run | None:
        """The next run; None if there is none, or none yet."""

    def is_over(self) -> bool:
        """Whether there will be no more runs."""

    def has_ended(self, run: Run, outcome: Outcome) -> None:
        """A run will not go on."""

    def unwanted(self) -> Collection[str]:
        """Names of runs that need not go on."""


class Executor(Protocol):
    """Runs tasks, on this machine or elsewhere."""

    def machines(self) -> list[Machine]:
        """Those that are there now."""

    def start(self, name: str, task: Task, share: Share) -> None:
        """:raises OSError: if it cannot be started"""

    def ended(self) -> Iterable[tuple[str, int | None]]:
        """(name, exit code) of those that have ended since the last call; :data:`LOST` in place of the code of a lost one."""

    def stop(self, names: Collection[str], now: bool) -> None:
        """Let runs save and end; with ``now`` they end at once."""


class StopAsked(Protocol):
    """Whether the user wants the sweep to stop."""

    @property
    def times(self) -> int:
        """How often it was asked: once to stop in order, twice to stop at once."""


class InOrder:
    """
    Runs in their order, as a :class:`Source`.

    :param runs: all of them
    """

    def __init__(self, runs: Iterable[Run]) -> None:
        self._left = deque(runs)

    def take(self) -> Run | None:
        """The next one."""
        return self._left.popleft() if self._left else None

    def is_over(self) -> bool:
        """Whether all were taken."""
        return not self._left

    def has_ended(self, run: Run, outcome: Outcome) -> None:
        """Nothing depends on it."""

    def unwanted(self) -> Collection[str]:
        """None."""
        return ()


class Scheduler:
    """
    Starts runs, waits for them, and starts lost ones again. One that fails does not stop the others.

    :param source: of the runs
    :param executor: that runs them
    :param share: what each run takes of a machine
    :param stop: whether the user wants to stop
    :param reporter: is told what begins and ends
    :param watch: called at each look
    :ivar outcomes: by name, of all runs that were ever taken
    :ivar reasons: by name, why a run failed, as far as that is known here
    """

    def __init__(
        self,
        source: Source,
        executor: Executor,
        share: Share,
        stop: StopAsked,
        reporter: Reporter,
        watch: Callable[[], None] = lambda: None,
        pause: float = PAUSE,
    ) -> None:
        self.source, self.executor, self.share = source, executor, share
        self.stop, self.reporter, self.watch, self.pause = stop, reporter, watch, pause
        self.outcomes: dict[str, Outcome] = {}
        self.reasons: dict[str, str] = {}
        self._running: dict[str, Run] = {}
        self._again: deque[Run] = deque()  # lost ones, and those that another process is at
        self._losses: dict[str, tuple[int, int]] = {}  # how often a run was lost, and its env steps then
        self._told: set[str] = set()
        self._stops: dict[str, int] = {}  # how hard each run was asked to stop
        self._cut: set[str] = set()  # runs that were stopped because the source does not want them

    def run(self) -> dict[str, Outcome]:
        """
        Until all runs have ended, or until they have stopped.

        :return: outcomes by name
        :raises KeyboardInterrupt: if the user has asked twice to stop; everything has ended then
        """
        try:
            while self._running or self._has_more():
                self._hear()
                if not self.stop.times:
                    self._start_some()
                self.watch()
                time.sleep(self.pause)
                for name, code in self.executor.ended():
                    self._judge(self._running.pop(name), code)
                if self.stop.times > 1 and not self._running:
                    raise KeyboardInterrupt("interrupted: runs have ended without saving; what they had saved before stays")
        except BaseException:
            self.executor.stop(list(self._running), now=True)  # an error of ours leaves nothing running
            raise
        for run in self._again:
            self._end(run, Outcome.STOPPED)
        self.watch()
        return self.outcomes

    def _has_more(self) -> bool:
        return not self.stop.times and bool(self._again or not self.source.is_over())

    def _hear(self) -> None:
        """Stop what is to stop."""
        hardness = min(self.stop.times, 2)
        unwanted = set(self.source.unwanted()) & self._running.keys()
        self._cut |= unwanted
        for wanted, names in ((hardness, self._running.keys()), (1, unwanted)):
            fresh = [name for name in names if self._stops.get(name, 0) < wanted]
            if fresh:
                self.executor.stop(fresh, now=wanted > 1)
                self._stops |= dict.fromkeys(fresh, wanted)

    def _start_some(self) -> None:
        room = fit_at_once(self.executor.machines(), self.share) - len(self._running)
        for _ in range(len(self._again)):
            if room > 0 and self._start(self._again.popleft()):
                room -= 1
        while room > 0 and (run := self.source.take()) is not None:
            room -= self._start(run)

    def _start(self, run: Run) -> bool:
        """:return: whether it takes room now"""
        self.outcomes[run.name] = Outcome.WAITING
        try:
            if run.is_occupied():
                self._again.append(run)
                self._tell_once(f"{run.name} is being trained by another process; it goes on here when that one has ended", run)
                return False
            if run.is_complete():
                self._end(run, Outcome.DONE)
                return False
            task = run.task(self.share.gpus)
            self.executor.start(run.name, task, self.share)
        except (ExperimentError, OSError) as error:  # of this one's folder or log; the others go on
            self.reporter.say(f"{run.name} cannot be started: {error}")
            run.note(str(error))
            self._end(run, Outcome.FAILED, "it cannot be started")
            return False
        self._running[run.name] = run
        self.outcomes[run.name] = Outcome.RUNNING
        self._stops.pop(run.name, None)
        self.reporter.say(f"started {run.name}: {task.shown}")
        return True

    def _judge(self, run: Run, code: int | None) -> None:
        """What became of a run that does not run any more."""
        try:
            complete = not run.is_occupied() and run.is_complete()
        except (ExperimentError, OSError) as error:
            self.reporter.say(f"{run.name}: {error}")
            run.note(str(error))
            complete, code = False, code or 1
        if complete:
            self._end(run, Outcome.DONE)
        elif run.name in self._cut:
            self._end(run, Outcome.PRUNED)
        elif code == 0 or self.stop.times:
            self._end(run, Outcome.STOPPED)
        elif code is LOST:
            self._lose(run)
        else:
            if code < 0:  # it could say nothing itself
                run.note(
                    f"{_told(code)}, from outside, as a system without free memory does; resume the sweep to go on with this run"
                )
            self._end(run, Outcome.FAILED, _told(code))

    def _lose(self, run: Run) -> None:
        losses, before = self._losses.get(run.name, (0, -1))
        done = run.env_steps()
        losses = 1 if done > before else losses + 1
        self._losses[run.name] = losses, max(done, before)
        if losses >= MOST_LOSSES:
            self._end(run, Outcome.FAILED, f"its machine was lost {losses} times without an env step more")
            return
        self.reporter.say(f"{run.name} has lost its machine; it is started again elsewhere")
        self.outcomes[run.name] = Outcome.WAITING
        self._again.append(run)

    def _end(self, run: Run, outcome: Outcome, why: str = "") -> None:
        self.outcomes[run.name] = outcome
        self.reasons |= {run.name: why} if why else {}
        self.reporter.say(f"{outcome.value} {run.name}" + (f" ({why})" if why else ""))
        self.source.has_ended(run, outcome)

    def _tell_once(self, line: str, run: Run) -> None:
        if run.name not in self._told:
            self._told.add(run.name)
            self.reporter.say(line)


def _told(code: int) -> str:
    """An exit code; that of a process which a signal has ended is minus its number."""
    try:
        return f"ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"exit code {code}"
