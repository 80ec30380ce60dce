"""A sweep as a function: from a file to a folder with many runs, and on from such a folder."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from ..endings.outcome import Outcome
from ..endings.sweep_states import KnownOutcome, StatesFile
from ..errors import ConfigError, SweepError
from ..reporting import SILENT, Reporter
from ..setup.arguments import as_path, to_path
from ..setup.env_kwargs import known_digits
from ..setup.values.keywords import check_option
from ..setup.values.plain_values import plain
from .cells import Cell, cells_of, check_cells
from .command_words import yaml_word
from .local_processes import LocalProcesses
from .machines import check_fits, fit_at_once
from .ray_tasks import RayTasks
from .run_of_cell import RunOfCell
from .scheduling import Executor, InOrder, Scheduler, Source
from .searching.search import Search, corners, optuna_here
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
    :param best: of a search: ``{study: {"score": ..., "trial": ..., "set": hyperparameters}}``
    :param has_all: whether no trial is to be added
    """

    folder: Path
    outcomes: Mapping[str, str]
    logs: tuple[Path, ...]
    stopped: bool
    best: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    has_all: bool = True

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left to do."""
        return self.has_all and all(outcome in ("done", "pruned") for outcome in self.outcomes.values())


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
    :raises ConfigError: if the arguments do not go together
    :raises SweepError: if the file, one of the runs, the folder or the machines cannot be as they are; nothing is written then
    """
    check_option(executor, ExecutorName, "executor")
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
    cells = cells_of(wanted.combinations(), list(wanted.grid)) if wanted.search is None else []
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
        if wanted.search is not None:
            optuna_here()
            _check_search(wanted, elsewhere is None, is_new, reporter)
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
        return _until_all_have_ended(folder, wanted, plan, runs, machine, reporter)


def _check_search(wanted: SweepFile, device_is_here: bool, is_new: bool, reporter: Reporter) -> None:
    """The ends of all ranges and each choice can be run, and give scores of what the agent does not learn from."""
    assert wanted.search is not None
    tried = cells_of(corners(wanted, wanted.search), list(wanted.search.space))
    if not tried[0].config().games:
        raise SweepError("search needs scores, but train: eval_games is 0")
    known = known_digits(tried[0].config().fitted.get("env_kwargs", {}))
    if known is not None and is_new:
        raise SweepError(
            "search cannot be with split train+validation, because scores on the validation split decide, and the agents learn "
            "from it; search with split train, and then train with what was found"
        )
    if known is not None:
        reporter.say(f"warning: {known}")
    check_cells(tried, wanted.share, device_is_here)


def _until_all_have_ended(
    folder: SweepFolder, wanted: SweepFile, plan: Plan, runs: list[RunOfCell], machine: Executor, reporter: Reporter
) -> SweepResult:
    def add(cells: list[Cell]) -> list[RunOfCell]:
        """Further runs of a search. The plan has them before they begin."""
        folder.write(replace(plan, cells=[*(run.cell for run in runs), *cells]))
        more = [RunOfCell(cell, folder, plan.group, wanted.share.threads) for cell in cells]
        runs.extend(more)
        return more

    def outcome(run: RunOfCell) -> Outcome:
        earlier = {} if search is None else search.earlier
        return earlier.get(run.name) or scheduler.outcomes.get(run.name, Outcome.WAITING)

    def rows() -> list[Row]:
        return [Row(run.name, outcome(run), run.progress()) for run in runs]

    def states() -> dict[str, KnownOutcome]:
        return {run.name: KnownOutcome(outcome(run), scheduler.reasons.get(run.name, "")) for run in runs}

    def look() -> None:
        table.look()
        kept.look()

    def at_once() -> int:
        return fit_at_once(machine.machines(), wanted.share)

    search = None if wanted.search is None else Search(wanted, wanted.search, folder.journal, runs, add, reporter)
    source: Source = InOrder(runs) if search is None else search
    trials = 0 if wanted.search is None else wanted.search.trials * len(wanted.envs) * len(wanted.agents)
    what = f"{len(runs):,} runs" if search is None else f"{trials:,} trials with {len(wanted.seeds):,} seeds each"
    reporter.say(f"{what}, at most {at_once():,} at once; folder {folder.path}")
    if wanted.share.gpus == 0 and any(each.gpus for each in machine.machines()):
        reporter.say("these runs use no GPU; to let four runs share one, give resources: {gpus: 0.25}")
    kept = StatesFile(folder.states, states)
    with StopBySignal(reporter) as stop, TableOnScreen(rows, f"{folder.path}", at_once, reporter.shows_progress) as table:
        scheduler = Scheduler(source, machine, wanted.share, stop, reporter, look)
        with kept:
            scheduler.run()
    say_table(reporter, rows(), f"{folder.path}")
    best = {} if search is None else search.best()
    for study, found in best.items():
        words = " ".join(f"{name}={yaml_word(value)}" for name, value in found["set"].items())
        reporter.say(f"best of {study}: score {found['score']:.5g} in trial {found['trial']}: --set {words}")
    outcomes = {run.name: outcome(run).value for run in runs}
    logs = tuple(run.log for run in runs if outcome(run) is Outcome.FAILED)
    is_over = search is None or search.is_over()
    return SweepResult(folder.path, outcomes, logs, bool(stop.times), best, is_over)
