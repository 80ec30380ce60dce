"""Tables by hand, from small files."""

import json

import numpy as np
import pytest
from scipy.stats import linregress

from saccade.scripts.tables.evaluations import played_of, score_of
from saccade.scripts.tables.peers import failed
from saccade.scripts.tables.readme import speed_where
from saccade.scripts.tables.registry import RESULTS
from saccade.scripts.tables.robustness import growth, kills_of, slope, soak
from saccade.scripts.tables.speed import MAIN, REPLAY, WHAT, line, measured, rows_of


def row(**changed: object) -> dict:
    usual = {"name": "replay-sample", "unit": "transitions/s", "ours": 2000.0, "peer": 500.0, "ratio": 4.0, "better": "higher"}
    return {**usual, "target": 5, "met": False, "rounds": [[2000, 500], [1500, 500], [2500, 500]], **changed}


def test_a_row_of_speed_by_hand():
    ours, other = WHAT["replay-sample"]
    assert line(row()) == ["replay-sample", ours, other, "transitions/s", "2,000", "500", "4 (3 to 5)", ">= 5", "missed"]
    assert line(row(rounds=[[2000, 500]], target=None))[-3:] == ["4", "none", None]
    assert line(row(better="lower", target=5, met=True))[-2:] == ["<= 5", "met"]
    assert line(row(target=3, met=True))[-2:] == [">= 3", "met"]
    assert line(row(target=3.5, met=True))[-2:] == [">= 3.5", "met by the median, 2 of 3 rounds"]


def test_every_row_of_the_benchmark_says_the_settings_of_both_sides():
    rows = measured(RESULTS)
    assert set(rows) - {"saliency-callback"} <= set(WHAT)
    ours, other = WHAT["pqn-vs-dqn"]
    assert "32 envs, bfloat16" in ours
    assert "1 env, float32" in other


@pytest.mark.parametrize("name", ["saccade", "saccade-rl"])
def test_the_readme_says_our_version_under_either_name_of_the_distribution(tmp_path, name):
    versions = {name: "0.2.0", "stable-baselines3": "2.9.2", "captum": "0.9.0", "torch": "2.13.0"}
    about = {"versions": versions, "hardware": {"cores": 2, "cpu": "AMD EPYC"}, "commit": "0123456789"}
    (tmp_path / MAIN).write_text(json.dumps(about))
    told = "2 cores of an AMD EPYC, saccade 0.2.0, stable-baselines3 2.9.2, captum 0.9.0, torch 2.13.0, commit 0123456"
    assert speed_where(tmp_path) == told


def test_a_row_that_was_measured_again_takes_the_place_of_the_first(tmp_path):
    (tmp_path / MAIN).write_text(json.dumps({"rows": [row(), row(name="env-vs-ale", ours=3.0)]}))
    (tmp_path / REPLAY).write_text(json.dumps({"rows": [row(ours=9000.0)]}))
    lines = rows_of((MAIN, REPLAY), tmp_path)
    assert len(lines) == 4
    assert "| 9,000 |" in lines[2]
    assert lines[3].startswith("| env-vs-ale |")


def test_an_evaluation_says_what_it_knows_of_its_games():
    older = {"mean": 1523.9, "std": 259.7, "scores": [1.0, 2.0, 2.0, 3.0]}  # its deviation is not that of a sample
    assert played_of(older) == "greedy, 4 games with 3 different scores"
    assert score_of(older, digits=2) == "1,523.90, standard deviation 0.82"  # the root of 2/3
    newer = {"mean": 10.4, "std": 3.0, "standard_error": 1.5, "kind": "sticky", "probability": 0.25, "distinct": 4, "games": 5}
    assert (played_of(newer), score_of(newer)) == ("sticky 0.25, 4 of 5 games distinct", "10, standard error 2")
    one = {**newer, "standard_error": None, "std": None}
    assert score_of(one) == "10, one game"


def test_soak_with_and_without_what_is_allocated(tmp_path):
    samples = [{"seconds": 60.0 * i, "memory": 100.4 + i, "files": 7, "threads": 9} for i in range(18)]
    (tmp_path / "soak.json").write_text(json.dumps({"samples": samples}))
    assert soak(tmp_path)[2:4] == ["| 2 to 3 | 103 | 7.0 | 9.0 |", "| 4 to 5 | 105 | 7.0 | 9.0 |"]
    zero = "0.0 (standard error 0.0)"
    assert growth(tmp_path) == f"60.0 (standard error 0.0) MB of memory, {zero} open files, {zero} threads"
    newer = [{**each, "allocated": 50.0} for each in samples]
    (tmp_path / "soak.json").write_text(json.dumps({"samples": newer}))
    assert soak(tmp_path)[0] == "| minutes | memory, MB | allocated, MB | open files | threads |"
    assert f"{zero} MB allocated" in growth(tmp_path)


def test_the_standard_error_of_a_slope():
    # Values 0, 3, 0 at hours 0, 1, 2. No slope; the residuals -1, 2, -1 have variance 6 / 1, and that over 2 is 3.
    samples = [{"seconds": 3600.0 * i, "x": value} for i, value in enumerate([0.0, 3.0, 0.0])]
    assert slope(samples, "x") == pytest.approx((0.0, 3**0.5))
    # As scipy has it, for 16 values that no mean changes.
    rng = np.random.default_rng(0)
    later = [{"seconds": 3600.0 * i, "x": float(value)} for i, value in enumerate(rng.normal(size=16))]
    found = linregress(np.arange(16), [each["x"] for each in later])
    assert slope(later, "x") == pytest.approx((found.slope, found.stderr))


def test_kills_by_hand():
    cases = [
        {"kind": "kill", "agent": "pqn", "damaged": [], "events_lost": 1, "steps_lost": [3, 9], "kills": 2, "same_weights": True},
        {"kind": "kill", "agent": "pqn", "damaged": ["a"], "kills": 1, "same_weights": False, "most_steps": 96},
        {"kind": "full disk", "agent": "pqn", "damaged": []},
    ]
    assert kills_of(cases)[2:] == [
        "| full disk, pqn | 1 | 0 | 0 | 0 |  |  |  |",
        "| kill, pqn | 2 | 3 | 1 | 1 | 9 |  | 1 of 2 |",
        "| all | 3 | 3 | 1 | 1 | 9 |  | 1 of 2 |",
    ]


def test_all_tests_of_the_peers_that_do_not_pass_are_counted(tmp_path):
    rows = {
        "a": {"passed": 1000, "not_ours": [{}] * 3, "ours_to_mend": [{}]},
        "b": {"passed": 5, "not_ours": [], "ours_to_mend": []},
    }
    (tmp_path / "peers.json").write_text(json.dumps({"substitutions": rows}))
    assert failed(tmp_path) == "4 of 1,009 tests do not pass"
