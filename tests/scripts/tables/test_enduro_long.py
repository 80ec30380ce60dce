"""The tables of the long runs of Enduro, from small files."""

import json

from saccade.scripts.tables.enduro_long import LONG, curves, scores, speed


def test_before_any_run(tmp_path):
    assert "not measured" in speed(tmp_path)
    assert all(len(made(tmp_path)) == 1 for made in (curves, scores))


def test_curves_have_the_first_row_from_each_mark_on(tmp_path):
    (tmp_path / LONG).mkdir(parents=True)
    head = "env_steps,seconds,mean_return,learning_rate,machine\n"
    (tmp_path / LONG / "seed-1.csv").write_text(
        head + "10000,20,,0.1,H200\n20000,30,1,0.1,H200\n510000,79,4.4,0.1,H200\n520000,80,5,0.1,H200\n1000000,9000,16,0.1,CPU\n"
    )
    (tmp_path / LONG / "seed-2.csv").write_text(head + "10000,20,,0.1,H200\n20000,30,1,0.1,H200\n620000,130,7,0.1,H200\n")
    assert curves(tmp_path)[2:] == ["| 2,000,000 | 4 | 7 |", "| 4,000,000 | 16 |  |"]


def test_speed_is_measured_in_full_swing(tmp_path):
    (tmp_path / LONG).mkdir(parents=True)
    rows = "20000,30,1,0.1,H200\n1000000,200,2,0.1,H200\n1600000,300,3,0.1,H200\n2500000,450,4,0.1,H200\n2600000,9000,5,0.1,H200\n"
    (tmp_path / LONG / "seed-1.csv").write_text("env_steps,seconds,mean_return,learning_rate,machine\n" + rows)
    assert speed(tmp_path) == "6,000 env steps/s"


def test_each_kind_of_games_of_a_checkpoint(tmp_path):
    (tmp_path / LONG).mkdir(parents=True)
    games = {"games": 3, "distinct": 2, "mean": 1500.0, "std": 1.0, "standard_error": 9.6, "min": 1.0, "max": 2000.0, "median": 5.0}
    report = {"env_steps": 2_500_000, "kind": "sticky", "probability": 0.25, **games}
    report["others"] = [{"kind": "greedy", "probability": 0.0, **games}]
    (tmp_path / LONG / "seed-2-at-2500000.json").write_text(json.dumps(report))
    first, second, *_ = scores(tmp_path)[2:]
    assert first.startswith("| PQN, seed 2, 10,000,000 of 40,000,000 frames | sticky 0.25, 2 of 3 games distinct | 1,500, ")
    assert "greedy, 2 of 3 games distinct" in second
