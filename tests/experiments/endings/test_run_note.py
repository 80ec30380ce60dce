"""What a run notes of its end, whatever ends it."""

import json

import pytest

from saccade.experiments import DivergedError, RunFolderError
from saccade.experiments.endings.run_note import INTERRUPTED, How, RunNote, noted


def ended_by(run, error: BaseException) -> RunNote:
    with pytest.raises(type(error)), noted(run):
        raise error
    note = RunNote.of(run)
    assert note is not None
    return note


def test_a_run_goes_on_and_ends(tmp_path):
    assert RunNote.of(tmp_path) is None
    with noted(tmp_path):
        note = RunNote.of(tmp_path)
        assert note.how is How.RUNNING
        assert note.process.is_there() is True
    assert (RunNote.of(tmp_path).how, RunNote.of(tmp_path).reason) == (How.ENDED, "")


@pytest.mark.parametrize(
    ("error", "how", "reason"),
    [
        (RunFolderError("the disk is full\nand more"), How.FAILED, "the disk is full"),
        (DivergedError("the loss is nan", None), How.FAILED, "the loss is nan. No checkpoint was written before"),
        (KeyError("a"), How.FAILED, "KeyError: 'a'"),
        (MemoryError(), How.FAILED, "MemoryError"),
        (KeyboardInterrupt(), How.ENDED, INTERRUPTED),
    ],
)
def test_what_ends_a_run_is_noted(tmp_path, error, how, reason):
    note = ended_by(tmp_path, error)
    assert note.how is how
    assert note.reason.startswith(reason)
    assert "\n" not in note.reason


def test_a_folder_that_takes_no_note_ends_no_run(tmp_path):
    reached = []
    with noted(tmp_path / "gone"):
        reached.append(True)
    assert reached == [True]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "3", "null", '{"state": "flying", "reason": "", "process": {}}', '{"state": "ended"}', "[" * 5000]
)
def test_a_damaged_note_is_none(tmp_path, text):
    (tmp_path / "status.json").write_text(text)
    assert RunNote.of(tmp_path) is None


def test_the_file_has_a_state_a_reason_and_the_process(tmp_path):
    ended_by(tmp_path, RunFolderError("no"))
    content = json.loads((tmp_path / "status.json").read_text())
    assert (content["state"], content["reason"], sorted(content["process"])) == ("failed", "no", ["began", "machine", "number"])
