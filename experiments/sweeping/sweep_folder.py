"""The folder of a sweep: its plan, a run folder for each run, and their logs."""

import json
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ...saliency.whole_file import write_text
from ..errors import SweepError
from ..own_output import check_can_be_made, free_path, locked
from .cells import Cell

PLAN, STATES, LOGS, STOPS, MARK, JOURNAL = "sweep.json", "states.json", "logs", ".stops", ".mark", "search.journal"
FORMAT = 1


@dataclass(frozen=True)
class Plan:
    """
    What a sweep is to do. It stays as it is when files that it was made from change.

    :param content: of the sweep's file
    :param cells: its runs; a search adds further ones
    :param group: of its runs at Weights & Biases
    :param token: that no other sweep has
    :param versions: of the package that began it
    """

    content: Mapping[str, Any]
    cells: Sequence[Cell]
    group: str
    token: str = field(default_factory=lambda: secrets.token_hex(8))
    versions: Mapping[str, str] = field(default_factory=lambda: {"saccade-rl": version("saccade-rl")})

    def text(self) -> str:
        """As the file of the plan has it."""
        cells = {cell.name: dict(cell.options) for cell in self.cells}
        plan = {"format": FORMAT, "token": self.token, "group": self.group, "versions": dict(self.versions)}
        return json.dumps({**plan, "sweep": dict(self.content), "runs": cells}, indent=1) + "\n"

    @classmethod
    def of(cls, text: str) -> "Plan":
        """:raises ValueError: if the text is none of a plan"""
        found = json.loads(text)
        if not isinstance(found, dict) or found.get("format") != FORMAT:
            raise ValueError(f"its format is not {FORMAT}")
        for name, kind in (("sweep", dict), ("runs", dict), ("group", str), ("token", str), ("versions", dict)):
            if not isinstance(found.get(name), kind):
                raise ValueError(f"it has no {name}")
        for name, options in found["runs"].items():
            if not isinstance(options, dict) or name != Path(name).name or name.startswith(".") or name in ("", LOGS, STATES):
                raise ValueError(f"{name!r} is not a run")
        cells = [Cell(name, options) for name, options in found["runs"].items()]
        return cls(found["sweep"], cells, found["group"], found["token"], found["versions"])


@dataclass(frozen=True)
class SweepFolder:
    """
    :param path: of the sweep
    """

    path: Path

    @classmethod
    def check_new(cls, path: Path) -> "SweepFolder":
        """
        A folder that can be made, without making it.

        :raises SweepError: if it exists or cannot be written
        """
        if path.exists() or path.is_symlink():  # a link to nothing, too
            instead = f", or go on with it: --resume {path}" if (path / PLAN).is_file() else ""
            raise SweepError(f"{path} exists already and is not overwritten; choose another output{instead}")
        check_can_be_made(path, SweepError)
        return cls(path)

    @classmethod
    def check_existing(cls, path: Path) -> "SweepFolder":
        """
        A folder that a sweep has made.

        :raises SweepError: if it is none
        """
        if not (path / PLAN).is_file():
            what = (
                "a run folder; go on with it by saccade train --resume"
                if (path / "config.yml").is_file()
                else "not the folder of a sweep"
            )
            raise SweepError(f"{path} is {what} (it has no {PLAN}); give the folder that the sweep named at its start")
        return cls(path)

    def make(self, plan: Plan) -> None:
        """:raises SweepError: if the folder exists by now, or cannot be made"""
        try:
            self.path.mkdir(parents=True)
            self.logs.mkdir()
        except OSError as error:
            raise SweepError(f"{self.path} cannot be made: {error}") from error
        self.write(plan)

    def delete_new(self) -> None:
        """Delete a folder that was made just now and holds no run yet."""
        shutil.rmtree(self.path, ignore_errors=True)

    def write(self, plan: Plan) -> None:
        """:raises SweepError: if the plan cannot be written"""
        try:
            write_text(self.mark, plan.token)
            write_text(self.path / PLAN, plan.text())
        except OSError as error:
            raise SweepError(f"{self.path / PLAN} cannot be written: {error}") from error

    def read(self) -> Plan:
        """:raises SweepError: if the plan is damaged"""
        try:
            return Plan.of((self.path / PLAN).read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise SweepError(f"{self.path / PLAN} cannot be read: {' '.join(str(error).split())}") from error

    @contextmanager
    def occupied(self) -> Iterator[None]:
        """
        While the block runs, no other process goes on with this sweep.

        :raises SweepError: if another one does already
        """
        with locked(self.path, "is being worked on by another process; stop that one first", SweepError):
            yield

    @property
    def logs(self) -> Path:
        """What the runs print, a file each."""
        return self.path / LOGS

    @property
    def states(self) -> Path:
        """What became of each run, for who looks from outside."""
        return self.path / STATES

    @property
    def stops(self) -> Path:
        """Files that tell runs on other machines to stop."""
        return self.path / STOPS

    @property
    def mark(self) -> Path:
        """Holds the token alone, so that other machines recognise the folder."""
        return self.path / MARK

    @property
    def journal(self) -> Path:
        """What Optuna has found."""
        return self.path / JOURNAL

    def run(self, cell: Cell) -> Path:
        """The run folder of a cell."""
        return self.path / cell.name

    def log(self, cell: Cell) -> Path:
        """What the run of a cell prints."""
        return self.logs / f"{cell.name}.log"


def default_folder(name: str) -> Path:
    """A new folder in sweeps/, called by the sweep's file and the time."""
    return free_path(Path("sweeps", f"{name}-{time.strftime('%Y%m%d-%H%M%S')}"))
