"""``force`` replaces what our commands have written, and nothing that a user has made."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from saccade.experiments import OutputError, compare, plot
from saccade.experiments.curves.drawing import FORMATS
from saccade.experiments.curves.tables import COLUMNS
from saccade.experiments.own_output import check_free, free_path, is_evaluation, is_explanation, is_plot, is_report, is_table
from saccade.saliency import MapKey, ProbeSet
from saccade.saliency.records.saliency_event import SaliencyEvent

CONFIG = "options: {env: Enduro, agent: pqn, seed: 0}\nhyperparameters: {n_timesteps: 9, n_envs: 1}\nwandb_id: x\n"
SCORES = "time/total_timesteps,eval/score_mean,eval/score_std\n4,1.5,0.5\n"


@pytest.fixture
def run(tmp_path) -> Path:
    """A run folder with scores and an event."""
    folder = tmp_path / "run"
    maps = {MapKey("value", "jacobian"): np.ones((1, 1, 4, 4), np.float32)}
    SaliencyEvent(0, ProbeSet(np.zeros((1, 1, 4, 4), np.uint8)), maps, None, None, {}).write(folder / "saliency")
    (folder / "config.yml").write_text(CONFIG)
    (folder / "progress.csv").write_text(SCORES)
    return folder


def test_a_page_is_replaced_and_a_users_file_is_not(run, tmp_path):
    page = tmp_path / "page.html"
    compare(run, output=page)
    with pytest.raises(OutputError, match="exists already and is not overwritten; choose another output, or replace it with force"):
        compare(run, output=page)
    compare(run, output=page, names="another", force=True)
    assert "another" in page.read_text()
    page.write_text("<html>my own notes about saccade compare</html>")
    with pytest.raises(OutputError, match="is not what this command writes"):
        compare(run, output=page, force=True)
    assert "my own notes" in page.read_text()


@pytest.mark.parametrize("ending", FORMATS)
def test_curves_are_replaced(run, tmp_path, ending):
    picture = tmp_path / f"scores{ending}"
    plot(run, output=picture)
    assert is_plot(picture)
    plot(run, output=picture, force=True)
    (tmp_path / "scores.csv").write_text("my,own,table\n1,2,3\n")
    with pytest.raises(OutputError, match=r"scores.csv is not what this command writes"):
        plot(run, output=picture, force=True)
    assert (tmp_path / "scores.csv").read_text().startswith("my,own")


def test_runs_that_have_no_scores_are_left_out_and_named(run, tmp_path):
    class Told:
        lines: list[str] = []  # noqa: RUF012
        shows_progress = False

        def say(self, line: str) -> None:
            self.lines.append(line)

    fresh, other = tmp_path / "fresh", tmp_path / "notes"
    fresh.mkdir()
    other.mkdir()
    (fresh / "config.yml").write_text(CONFIG)
    told = Told()
    plot([fresh, other, run], output=tmp_path / "scores.png", reporter=told)
    assert told.lines[0] == f"{fresh} has no scores yet and is left out"
    assert told.lines[1].startswith(f"left out: {other} is not a run folder")


@pytest.mark.parametrize(
    ("more", "ours"),
    [
        ([], True),
        (["step_0000000000.npz", "step_0000000000.mp4", "probes.npz", "report.md", "through-time-value.png"], True),
        (["notes.txt"], False),
        (["step_0.txt"], False),
    ],
)
def test_a_folder_with_one_file_more_is_not_ours(tmp_path, more, ours):
    for name in ("report.json", *more):
        (tmp_path / name).write_text("{}")
    assert is_explanation(tmp_path) is ours
    (tmp_path / "report.json").unlink()
    assert not is_explanation(tmp_path)


def test_a_folder_inside_is_the_users(tmp_path):
    (tmp_path / "report.json").write_text("{}")
    (tmp_path / "probes.npz").mkdir()
    assert not is_explanation(tmp_path)


def test_reports_and_tables(tmp_path):
    file = tmp_path / "a.json"
    for text, ours in (
        (json.dumps({"checkpoint": "x", "env_steps": 1, "seed": 2}), True),
        ("[1]", False),
        ("{", False),
        ("{}", False),
    ):
        file.write_text(text)
        assert is_report(file) is ours
    assert not is_report(tmp_path / "none.json")
    (tmp_path / "a.csv").write_text(",".join(COLUMNS) + "\n")
    assert is_table(tmp_path / "a.csv", list(COLUMNS))
    (tmp_path / "a.csv").write_text("")
    assert not is_table(tmp_path / "a.csv", list(COLUMNS))


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_link_is_never_followed(tmp_path):
    (tmp_path / "target").write_text("kept")
    (tmp_path / "link").symlink_to(tmp_path / "target")
    with pytest.raises(OutputError, match="even with force"):
        check_free(tmp_path / "link", True, lambda _: True)
    check_free(tmp_path / "free", False, lambda _: False)


def test_an_evaluation_of_a_model_is_told_by_its_files(tmp_path):
    scores = tmp_path / "scores.json"
    scores.write_text(json.dumps({"checkpoint": "a.zip", "env_steps": 5, "seed": 0, "notes": []}))
    assert is_evaluation(tmp_path)
    (tmp_path / "video.mp4").write_bytes(b"")
    assert is_evaluation(tmp_path)
    (tmp_path / "mine.txt").write_text("notes")
    assert not is_evaluation(tmp_path)
    (tmp_path / "mine.txt").unlink()
    scores.write_text("{}")
    assert not is_evaluation(tmp_path)


def test_the_first_free_name(tmp_path):
    wanted = tmp_path / "run"
    assert free_path(wanted) == wanted
    wanted.mkdir()
    (tmp_path / "run-2").write_text("a file takes a name, too")
    assert free_path(wanted) == tmp_path / "run-3"
