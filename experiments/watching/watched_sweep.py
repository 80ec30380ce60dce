"""A sweep that is being watched: a row for each of its runs."""

import threading
import time
from typing import Any

from ...saliency.records.growing_folder import Mark, plain_files
from ...saliency.whole_file import in_utf8
from ..errors import SweepError
from ..sweeping.sweep_folder import PLAN, SweepFolder
from .standing import State
from .sweep_says import SweepSays
from .watched_run import WatchedRun

APART = 1.0  # seconds between two looks at the folders, however many ask


class WatchedSweep:
    """
    :param folder: of the sweep
    :raises SweepError: if its plan cannot be read
    """

    def __init__(self, folder: SweepFolder) -> None:
        self.folder, self.name = folder, folder.path.name
        self._runs: list[WatchedRun] = []
        self._says = SweepSays(folder)
        self._lock = threading.Lock()
        self._plan: Mark | None = None
        self._looked, self._answer = 0.0, {"status": "", "note": "", "runs": []}
        self._read(plain_files(folder.path).get(PLAN))

    def run(self, number: int) -> WatchedRun | None:
        """
        One of the runs.

        :param number: from 0 on, in the order of the plan, which a search adds to
        """
        with self._lock:
            return self._runs[number] if 0 <= number < len(self._runs) else None

    def state(self) -> dict[str, Any]:
        """What the page's script is told."""
        with self._lock:
            if not self._looked or time.monotonic() - self._looked > APART:
                self._answer = self._look()
                self._looked = time.monotonic()
            return self._answer

    def _look(self) -> dict[str, Any]:
        mark, note = plain_files(self.folder.path).get(PLAN), ""
        if mark != self._plan:
            try:
                self._read(mark)
            except SweepError as error:  # it is shown, and read again when it has changed
                note = str(error)
        now, rows = time.time(), []
        counts = dict.fromkeys(State, 0)
        for number, run in enumerate(self._runs):
            standing = run.look_at_progress()
            state = standing.state(now)
            counts[state] += 1
            rows.append(
                {
                    "name": in_utf8(run.name),
                    "address": f"run/{number}/",
                    "state": state.value,
                    "reason": in_utf8(run.reason),
                    "steps": standing.steps() if standing.begun else "",
                    "score": "" if standing.score is None else f"{standing.score:.5g}",
                    "changed": standing.since(now).removeprefix("last change "),
                }
            )
        states = ", ".join(f"{count:,} {state.value}" for state, count in counts.items() if count)
        return {"status": f"{len(rows):,} runs" + (f": {states}" if states else ""), "note": in_utf8(note), "runs": rows}

    def _read(self, mark: Mark | None) -> None:
        """The runs of the plan. Those that are known stay, with what was read of them."""
        plan = self.folder.read()
        self._plan, known = mark, {run.name: run for run in self._runs}
        self._runs = [
            known.get(cell.name) or WatchedRun(self.folder.run(cell), cell.name, of_sweep=True, sweep=self._says)
            for cell in plan.cells
        ]
