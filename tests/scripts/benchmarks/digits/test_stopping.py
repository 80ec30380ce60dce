"""The picture of error against mean looks: from the reports of a folder to a file."""

import json

import pytest

from saccade.experiments import USER_ERRORS
from saccade.scripts.benchmarks.digits.stopping import draw

POINT = {"rule": "own", "setting": 0.01, "mean_looks": 4.5, "error_percent": 1.8, "standard_error": 0.25}


def test_reports_of_a_folder_become_a_picture(tmp_path):
    with pytest.raises(USER_ERRORS, match="no report with test digits"):
        draw(tmp_path, tmp_path / "new.png")
    for name, split in (("cheap", "test"), ("not tested", "validation")):
        (tmp_path / f"{name}.json").write_text(json.dumps({"curves": {split: [POINT]}}))
    draw(tmp_path, tmp_path / "new.png")
    assert (tmp_path / "new.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(USER_ERRORS, match="must end with"):
        draw(tmp_path, tmp_path / "new.gif")
