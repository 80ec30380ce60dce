"""The states of a sweep's runs as a file, so that others see what the table of the sweep shows."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...saliency.whole_file import write_text
from .outcome import Outcome
from .process_mark import ProcessMark

MOST_BYTES = 64 * 2**20  # of a file that is read


@dataclass(frozen=True)
class KnownOutcome:
    """
    What a sweep knows of one of its runs.

    :param outcome: what the run is doing, or what became of it
    :param reason: why, in one line; empty if there is nothing to tell
    """

    outcome: Outcome
    reason: str = ""


@dataclass(frozen=True)
class SweepStates:
    """
    :param runs: by name
    :param process: of the sweep; None after its end
    """

    runs: Mapping[str, KnownOutcome]
    process: ProcessMark | None

    def text(self) -> str:
        """As the file has it."""
        runs = {name: {"state": run.outcome.value, "reason": run.reason} for name, run in self.runs.items()}
        process = None if self.process is None else self.process.content()
        return json.dumps({"process": process, "runs": runs}, indent=1) + "\n"

    @classmethod
    def of(cls, file: Path) -> "SweepStates | None":
        """:return: None if there is no file that can be read, as in sweeps of earlier versions"""
        try:
            with file.open("rb") as opened:
                content: Any = json.loads(opened.read(MOST_BYTES))
            runs = {str(name): KnownOutcome(Outcome(run["state"]), str(run["reason"])) for name, run in content["runs"].items()}
            return cls(runs, None if content["process"] is None else ProcessMark.of(content["process"]))
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None

    def goes_on(self) -> bool:
        """Whether the sweep is at work. A process on another machine counts as being there."""
        return self.process is not None and self.process.is_there() is not False


class StatesFile:
    """
    Keeps the file while a sweep goes on. At the end, what still ran has been stopped. A disk that takes no file ends no sweep.

    :param file: to write
    :param states: gives the states of now, by name of the run
    """

    def __init__(self, file: Path, states: Callable[[], dict[str, KnownOutcome]]) -> None:
        self.file, self._states = file, states
        self._process = ProcessMark.own()
        self._written: dict[str, KnownOutcome] | None = None

    def __enter__(self) -> "StatesFile":
        self.look()
        return self

    def __exit__(self, *exception: object) -> None:
        stopped = KnownOutcome(Outcome.STOPPED)
        at_end = {name: stopped if run.outcome is Outcome.RUNNING else run for name, run in self._states().items()}
        self._write(SweepStates(at_end, None))

    def look(self) -> None:
        """Write them, if they have changed or could not be written before."""
        states = self._states()
        if states != self._written and self._write(SweepStates(states, self._process)):
            self._written = states

    def _write(self, states: SweepStates) -> bool:
        """:return: whether the disk took them"""
        try:
            write_text(self.file, states.text())
        except OSError:
            return False
        return True
