"""Rounds of one training alone beside another checkout."""

import json

from saccade.scripts.tables.speed import one_alone


def test_a_round_that_was_cut_off_changes_no_ratio(tmp_path):
    rates = [
        ("1 at once", 100),
        ("1, the other checkout", 50),
        ("1 at once", 300),
        ("1, the other checkout", 150),
        ("1 at once", 200),
    ]
    rows = [{"agent": "pqn", "way": way, "together": rate} for way, rate in rates]
    (tmp_path / "side-by-side-alone.json").write_text(json.dumps({"rows": rows}))
    assert one_alone(tmp_path)[2:] == [
        "| pqn | 1 at once | 100, 300, 200 | 200 | 1.00 |",
        "| pqn | 1, the other checkout | 50, 150 | 100 | 0.50 |",
    ]
