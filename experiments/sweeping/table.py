"""The table of a sweep: how far each run is."""

import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rich import box
from rich.console import Console as Terminal
from rich.console import Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from ..endings.outcome import Outcome
from ..learning.training_callbacks import CLOSED
from ..reporting import Reporter
from .run_of_cell import Progress

EVERY = 1.0  # seconds between two looks at the run folders
AROUND = 8  # lines of a terminal that are not rows
FIRST = (Outcome.FAILED, Outcome.RUNNING, Outcome.STOPPED, Outcome.WAITING, Outcome.PRUNED, Outcome.DONE)  # if not all can be shown
WIDTH = 110  # of a table that is not a terminal's


@dataclass(frozen=True)
class Row:
    """
    :param name: of the run
    :param outcome: what it is doing, or what became of it
    :param progress: how far it is
    """

    name: str
    outcome: Outcome
    progress: Progress

    def texts(self) -> list[str]:
        """The cells of the table."""
        done = self.progress
        steps = f"{done.env_steps:,}" + ("" if done.total is None else f" of {done.total:,}")
        left = done.seconds_left if self.outcome is Outcome.RUNNING else None
        score = "" if done.score is None else f"{done.score:.5g}"
        return [self.name, self.outcome.value, steps, score, "" if left is None else duration(left)]


def table_of(rows: Sequence[Row], title: str, at_once: int | None, most: int | None = None) -> Group:
    """
    :param rows: of all runs
    :param title: above them
    :param at_once: runs that fit at once, for the time that all of them take; None if nothing goes on
    :param most: rows to show; those that are most worth a look
    """
    table = Table(box=box.SIMPLE_HEAD)
    for name, justify in (("run", "left"), ("", "left"), ("env steps", "right"), ("score", "right"), ("time left", "right")):
        table.add_column(name, justify=justify, no_wrap=name != "run", overflow="fold")  # type: ignore[arg-type]
    shown = list(rows)
    if most is not None and len(shown) > most:
        chosen = sorted(range(len(shown)), key=lambda place: (FIRST.index(shown[place].outcome), place))[: max(most, 1)]
        shown = [shown[place] for place in sorted(chosen)]
    for row in shown:
        table.add_row(*(Text(text) for text in row.texts()))
    if len(shown) < len(rows):
        table.add_row(Text(f"and {len(rows) - len(shown):,} more"), *[""] * 4)
    return Group(Text(title), table, Text(summary(rows, at_once)))


def summary(rows: Sequence[Row], at_once: int | None) -> str:
    """How many runs are in which state, and about how long all of them take."""
    counts = {outcome: sum(row.outcome is outcome for row in rows) for outcome in Outcome}
    states = ", ".join(f"{count:,} {outcome.value}" for outcome, count in counts.items() if count)
    left = None if at_once is None else seconds_left(rows, at_once)
    return f"{len(rows):,} runs: {states}" + ("" if left is None else f"; about {duration(left)} left")


def seconds_left(rows: Sequence[Row], at_once: int) -> float | None:
    """
    Until all runs are done, if those that wait take as long as those that were begun do on average; None before the first figures.
    """
    lasting = [left + row.progress.seconds for row in rows if (left := row.progress.seconds_left) is not None]
    open_rows = [row for row in rows if row.outcome in (Outcome.RUNNING, Outcome.WAITING)]
    if not lasting or not open_rows:
        return None
    mean = sum(lasting) / len(lasting)
    each = [mean if row.progress.seconds_left is None else row.progress.seconds_left for row in open_rows]
    return max(sum(each) / max(at_once, 1), max(each))


def duration(seconds: float) -> str:
    """In two units, such as ``"2 h 05 min"``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes_of_hour = divmod(minutes, 60)
    if hours >= 48:
        return f"{hours // 24} d {hours % 24:02d} h"
    return f"{hours} h {minutes_of_hour:02d} min" if hours else f"{minutes} min {rest:02d} s"


class TableOnScreen:
    """
    The table while runs go on, where there is a terminal. One that was closed does not end the sweep.

    :param rows: gives the rows of now
    :param title: above them
    :param at_once: gives how many runs fit at once
    :param shown: whether to draw it
    """

    def __init__(self, rows: Callable[[], Sequence[Row]], title: str, at_once: Callable[[], int], shown: bool) -> None:
        self._rows, self._title, self._at_once = rows, title, at_once
        self._terminal = Terminal()
        self._live: Any = None
        self._shown, self._latest = shown and self._terminal.is_terminal, -EVERY

    def __enter__(self) -> "TableOnScreen":
        if self._shown:
            with contextlib.suppress(*CLOSED):
                self._live = Live(console=self._terminal, auto_refresh=False, transient=True)
                self._live.start()
        return self

    def __exit__(self, *exception: object) -> None:
        if self._live is not None:
            with contextlib.suppress(*CLOSED):
                self._live.stop()

    def look(self) -> None:
        """Draw it anew, if that is some time ago."""
        if self._live is None or time.monotonic() - self._latest < EVERY:
            return
        self._latest = time.monotonic()
        table = table_of(self._rows(), self._title, self._at_once(), self._terminal.height - AROUND)
        with contextlib.suppress(*CLOSED):
            self._live.update(table, refresh=True)


def say_table(reporter: Reporter, rows: Sequence[Row], title: str) -> None:
    """The whole table as text, when no run goes on any more."""
    terminal = Terminal(width=max(WIDTH, *(len(row.name) + 60 for row in rows)) if rows else WIDTH, no_color=True, record=True)
    with terminal.capture() as captured:
        terminal.print(table_of(rows, title, at_once=None))
    reporter.say("\n".join(line.rstrip() for line in captured.get().rstrip().splitlines()))
