"""What it costs to learn from gazes that were never made, from a small file."""

import json

from saccade.scripts.tables.glimpses import forced_gaze


def run(seed: int, told: bool, error: float) -> dict[str, object]:
    return {"seed": seed, "told": told, "error_percent": error, "standard_error": 0.5}


def test_differences_by_seed_and_their_mean(tmp_path):
    (tmp_path / "glimpses").mkdir()
    file = tmp_path / "glimpses" / "forced-gaze.json"
    pairs = [run(0, False, 14.0), run(0, True, 13.0), run(1, False, 18.0), run(1, True, 15.0)]
    file.write_text(json.dumps({"runs": [*pairs, run(2, False, 9.0)]}))  # the third seed is not finished
    assert forced_gaze(tmp_path)[2:] == [
        "| 0 | 13.0 +- 0.5 | 14.0 +- 0.5 | +1.0 |",
        "| 1 | 15.0 +- 0.5 | 18.0 +- 0.5 | +3.0 |",
        "| mean |  |  | +2.0, standard error over seeds 1.0 |",  # of 1 and 3: sqrt(2) / sqrt(2)
    ]
    file.write_text(json.dumps({"runs": pairs[:2]}))
    assert forced_gaze(tmp_path)[2:] == ["| 0 | 13.0 +- 0.5 | 14.0 +- 0.5 | +1.0 |"]
