"""The cost of gazes that were never made: which trainings there are, and that a file is of one measurement."""

import json

import pytest

from saccade.experiments import USER_ERRORS
from saccade.scripts.benchmarks.digits import forced_gaze


@pytest.fixture
def trained(monkeypatch):
    """The trainings that were asked for."""
    asked = []

    def without_training(seed, told, updates, gaze):
        asked.append((seed, told, updates, gaze))
        return {"error_percent": 50.0}

    monkeypatch.setattr(forced_gaze, "trained", without_training)
    return asked


def test_finished_trainings_are_kept(tmp_path, trained):
    output = tmp_path / "gaze.json"
    forced_gaze.measure(output, updates=2, seeds=1)
    forced_gaze.measure(output, updates=2, seeds=2)
    assert trained == [(seed, told, 2, "random") for seed in (0, 1) for told in (False, True)]
    found = json.loads(output.read_text())
    assert (found["updates"], len(found["runs"])) == (2, 4)
    assert all("commit" in run for run in found["runs"])  # of each, since the next ones may be of another


@pytest.mark.parametrize("changed", [{"updates": 3}, {"gaze": "center"}])
def test_a_file_of_other_trainings_is_refused(changed, tmp_path, trained):
    output = tmp_path / "gaze.json"
    forced_gaze.measure(output, updates=2, seeds=1)
    before = output.read_text()
    ((name, value),) = changed.items()
    with pytest.raises(USER_ERRORS, match=f"was measured with {name} .*, not {value}; choose another output"):
        forced_gaze.measure(output, **{"updates": 2, "seeds": 1, **changed})
    assert output.read_text() == before


def test_a_file_of_something_else_is_refused_in_one_line(tmp_path, trained, capsys):
    output = tmp_path / "gaze.json"
    output.write_text("[]")
    with pytest.raises(USER_ERRORS, match="is not a file of this measurement"):
        forced_gaze.main(["--output", str(output)], "forced_gaze.py")
    assert output.read_text() == "[]"
