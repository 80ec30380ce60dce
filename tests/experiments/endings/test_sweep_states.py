"""The states of a sweep as others read them, while it goes on and after it."""

from dataclasses import replace

import pytest

from saccade.experiments.endings.outcome import Outcome
from saccade.experiments.endings.process_mark import ProcessMark
from saccade.experiments.endings.sweep_states import KnownOutcome, StatesFile, SweepStates


def test_the_file_follows_the_states_and_what_ran_at_the_end_was_stopped(tmp_path):
    file = tmp_path / "states.json"
    now = {"a": KnownOutcome(Outcome.RUNNING), "b": KnownOutcome(Outcome.WAITING)}
    assert SweepStates.of(file) is None
    with StatesFile(file, lambda: dict(now)) as kept:
        assert SweepStates.of(file).runs == now
        assert SweepStates.of(file).goes_on()
        written = file.stat().st_ino
        kept.look()
        assert file.stat().st_ino == written  # nothing has changed
        now["c"] = KnownOutcome(Outcome.FAILED, "exit code 1")
        kept.look()
        assert SweepStates.of(file).runs == now
    read = SweepStates.of(file)
    assert read.runs == {**now, "a": KnownOutcome(Outcome.STOPPED)}
    assert not read.goes_on()


def test_a_sweep_that_was_killed_does_not_go_on():
    own = ProcessMark.own()
    assert not SweepStates({}, replace(own, began="before")).goes_on()
    assert SweepStates({}, replace(own, machine="elsewhere")).goes_on()


def test_a_folder_that_takes_no_file_ends_no_sweep(tmp_path):
    with StatesFile(tmp_path / "gone" / "states.json", dict) as kept:
        kept.look()
    assert not (tmp_path / "gone").exists()


def test_states_that_could_not_be_written_are_written_later(tmp_path):
    file, now = tmp_path / "later" / "states.json", {"a": KnownOutcome(Outcome.FAILED, "exit code 1")}
    with StatesFile(file, lambda: dict(now)) as kept:
        file.parent.mkdir()
        kept.look()
        assert SweepStates.of(file).runs == now


@pytest.mark.parametrize("text", ["", "{", "3", "[]", '{"process": null, "runs": []}', '{"process": 3, "runs": {}}', "[" * 5000])
def test_a_damaged_file_says_nothing(tmp_path, text):
    (tmp_path / "states.json").write_text(text)
    assert SweepStates.of(tmp_path / "states.json") is None
