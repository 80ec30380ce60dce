"""Which run is started when, with an executor that only keeps count."""

import pytest
from told import Told

from saccade.experiments import RunFolderError
from saccade.experiments.endings.outcome import Outcome
from saccade.experiments.sweeping.child import Task
from saccade.experiments.sweeping.machines import Machine, Share
from saccade.experiments.sweeping.scheduling import LOST, MOST_LOSSES, InOrder, Scheduler

TASK = Task((), {}, ".", "log", "saccade train ...")


class Counted:
    """A run that is complete after so many looks; each look is an env step."""

    def __init__(self, name: str, looks: int = 2, code: int | None = 0) -> None:
        self.name, self.looks, self.code = name, looks, code
        self.done, self.occupied, self.starts = 0, 0, 0
        self.notes: list[str] = []

    def is_complete(self) -> bool:
        return self.done >= self.looks

    def is_occupied(self) -> bool:
        self.occupied -= 1
        return self.occupied >= 0

    def task(self, share_of_gpus: float) -> Task:
        self.starts += 1
        return TASK

    def env_steps(self) -> int:
        return self.done

    def note(self, problem: str) -> None:
        self.notes.append(problem)


class Machines:
    """An executor: each look lets every run do one step."""

    def __init__(self, runs: list[Counted], *cpus: int) -> None:
        self.runs, self.there = {run.name: run for run in runs}, [Machine(each) for each in cpus]
        self.running: dict[str, int] = {}
        self.most, self.order = 0, []
        self.stopped: list[tuple[list[str], bool]] = []
        self.lose: dict[int, list[str]] = {}  # what is lost at which look
        self.looks = 0

    def machines(self) -> list[Machine]:
        return self.there

    def start(self, name: str, task: Task, share: Share) -> None:
        assert name not in self.running
        self.running[name] = 0
        self.order.append(name)
        self.most = max(self.most, len(self.running))

    def ended(self) -> list[tuple[str, int | None]]:
        self.looks += 1
        found: list[tuple[str, int | None]] = []
        for name in list(self.running):
            run = self.runs[name]
            if name in self.lose.get(self.looks, ()):
                found.append((name, LOST))
            elif self.running[name] < 0:
                found.append((name, 0))
            else:
                run.done += run.code in (0, None)
                if run.is_complete() or run.code:
                    found.append((name, run.code))
        for name, _ in found:
            del self.running[name]
        return found

    def stop(self, names, now: bool) -> None:
        self.stopped.append((sorted(names), now))
        self.running |= dict.fromkeys(names, -1)


class Never:
    times = 0


def scheduled(runs: list[Counted], machines: Machines, stop=Never, source=None, watch=lambda: None):
    told = Told()
    scheduler = Scheduler(source or InOrder(runs), machines, Share(1), stop, told, watch, pause=0)
    return scheduler, told


def test_as_many_at_once_as_fit_and_in_their_order():
    runs = [Counted(name, looks=3) for name in "abcdefg"]
    machines = Machines(runs, 2, 1)
    scheduler, told = scheduled(runs, machines)
    assert set(scheduler.run().values()) == {Outcome.DONE}
    assert (machines.most, machines.order) == (3, list("abcdefg"))
    assert machines.looks == 9  # seven runs of three looks, three at once: no room stays empty
    assert [line for line in told.lines if line.startswith("started a")] == ["started a: saccade train ..."]


def test_what_is_complete_is_not_started():
    runs = [Counted("a"), Counted("b"), Counted("c")]
    runs[1].done = 2
    machines = Machines(runs, 1)
    scheduler, _ = scheduled(runs, machines)
    assert scheduler.run() == dict.fromkeys("abc", Outcome.DONE)
    assert machines.order == ["a", "c"]


def test_a_run_that_fails_stops_no_other():
    runs = [Counted("a", code=2), Counted("b"), Counted("c", code=-9), Counted("d")]
    scheduler, told = scheduled(runs, Machines(runs, 2))
    outcomes = scheduler.run()
    assert [outcomes[name] for name in "abcd"] == [Outcome.FAILED, Outcome.DONE, Outcome.FAILED, Outcome.DONE]
    assert "failed a (exit code 2)" in told.lines
    assert [run.starts for run in runs] == [1, 1, 1, 1]
    killed = "ended by SIGKILL, from outside, as a system without free memory does; resume the sweep to go on with this run"
    assert [run.notes for run in runs] == [[], [], [killed], []]  # the first one has said itself what is wrong


