"""Which runs are measured, and the file that each gets."""

from types import SimpleNamespace

import numpy as np
import pytest

from saccade.experiments import ConfigError, OutputError, RunFolderError
from saccade.experiments.run_folder import RunFolder
from saccade.scripts.benchmarks.runs.measured_runs import check_counts, check_methods, measure_each, name_of, opened, rounded


@pytest.fixture
def runs(tmp_path):
    """Folders of two runs."""
    paths = [tmp_path / "here" / "a", tmp_path / "here" / "b"]
    for path in paths:
        path.mkdir(parents=True)
        (path / "config.yml").touch()
    return paths


def test_each_run_gets_a_file_once(runs, tmp_path, capsys):
    output, measured = tmp_path / "out" / "figures", []

    def text_of(folder: RunFolder) -> str:
        measured.append(name_of(folder))
        return f"figures of {name_of(folder)}"

    measure_each(opened(runs[:1]), output, text_of)
    measure_each(opened(runs), output, text_of)
    assert measured == ["a", "b"]
    assert {path.name: path.read_text() for path in output.iterdir()} == {"a.json": "figures of a", "b.json": "figures of b"}
    told = capsys.readouterr()
    assert "a.json is there already; remove it to measure the run again" in told.out + told.err


def test_a_run_is_known_by_the_last_part_of_its_whole_path(runs):
    (folder,) = opened([runs[0] / ".." / "b"])
    assert name_of(folder) == "b"


def test_two_runs_of_one_name_are_refused(runs, tmp_path):
    twin = tmp_path / "there" / "a"
    twin.mkdir(parents=True)
    (twin / "config.yml").touch()
    with pytest.raises(OutputError, match="two of the runs have the same name"):
        opened([*runs, twin])


def test_what_is_no_run_folder_is_refused(runs, tmp_path):
    with pytest.raises(RunFolderError, match="is not a run folder"):
        opened([*runs, tmp_path])


def test_counts_and_methods_are_checked():
    check_counts(SimpleNamespace(states=1), "states")
    with pytest.raises(ConfigError, match="is 0; it must be at least 1"):
        check_counts(SimpleNamespace(states=0), "states")
    check_methods(["jacobian"])
    with pytest.raises(ConfigError, match="there is no method 'jacobean'; it must be one of: "):
        check_methods(["jacobian", "jacobean"])


def test_figures_of_a_file_are_short_and_have_no_nan():
    figures = {"a": 0.123456, "b": float("nan"), "c": {"d": np.float32(1234.5678), "e": -np.inf}, "f": 12345678, "g": "0.123456"}
    assert rounded(figures) == {"a": 0.1235, "b": None, "c": {"d": 1234.5677, "e": None}, "f": 12345678, "g": "0.123456"}
    assert rounded(figures, ".3g") == {"a": 0.123, "b": None, "c": {"d": 1230.0, "e": None}, "f": 12345678, "g": "0.123456"}
    assert (rounded(None), rounded(True)) == (None, True)
