"""The picture of error against mean looks: what is drawn where."""

import json

import pytest

from saccade.experiments import USER_ERRORS
from saccade.experiments.when_to_stop.stop_figure import stop_figure
from saccade.scripts.benchmarks.digits.stopping import draw


def point(rule: str, setting: float, looks: float, error: float) -> dict:
    return {"rule": rule, "setting": setting, "mean_looks": looks, "error_percent": error, "standard_error": 0.25}


FIXED = [point("fixed", 8, 8, 2), point("fixed", 1, 1, 9)]
REPORTS = {
    "all": {"curves": {"test": [*FIXED, point("confidence", 0.9, 3, 2.1), point("confidence", 0.5, 2, 4)]}},
    "cheap": {"curves": {"test": [point("own", 0.01, 4.5, 1.8)]}},
    "not tested": {"curves": {"validation": [point("own", 0.01, 4.5, 1.8)]}},
}


def test_lines_go_by_looks_and_each_own_choice_is_a_point_with_its_price():
    (axes,) = stop_figure(REPORTS, "test").axes
    drawn = {container.get_label(): container.lines[0].get_xydata().tolist() for container in axes.containers}
    assert drawn == {
        "all, fixed number": [[1, 9], [8, 2]],
        "all, until one answer is likely": [[2, 4], [3, 2.1]],
        "cheap, its own choice": [[4.5, 1.8]],
    }
    assert [text.get_text() for text in axes.texts] == ["0.01"]


def test_reports_of_a_folder_become_a_picture(tmp_path):
    with pytest.raises(USER_ERRORS, match="no report with test digits"):
        draw(tmp_path, tmp_path / "new.png")
    for name, found in REPORTS.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(found))
    draw(tmp_path, tmp_path / "new.png")
    assert (tmp_path / "new.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(USER_ERRORS, match="must end with"):
        draw(tmp_path, tmp_path / "new.gif")