@pytest.mark.parametrize(("part", "error"), [("task", RunFolderError("damaged")), ("is_occupied", PermissionError("damaged"))])
def test_a_folder_that_cannot_be_used_fails_alone(part, error):
    class Damaged(Counted):
        pass

    def fail(*arguments: object) -> None:
        raise error

    setattr(Damaged, part, fail)

    runs = [Damaged("a"), Counted("b")]
    scheduler, told = scheduled(runs, Machines(runs, 1))
    assert scheduler.run() == {"a": Outcome.FAILED, "b": Outcome.DONE}
    assert "a cannot be started: damaged" in told.lines
    assert [run.notes for run in runs] == [["damaged"], []]


def test_a_lost_run_is_started_again_when_its_folder_is_free():
    runs = [Counted("a", looks=6), Counted("b", looks=6)]
    machines = Machines(runs, 1, 1)
    machines.lose = {3: ["b"]}

    def watch() -> None:
        if machines.looks == 3 and runs[1].starts == 1:
            machines.there, runs[1].occupied = [Machine(1)], 2  # the machine is gone; what is left of the run still saves

    scheduler, told = scheduled(runs, machines, watch=watch)
    assert set(scheduler.run().values()) == {Outcome.DONE}
    assert [run.starts for run in runs] == [1, 2]
    assert "b has lost its machine; it is started again elsewhere" in told.lines


def test_an_occupied_folder_is_waited_for_and_others_go_first():
    runs = [Counted("a"), Counted("b")]
    runs[0].occupied = 4
    machines = Machines(runs, 1)
    scheduler, told = scheduled(runs, machines)
    assert set(scheduler.run().values()) == {Outcome.DONE}
    assert machines.order == ["b", "a"]
    assert sum("is being trained by another process" in line for line in told.lines) == 1


def test_a_run_that_is_lost_again_and_again_without_a_step_fails():
    runs = [Counted("a", looks=50), Counted("b")]
    machines = Machines(runs, 2)
    machines.lose = {look: ["a"] for look in range(1, 50)}
    scheduler, _ = scheduled(runs, machines)
    assert scheduler.run() == {"a": Outcome.FAILED, "b": Outcome.DONE}
    assert runs[0].starts == MOST_LOSSES


def test_one_stop_lets_all_save_and_starts_no_more():
    class Stop:
        times = 0

    runs = [Counted(name, looks=9) for name in "abc"]
    machines = Machines(runs, 2)

    def watch() -> None:
        Stop.times = int(machines.looks >= 2)

    scheduler, _ = scheduled(runs, machines, Stop, watch=watch)
    assert scheduler.run() == {"a": Outcome.STOPPED, "b": Outcome.STOPPED}
    assert machines.stopped == [(["a", "b"], False)]  # once, however often the scheduler looks
    assert runs[2].starts == 0


def test_a_second_stop_does_not_wait():
    class Stop:
        times = 0

    class Deaf(Machines):
        def stop(self, names, now: bool) -> None:
            self.stopped.append((sorted(names), now))
            self.running |= dict.fromkeys(names if now else (), -1)

    runs = [Counted(name, looks=10**6) for name in "ab"]
    machines = Deaf(runs, 2)

    def watch() -> None:
        Stop.times = machines.looks // 4

    scheduler, _ = scheduled(runs, machines, Stop, watch=watch)
    with pytest.raises(KeyboardInterrupt, match="ended without saving"):
        scheduler.run()
    assert machines.stopped[:2] == [(["a", "b"], False), (["a", "b"], True)]
    assert not machines.running


def test_our_own_errors_leave_nothing_running():
    runs = [Counted("a", looks=10**6)]
    machines = Machines(runs, 1)

    def watch() -> None:
        if machines.looks:
            raise ZeroDivisionError

    scheduler, _ = scheduled(runs, machines, watch=watch)
    with pytest.raises(ZeroDivisionError):
        scheduler.run()
    assert machines.stopped == [(["a"], True)]


def test_a_run_that_somebody_else_stops_is_no_failure_and_not_done():
    runs = [Counted("a", looks=10**6), Counted("b")]
    machines = Machines(runs, 2)

    def watch() -> None:
        if machines.looks == 1:
            machines.running["a"] = -1

    scheduler, _ = scheduled(runs, machines, watch=watch)
    assert scheduler.run() == {"a": Outcome.STOPPED, "b": Outcome.DONE}


def test_unwanted_runs_are_cut():
    class Picky(InOrder):
        def unwanted(self):
            return ["a"] if machines.looks >= 2 else []

    runs = [Counted("a", looks=10**6), Counted("b", looks=5)]
    machines = Machines(runs, 2)
    scheduler, _ = scheduled(runs, machines, source=Picky(runs))
    assert scheduler.run() == {"a": Outcome.PRUNED, "b": Outcome.DONE}
    assert machines.stopped == [(["a"], False)]
