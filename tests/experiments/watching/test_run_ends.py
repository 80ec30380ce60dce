"""Runs that failed, were stopped or are done, as the pages of a run and of a sweep say it."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from saccade.experiments.endings.outcome import Outcome
from saccade.experiments.endings.process_mark import ProcessMark
from saccade.experiments.endings.run_note import How, RunNote
from saccade.experiments.endings.sweep_states import KnownOutcome, SweepStates
from saccade.experiments.sweeping.cells import Cell
from saccade.experiments.sweeping.sweep_folder import Plan, SweepFolder
from saccade.experiments.watching.run_end import GONE
from saccade.experiments.watching.standing import QUIET
from saccade.experiments.watching.watch import _watched
from saccade.experiments.watching.watched_run import WatchedRun
from saccade.experiments.watching.watched_sweep import WatchedSweep

STEPS, SCORE = "time/total_timesteps", "eval/score_mean"
ROWS = [{STEPS: 10, SCORE: 1.5}]
OWN = ProcessMark.own()
DEAD, ELSEWHERE = replace(OWN, began="before"), replace(OWN, machine="elsewhere")


def note(run: Path, how: How, reason: str = "", process: ProcessMark = OWN) -> None:
    (run / "status.json").write_text(RunNote(how, reason, process).text())


def quiet(run: Path) -> None:
    """As if the run had been silent for long."""
    for path in (*run.rglob("*"), run):
        before = path.stat().st_mtime - QUIET - 100
        os.utime(path, (before, before))


@pytest.fixture
def sweep(tmp_path: Path) -> SweepFolder:
    folder = SweepFolder(tmp_path / "sweep")
    folder.make(Plan({}, [Cell(name, {}) for name in "abcdef"], "group"))
    return folder


def says(folder: SweepFolder, process: ProcessMark | None = None, **runs: KnownOutcome) -> None:
    folder.states.write_text(SweepStates(runs, process).text())


def of(ask) -> tuple[str, str]:
    """State and note of a run's page."""
    news = ask("state").json()
    return news["status"].partition(",")[0], news["note"]


@pytest.mark.parametrize(
    ("how", "reason", "process", "state", "said"),
    [
        (How.RUNNING, "", OWN, "running", "There are no maps yet"),
        (How.RUNNING, "", ELSEWHERE, "running", "There are no maps yet"),
        (How.RUNNING, "", DEAD, "failed", f"The run has failed: {GONE}"),
        (How.FAILED, "the loss\x1b[31m is nan", DEAD, "failed", "The run has failed: the loss [31m is nan"),
        (How.FAILED, "", DEAD, "failed", "The run has failed."),
        (How.ENDED, "", DEAD, "stopped", "The run was stopped before its end; it can be resumed."),
    ],
)
def test_a_run_alone(tmp_path, begin_run, ask_about, how, reason, process, state, said):
    run = begin_run(tmp_path / "run", ROWS)
    note(run, how, reason, process)
    found = of(ask_about(WatchedRun(run)))
    assert found[0] == state
    assert found[1].startswith(said)


def test_a_run_alone_that_is_done(tmp_path, begin_run, ask_about):
    run = begin_run(tmp_path / "run", [{STEPS: 1000, SCORE: 1.5}])
    (run / "checkpoints" / "step_0000001000.zip").write_bytes(b"")
    note(run, How.ENDED)
    assert of(ask_about(WatchedRun(run))) == ("done", "This run is done and has no maps.")


def test_a_process_that_is_silent_for_long_goes_on_and_a_folder_without_a_note_tells_nothing(tmp_path, begin_run, ask_about):
    for name, noted in (("silent", True), ("old", False)):
        run = begin_run(tmp_path / name, ROWS)
        if noted:
            note(run, How.RUNNING)
        quiet(run)
        assert of(ask_about(WatchedRun(run)))[0] == "no news"


def test_a_run_that_is_resumed_has_not_ended_any_more(tmp_path, begin_run, ask_about):
    run = begin_run(tmp_path / "run", ROWS)
    note(run, How.FAILED, "no disk", DEAD)
    ask = ask_about(WatchedRun(run))
    assert of(ask)[0] == "failed"
    note(run, How.RUNNING)
    assert of(ask)[0] == "running"


def test_a_note_that_is_a_link_is_not_followed(tmp_path, begin_run, ask_about):
    run, elsewhere = begin_run(tmp_path / "run", ROWS), tmp_path / "elsewhere"
    elsewhere.mkdir()
    note(elsewhere, How.FAILED, "secret")
    (run / "status.json").symlink_to(elsewhere / "status.json")
    assert of(ask_about(WatchedRun(run)))[0] == "running"


