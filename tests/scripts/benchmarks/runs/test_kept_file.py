"""A file of figures is gone on with only under the settings that it was begun with."""

import json

import pytest

from saccade.experiments import OutputError
from saccade.scripts.benchmarks.runs.kept_file import read_kept


def test_a_file_of_the_same_settings_is_read(tmp_path):
    content = {"settings": {"sizes": [1, 2]}, "rows": [3]}
    (tmp_path / "kept.json").write_text(json.dumps(content))
    asked = {"sizes": (1, 2)}  # a tuple is a list in a file
    assert read_kept(tmp_path / "kept.json", lambda found: found["settings"], asked, "rows") == content


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"settings": {"games": 4}, "rows": []}, "was measured with games 4, not 5; choose another output"),
        ({"settings": {"games": 5, "seed": 1}, "rows": []}, "was measured with seed 1, not None"),
        ({"settings": {"games": 5}}, "is not a file of this measurement"),
        ({"rows": []}, "is not a file of this measurement"),
        ([1], "is not a file of this measurement"),
        ({"settings": None, "rows": []}, "is not a file of this measurement"),
    ],
)
def test_a_file_of_something_else_is_refused(tmp_path, content, said):
    (tmp_path / "kept.json").write_text(json.dumps(content))
    with pytest.raises(OutputError, match=said):
        read_kept(tmp_path / "kept.json", lambda found: found["settings"], {"games": 5}, "rows")


def test_a_damaged_file_is_refused(tmp_path):
    (tmp_path / "kept.json").write_text('{"settings": ')
    with pytest.raises(OutputError, match="is not a file of this measurement"):
        read_kept(tmp_path / "kept.json", lambda found: found["settings"], {})
