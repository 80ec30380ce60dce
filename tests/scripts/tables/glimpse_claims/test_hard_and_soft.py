"""The tables of hard glimpses and their rivals, from small files."""

import json

from saccade.scripts.tables.glimpse_claims.hard_and_soft import cost, first_below, time_cell, trained

CURVE = [
    {"images": 100_000, "seconds": 360.0, "error_percent": 30.0},
    {"images": 200_000, "seconds": 720.0, "error_percent": 10.0},
    {"images": 300_000, "seconds": 1080.0, "error_percent": 12.0},
]


def test_the_time_to_an_error_by_hand():
    assert first_below(CURVE, 10.0) is CURVE[1]
    assert first_below(CURVE, 9.9) is None
    assert [time_cell(CURVE, mark) for mark in (30.0, 12.0, 5.0)] == ["0.10 M, 0.10 h", "0.20 M, 0.20 h", "never"]
    assert time_cell([{"images": 1_000_000, "error_percent": 1.0}], 5.0) == "1.00 M"


def test_trainings(tmp_path):
    figures = {"error_percent": 8.0, "standard_error": 0.25}
    content = {"row": "cluttered-60", "variant": "window", "seed": 0, "images": 1, "seconds": 1, "validation": figures}
    content |= {"test": figures, "validation_curve": CURVE, "multiply_adds": 17_500_000}
    folder = tmp_path / "glimpses" / "rows"
    folder.mkdir(parents=True)
    (folder / "cluttered-60-window-short-0.json").write_text(json.dumps(content))
    lines = trained(tmp_path)
    assert len(lines) == 2 + 2 * 5
    task = "60x60 cluttered, two convolutions"
    assert lines[3] == f"| {task} | DRAW's window | 8.00 +- 0.25 | 0.20 M, 0.20 h | 0.20 M, 0.20 h | never | 17.5 M |"
    assert lines[2] == f"| {task} | hard glimpses (REINFORCE) | not run | not run | not run | not run | not run |"


def test_costs(tmp_path):
    assert cost(tmp_path) == ["Not measured yet."]
    rows = [
        {"network": name, "size": size, "multiply_adds": count, "parameters": 1_500_000, "seconds": {"1": times[0], "64": times[1]}}
        for name, size, count, times in (
            ("hard", 60, 16_000_000, (0.01, 0.001)),
            ("cnn", 60, 20_000_000, (0.02, 0.002)),
            ("hard", 1024, 16_000_000, (0.011, 0.001)),
            ("cnn", 1024, 5_000_000_000, (1.0, 0.5)),
        )
    ]
    (tmp_path / "glimpses").mkdir()
    (tmp_path / "glimpses" / "cost.json").write_text(json.dumps({"settings": {"batches": [1, 64]}, "rows": rows}))
    assert cost(tmp_path)[2:] == [
        "| hard glimpses | 60 | 16 M | 10 | 1 | 1.50 M |",
        "| hard glimpses | 1,024 | 16 M | 11 | 1 | 1.50 M |",
        "| hard glimpses | 1,024 / 60 | x 1 | x 1.1 | x 1 |  |",
        "| CNN | 60 | 20 M | 20 | 2 | 1.50 M |",
        "| CNN | 1,024 | 5,000 M | 1,000 | 500 | 1.50 M |",
        "| CNN | 1,024 / 60 | x 250 | x 50 | x 250 |  |",
    ]
