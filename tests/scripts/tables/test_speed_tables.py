"""Rounds of one training alone beside another checkout, and what a sweep costs."""

import json

import pytest

from saccade.scripts.benchmarks.claims import CLAIMS
from saccade.scripts.tables import speed
from saccade.scripts.tables.speed import SCRIPTS_OWN, WHAT, measurements_of, missed, one_alone, side_by_side, sweep_overhead


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


def test_a_sweep_that_costs_too_much_has_missed_its_target(tmp_path):
    alike = {"runs": 8, "slots": 2, "by_hand": 100, "own_cpu": 1, "cpu_of_runs": 100}
    rows = [{"round": number, "seconds": seconds, **alike} for number, seconds in enumerate((104, 106))]
    for name, steps in (("", "20"), ("-long", "60000")):
        about = {"options": {"total_timesteps": steps}, "rows": rows[: 2 if name else 1]}
        (tmp_path / f"sweep-overhead{name}.json").write_text(json.dumps(about))
    lines = [line.removeprefix("| ").split(" | ") for line in sweep_overhead(tmp_path)[2:]]
    assert [[line[0], *line[6:8]] for line in lines] == [
        ["20", "+4.0 %", "met"],
        ["60,000", "+4.0 %", "met"],
        ["60,000", "+6.0 %", "missed"],
        ["together", "+4.7 %", "met"],
    ]


@pytest.mark.parametrize(("seconds", "told"), [(104, ""), (106.5, "the time of a sweep (+6.5 % instead of at most 5 %)")])
def test_a_sweep_that_costs_too_much_is_among_what_was_missed(tmp_path, monkeypatch, seconds, told):
    row = {"seconds": seconds, "by_hand": 100, "own_cpu": 1, "cpu_of_runs": 100}
    about = {"options": {"total_timesteps": "20"}, "rows": [row]}
    (tmp_path / "sweep-overhead.json").write_text(json.dumps(about))
    monkeypatch.setattr(speed, "measured", lambda _: {})
    assert speed.missed(tmp_path) == told


def test_a_row_that_was_measured_twice_says_both_commits(tmp_path):
    for name, commit, rate in (("a.json", "a" * 40, 300), ("b.json", "b" * 40, 400)):
        rows = [{"name": each, "ratio": rate / 100, "rounds": [[rate, 100], [rate, 200]]} for each in ("replay-sample", "dqn-loop")]
        (tmp_path / name).write_text(json.dumps({"commit": commit, "rows": rows}))
    both = measurements_of("replay-sample", ("a.json", "b.json"), tmp_path)
    assert both == "3 (1.5 to 3) at commit aaaaaaa, 4 (2 to 4) at commit bbbbbbb"


def test_a_round_is_compared_with_the_one_alone_of_the_same_round(tmp_path):
    rates = [(0, "1 at once", 100), (0, "2 at once", 150), (1, "1 at once", 200), (1, "2 at once", 320)]
    alike = {"agent": "pqn", "rates": [1], "threads": [None], "heard": [0.1]}
    rows = [{"round": number, "way": way, "together": rate, **alike} for number, way, rate in rates]
    (tmp_path / "side-by-side.json").write_text(json.dumps({"rows": rows}))
    assert [line.split(" | ")[4] for line in side_by_side(tmp_path)[2:]] == ["1.00", "1.50", "1.00", "1.60"]


def test_every_row_of_the_benchmark_can_stand_in_a_table():
    """All but the one that has a sentence of its own."""
    assert {claim.name.removesuffix(SCRIPTS_OWN) for claim in CLAIMS} - {"saliency-callback"} == set(WHAT)


def test_a_target_missed_in_a_users_own_script_is_told(tmp_path, monkeypatch):
    row = {"name": "dqn-loop-in-a-script", "target": 2.0, "met": False, "ratio": 1.5}
    (tmp_path / "benchmark-2-cores-in-a-script.json").write_text(json.dumps({"rows": [row, {**row, "name": "other", "met": True}]}))
    monkeypatch.setattr(speed, "measured", lambda _: {})
    assert missed(tmp_path) == "dqn-loop-in-a-script (1.5 instead of 2)"


def test_of_a_target_that_was_measured_twice_the_last_figure_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(speed, "measured", lambda _: {})
    row = {"name": "soft-attention-lstm", "target": 2.0, "met": False}
    for file, ratio in ((speed.ATTENTION, 1.2), (speed.LSTM, 1.5)):
        (tmp_path / file).write_text(json.dumps({"rows": [{**row, "ratio": ratio}]}))
    assert missed(tmp_path) == "soft-attention-lstm (1.5 instead of 2)"
