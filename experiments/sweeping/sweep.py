"""A sweep as a function: from a file to a folder with many runs, and on from such a folder."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ..errors import ConfigError, SweepError
from ..reporting import SILENT, Reporter
from ..setup.arguments import as_path, to_path
from ..setup.plain_values import plain
from .cells import cells_of, check_cells
from .local_processes import LocalProcesses
from .machines import check_fits, fit_at_once
from .ray_tasks import RayTasks
from .run_of_cell import RunOfCell
from .scheduling import Executor, InOrder, Outcome, Scheduler, Source
from .stop_asked import StopBySignal
from .sweep_file import SweepFile, content_of
from .sweep_folder import Plan, SweepFolder, default_folder
from .table import Row, TableOnScreen, say_table

ExecutorName = Literal["local", "ray"]


@dataclass(frozen=True)
class SweepResult:
    """
    :param folder: of the sweep
    :param outcomes: of all runs by name: ``done``, ``failed``, ``stopped``, ``pruned``, or ``waiting`` for those not begun
    :param logs: of the runs that failed
    :param stopped: whether the sweep was stopped before its end; ``resume`` goes on with it
    """

    folder: Path
    outcomes: Mapping[str, str]
    logs: tuple[Path, ...]
    stopped: bool

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left to do."""
        return all(outcome in ("done", "pruned") for outcome in self.outcomes.values())


def sweep(
    file: Path | str | Mapping[str, Any] | None = None,
    *,
    resume: Path | str | None = None,
    output: Path | str | None = None,
    executor: ExecutorName = "local",
    ray_address: str | None = None,
    reporter: Reporter = SILENT,
) -> SweepResult:
    """
    Train many runs: envs x agents x seeds x hyperparameters. Each is a process of its own, ``saccade train``, with a run folder in
    the folder of the sweep.

    :param file: in YAML, or what it says. With ``resume`` it may be left out; it must be the file of that sweep
    :param resume: go on with the sweep in this folder: only what is left is done
    :param output: folder to make; default: sweeps/<file>-<time>
    :param executor: ``local`` for processes of this machine, ``ray`` for tasks of a Ray cluster
    :param ray_address: of the cluster; default: ``RAY_ADDRESS``, else one on this machine, else a new one here
    :param reporter: gets what a command line prints
    :return: what became of the runs; a run that fails ends no other
    :raises SweepError: if the file, one of the runs, the folder or the machines cannot be as they are; nothing is written then
    """
    if executor not in ("local", "ray"):
        raise ConfigError(f"is {executor!r}; it must be local or ray", option="executor")
    if ray_address is not None and executor != "ray":
        raise ConfigError("goes with executor ray only", option="ray_address")
    given = as_path(file) if isinstance(file, str | Path) else file
    if resume is None:
        return _begin(given, as_path(output), executor, ray_address, reporter)
    if output is not None:
        raise ConfigError("does not go with resume: a sweep keeps its folder", option="output")
    return _go_on(given, to_path(resume), executor, ray_address, reporter)


def _begin(given: Any, output: Path | None, executor: ExecutorName, address: str | None, reporter: Reporter) -> SweepResult:
    if given is None:
        raise SweepError("give the file of a sweep, or a folder to go on with (--resume)")
    content, name = content_of(given)
    wanted = SweepFile.of(content, name)
    folder = SweepFolder.check_new(output or default_folder(Path(name).stem.replace(" ", "-")))
    if executor == "ray":
        folder = SweepFolder(folder.path.absolute())
    cells = cells_of(wanted.combinations(), list(wanted.grid))
    plan = Plan(plain(content, "the sweep"), cells, f"sweep {folder.path.name}"[:128])
    return _run(folder, wanted, plan, True, executor, address, reporter)


def _go_on(given: Any, path: Path, executor: ExecutorName, address: str | None, reporter: Reporter) -> SweepResult:
    folder = SweepFolder.check_existing(path.absolute() if executor == "ray" else path)
    plan = folder.read()
    if given is not None:
        content, name = content_of(given)
        if plain(content, "the sweep") != plan.content:
            raise SweepError(
                f"{path} is the folder of another sweep than {name}; leave the file out to go on with it, or choose an output"
            )
    wanted = SweepFile.of(plan.content, f"{path}")
    return _run(folder, wanted, plan, False, executor, address, reporter)


def _run(
    folder: SweepFolder,
    wanted: SweepFile,
    plan: Plan,
    is_new: bool,
    executor: ExecutorName,
    address: str | None,
    reporter: Reporter,
) -> SweepResult:
    """Check all that is not begun, and run what is left."""
    runs = [RunOfCell(cell, folder, plan.group, wanted.share.threads) for cell in plan.cells]
    with ExitStack() as at_end:
        if not is_new:
            at_end.enter_context(folder.occupied())
        elsewhere = RayTasks(folder.path, folder.mark, folder.stops, address) if executor == "ray" else None
        if elsewhere is not None:
            at_end.callback(elsewhere.close)
        machine: Executor = elsewhere or LocalProcesses()
        check_fits(machine.machines(), wanted.share)
        check_cells([run.cell for run in runs if not run.is_begun], wanted.share, elsewhere is None)
        if is_new:
            folder.make(plan)
            at_end.enter_context(folder.occupied())
        if elsewhere is not None:
            try:
                elsewhere.check_shared(plan.token)
            except SweepError:
                if is_new:
                    folder.delete_new()
                raise
        return _until_all_have_ended(folder, wanted, runs, machine, reporter)


def _until_all_have_ended(
    folder: SweepFolder, wanted: SweepFile, runs: list[RunOfCell], machine: Executor, reporter: Reporter
) -> SweepResult:
    def rows() -> list[Row]:
        return [Row(run.name, scheduler.outcomes.get(run.name, Outcome.WAITING), run.progress()) for run in runs]

    def at_once() -> int:
        return fit_at_once(machine.machines(), wanted.share)

    source: Source = InOrder(runs)
    reporter.say(f"{len(runs):,} runs, at most {at_once():,} at once; folder {folder.path}")
    if wanted.share.gpus == 0 and any(each.gpus for each in machine.machines()):
        reporter.say("these runs use no GPU; to let four runs share one, give resources: {gpus: 0.25}")
    with StopBySignal(reporter) as stop, TableOnScreen(rows, f"{folder.path}", at_once, reporter.shows_progress) as table:
        scheduler = Scheduler(source, machine, wanted.share, stop, reporter, table.look)
        scheduler.run()
    say_table(reporter, rows(), f"{folder.path}")
    outcomes = {run.name: scheduler.outcomes.get(run.name, Outcome.WAITING).value for run in runs}
    logs = tuple(run.log for run in runs if scheduler.outcomes.get(run.name) is Outcome.FAILED)
    return SweepResult(folder.path, outcomes, logs, bool(stop.times))