def test_the_table_of_a_sweep_that_has_ended(sweep, begin_run, ask_about):
    for name in "acdf":
        begin_run(sweep.path / name, ROWS)
    (sweep.path / "f" / "checkpoints" / "step_0000001000.zip").write_bytes(b"")
    (sweep.path / "f" / "progress.csv").write_text(f"{STEPS},{SCORE}\n1000,2\n")
    sweep.log(Cell("a", {})).write_text("$ saccade train\n10 env steps: score 1.5\nerror: no disk\n")
    sweep.log(Cell("b", {})).write_text("$ saccade train\nerror: <b>cannot</b> begin\n")
    sweep.log(Cell("c", {})).write_text("$ saccade train\n10 env steps: score 1.5\n")
    outcomes = [Outcome.FAILED, Outcome.FAILED, Outcome.FAILED, Outcome.STOPPED, Outcome.WAITING, Outcome.DONE]
    states = {name: KnownOutcome(outcome) for name, outcome in zip("abcdef", outcomes, strict=True)}
    says(sweep, **{**states, "c": KnownOutcome(Outcome.FAILED, "ended by SIGKILL")})
    ask = ask_about(WatchedSweep(sweep))
    news = ask("state").json()
    assert news["status"] == "6 runs: 1 waiting, 3 failed, 1 stopped, 1 done"
    assert [(run["state"], run["reason"]) for run in news["runs"]] == [
        ("failed", "error: no disk"),
        ("failed", "error: <b>cannot</b> begin"),
        ("failed", "ended by SIGKILL; the last line of its log: 10 env steps: score 1.5"),
        ("stopped", ""),
        ("waiting", ""),
        ("done", ""),
    ]
    assert ask("run/0/state").json()["note"].startswith("The run has failed: error: no disk")
    assert ask("run/1/state").json()["note"].startswith("The run has failed: error: <b>cannot</b> begin")
    assert ask("run/4/state").json()["note"].startswith("The run has not begun")


def test_a_sweep_at_work_tries_what_failed_before(sweep, begin_run, ask_about):
    for name in "ab":
        note(begin_run(sweep.path / name, ROWS), How.FAILED, "no disk", DEAD)
    says(sweep, OWN, a=KnownOutcome(Outcome.WAITING), b=KnownOutcome(Outcome.RUNNING))
    ask = ask_about(WatchedSweep(sweep))
    assert [run["state"] for run in ask("state").json()["runs"]][:2] == ["waiting", "running"]
    says(sweep, DEAD, a=KnownOutcome(Outcome.WAITING), b=KnownOutcome(Outcome.RUNNING))  # and now it was killed
    assert [run["state"] for run in ask("state").json()["runs"]][:2] == ["failed", "failed"]


def test_a_run_of_a_sweep_that_goes_on_without_it(sweep, begin_run, ask_about):
    run = begin_run(sweep.path / "a", ROWS)
    says(sweep, a=KnownOutcome(Outcome.FAILED, "exit code 1"))
    ask = ask_about(WatchedSweep(sweep))
    assert ask("state").json()["runs"][0]["state"] == "failed"
    note(run, How.RUNNING)
    assert ask("state").json()["runs"][0]["state"] == "running"
    note(run, How.RUNNING, "", ELSEWHERE)
    os.utime(sweep.states, (1, 1))
    assert ask("state").json()["runs"][0]["state"] == "running"
    os.utime(sweep.states)
    assert ask("state").json()["runs"][0]["state"] == "failed"  # on another machine, and the sweep has seen its end


@pytest.mark.parametrize(
    ("how", "reason", "state", "said"),
    [(How.FAILED, "no disk", "failed", "no disk"), (How.ENDED, "", "stopped", ""), (How.RUNNING, "", "failed", GONE)],
)
def test_a_run_that_ended_again_without_its_sweep(sweep, begin_run, ask_about, how, reason, state, said):
    note(begin_run(sweep.path / "a", ROWS), how, reason, DEAD)
    sweep.log(Cell("a", {})).write_text("$ saccade train\n10 env steps: score 1.5\n")
    says(sweep, a=KnownOutcome(Outcome.PRUNED, "hopeless"))
    ask = ask_about(WatchedSweep(sweep))
    assert found_in(ask) == ("pruned", "hopeless")  # the sweep has seen the end that the run noted
    os.utime(sweep.states, (1, 1))
    assert found_in(ask) == (state, said)
    says(sweep, OWN, a=KnownOutcome(Outcome.PRUNED, "hopeless"))
    os.utime(sweep.states, (1, 1))
    assert found_in(ask) == ("pruned", "hopeless")  # it is at work and has ended the run itself


def found_in(ask) -> tuple[str, str]:
    """State and reason of the first run in the table of a sweep."""
    run = ask("state").json()["runs"][0]
    return run["state"], run["reason"]


def test_a_sweep_of_an_earlier_version_has_its_logs_alone(sweep, begin_run, ask_about):
    quiet(begin_run(sweep.path / "a", ROWS))
    begin_run(sweep.path / "b", ROWS)
    for name in "abc":
        sweep.log(Cell(name, {})).write_text("$ saccade train\nerror: no disk\n")
    runs = ask_about(WatchedSweep(sweep))("state").json()["runs"]
    assert [(run["state"], run["reason"]) for run in runs[:4]] == [
        ("failed", "error: no disk"),
        ("running", ""),
        ("failed", "error: no disk"),
        ("waiting", ""),
    ]


def test_logs_behind_links_are_not_read(sweep, ask_about, tmp_path):
    (tmp_path / "secret.log").write_text("error: secret\n")
    sweep.log(Cell("a", {})).symlink_to(tmp_path / "secret.log")
    says(sweep, a=KnownOutcome(Outcome.FAILED, "exit code 1"))
    assert ask_about(WatchedSweep(sweep))("state").json()["runs"][0]["reason"] == "exit code 1"


def test_a_run_of_a_sweep_alone_on_a_page_is_told_of_by_its_sweep(sweep, begin_run, ask_about):
    begin_run(sweep.path / "a", ROWS)
    says(sweep, a=KnownOutcome(Outcome.PRUNED))
    assert of(ask_about(_watched(sweep.path / "a"))) == ("pruned", "The search has ended this run early.")
