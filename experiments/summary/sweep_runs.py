"""The folder of a sweep stands for its runs."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..endings.log_end import why_failed
from ..errors import ExperimentError, RunFolderError
from ..sweeping.run_of_cell import RunOfCell
from ..sweeping.sweep_folder import PLAN, SweepFolder


@dataclass(frozen=True)
class FoundRuns:
    """
    :param paths: run folders, those of a sweep in the order of its plan
    :param told: a line for each run of a sweep that is not complete
    """

    paths: tuple[Path, ...]
    told: tuple[str, ...]


def with_sweeps(paths: Iterable[Path]) -> FoundRuns:
    """
    Folders, with its runs in the place of each sweep.

    Of a sweep, a run that is not complete counts only while no other seed of it is complete. So a run that failed early does not
    cut the curve of the others short.

    :param paths: run folders, folders of sweeps, and others, which stay as they are
    :raises SweepError: if the plan of a sweep is damaged
    :raises RunFolderError: if no run of a sweep has begun
    """
    found: list[Path] = []
    told: list[str] = []
    for path in paths:
        if not (path / PLAN).is_file():
            found.append(path)
            continue
        runs, lines = _runs_of(SweepFolder(path))
        if not runs:
            raise RunFolderError(f"{path} is a sweep without a run that could be shown: {lines[0] if lines else 'it has no runs'}")
        found += runs
        told += lines
    return FoundRuns(tuple(found), tuple(told))


def _runs_of(folder: SweepFolder) -> tuple[list[Path], list[str]]:
    plan = folder.read()
    states = [_State.of(RunOfCell(cell, folder, plan.group, 1)) for cell in plan.cells]
    finished = {state.without_seed for state in states if state.is_complete}
    kept, told = [], []
    for state in states:
        if state.is_complete:
            kept.append(state.path)
            continue
        use = state.is_begun and state.without_seed not in finished
        if use:
            kept.append(state.path)
        told.append(f"{state.path} {state.about}; {'its scores so far count' if use else 'it is left out'}")
    return kept, told


@dataclass(frozen=True)
class _State:
    """What a run of a sweep has come to."""

    path: Path
    without_seed: str
    is_begun: bool
    is_complete: bool
    about: str

    @classmethod
    def of(cls, run: RunOfCell) -> "_State":
        # Not by its name, which is cut and numbered where it would be too long.
        name = json.dumps({option: value for option, value in run.cell.options.items() if option != "seed"}, sort_keys=True)
        path = run.folder.path
        if not run.is_begun:
            reason = why_failed(run.log)
            return cls(path, name, False, False, "has not begun" if reason is None else f"has failed ({reason})")
        try:
            if run.is_complete():
                return cls(path, name, True, True, "")
        except ExperimentError as error:  # of this one; the others are shown
            return cls(path, name, False, False, f"cannot be read ({error})")
        done = run.progress()
        steps = f"{done.env_steps:,}" + ("" if done.total is None else f" of {done.total:,}") + " env steps"
        try:
            is_occupied = run.is_occupied()
        except OSError:  # the lock cannot be tried in a folder that may only be read
            is_occupied = False
        if is_occupied:
            return cls(path, name, True, False, f"is still training, at {steps}")
        reason = why_failed(run.log)
        return cls(path, name, True, False, f"is not finished, at {steps}" + ("" if reason is None else f" ({reason})"))
