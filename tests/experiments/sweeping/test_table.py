"""The table of a sweep."""

import pytest
from rich.console import Console
from told import Told

from saccade.experiments.endings.outcome import Outcome
from saccade.experiments.sweeping.run_of_cell import Progress
from saccade.experiments.sweeping.table import Row, TableOnScreen, duration, say_table, seconds_left, summary, table_of

RUNNING = Row("a", Outcome.RUNNING, Progress(250, 1000, 10.0, 1.5))  # 30 s left, 40 s in all
WAITING = Row("b", Outcome.WAITING, Progress())
DONE = Row("c", Outcome.DONE, Progress(1000, 1000, 20.0, 2.25))


def text(table) -> str:
    terminal = Console(width=100, no_color=True)
    with terminal.capture() as captured:
        terminal.print(table)
    return captured.get()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 min 00 s"), (59.6, "1 min 00 s"), (3600, "1 h 00 min"), (7505, "2 h 05 min"), (200_000, "2 d 07 h")],
)
def test_durations(seconds, words):
    assert duration(seconds) == words


def test_seconds_left_by_hand():
    assert Progress().seconds_left is None
    assert Progress(0, 1000, 5.0).seconds_left is None
    assert RUNNING.progress.seconds_left == 30.0
    assert Progress(1024, 1000, 5.0).seconds_left == 0.0
    assert seconds_left([WAITING], 1) is None
    assert seconds_left([DONE], 1) is None
    # The mean of 40 s and 20 s for the one that waits; 30 s for the one that runs.
    assert seconds_left([RUNNING, WAITING, DONE], 1) == 60.0
    assert seconds_left([RUNNING, WAITING, DONE], 2) == 30.0
    assert seconds_left([RUNNING, WAITING, DONE], 100) == 30.0  # no run is faster than itself


def test_rows_say_how_far_each_run_is():
    shown = text(table_of([RUNNING, WAITING, DONE], "sweeps/x", 1))
    lines = [" ".join(line.split()) for line in shown.splitlines()]
    assert "a running 250 of 1,000 1.5 0 min 30 s" in lines
    assert "b waiting 0" in lines
    assert "c done 1,000 of 1,000 2.25" in lines
    assert "3 runs: 1 waiting, 1 running, 1 done; about 1 min 00 s left" in lines
    assert lines[0] == "sweeps/x"


def test_on_a_small_screen_the_runs_that_matter_stay():
    failed = Row("d", Outcome.FAILED, Progress())
    shown = text(table_of([DONE, WAITING, RUNNING, failed], "x", 1, most=2))
    assert [name for name in ("a", "d") if f" {name} " in shown] == ["a", "d"]
    assert "and 2 more" in shown
    assert "4 runs" in shown


def test_names_are_text_and_no_markup():
    row = Row("[bold]x[/bold] [link=http://a]b[/link]", Outcome.DONE, Progress())
    assert "[bold]x[/bold] [link=http://a]b[/link]" in text(table_of([row], "[red]title", 1))
    told = Told()
    say_table(told, [row], "[red]title")
    assert "[bold]x[/bold]" in told.lines[0]
    assert "[red]title" in told.lines[0]
    assert summary([], 1) == "0 runs: "
    assert summary([RUNNING, WAITING], None) == "2 runs: 1 waiting, 1 running"  # nothing goes on: no time is told


def test_the_whole_table_has_no_ends_cut_off():
    told, name = Told(), "Enduro-pqn-" + "x" * 120
    say_table(told, [Row(name, Outcome.DONE, Progress())], "x")
    assert name in told.lines[0]


def test_without_a_terminal_nothing_is_drawn(capsys):
    with TableOnScreen(lambda: [RUNNING], "x", lambda: 1, shown=True) as table:
        table.look()
    assert capsys.readouterr().out == ""


def test_a_terminal_that_was_closed_ends_nothing(monkeypatch):
    drawn = []

    class Closed:
        def update(self, *args, **kwargs):
            drawn.append(args)
            raise BrokenPipeError

        stop = update

    with TableOnScreen(lambda: [RUNNING], "x", lambda: 1, shown=False) as table:
        table._live = Closed()
        table.look()
    assert drawn  # it was tried, and its error did not come out
