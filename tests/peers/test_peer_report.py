import json
import re
from pathlib import Path

from peer_report import Excuse, Outcome, as_json, as_theirs, excuses, judged, unexplained
from substitutions import SUBSTITUTIONS

from saccade.scripts.tables.peers import passed, reasons

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "results" / "peers.json"


def outcome(test: str, outcome: str, used: bool = True, why: str = "") -> Outcome:
    return Outcome(test, outcome, used, why)


WITH = [
    outcome("sb3/a.py::used", "passed"),
    outcome("sb3/a.py::never_met_ours", "passed", used=False),
    outcome("sb3/a.py::used", "passed"),  # an interrupted run began it before
    outcome("sb3/a.py::no_gpu", "skipped"),
    outcome("sb3/a.py::broken_anyway", "failed", why="no pygame"),
    outcome("sb3/a.py::theirs[1]", "failed", why="no replay buffer"),
    outcome("sb3/a.py::ours", "failed", why="ValueError: 3"),
    outcome("sb3/a.py::ours", "failed", why="its teardown"),
]
WITHOUT = [outcome("sb3/a.py::broken_anyway", "failed"), outcome("sb3/a.py::ours", "passed", used=False)]
KNOWN = [Excuse(("pqn",), r"theirs\[", "PQN has none"), Excuse(("double-dqn",), "ours", "of another substitution")]


def test_each_outcome_is_counted_once_and_by_what_it_means():
    sums = judged("pqn", WITH, WITHOUT, KNOWN)
    assert (sums.passed, sums.passed_without_use, sums.skipped) == (1, 1, 1)
    assert sums.fail_anyway == ["sb3/a.py::broken_anyway"]
    assert sums.failed == [
        ("sb3/a.py::theirs[1]", "no replay buffer", "PQN has none"),
        ("sb3/a.py::ours", "ValueError: 3", None),
    ]
    assert unexplained({"pqn": sums}) == [("pqn", "sb3/a.py::ours", "ValueError: 3")]
    assert unexplained({"pqn": judged("pqn", WITH[:6], WITHOUT, KNOWN)}) == []


def test_ids_are_those_without_the_substitution():
    assert as_theirs("sb3/a.py::x[True-DoubleDQN]") == as_theirs("sb3/a.py::x[True-PQNForDQN]") == "sb3/a.py::x[True-DQN]"
    assert as_theirs("sb3/a.py::x[AsyncEnvs-QRDQN]") == "sb3/a.py::x[SubprocVecEnv-QRDQN]"
    failed = [outcome("sb3/a.py::x[PQNForDQN]", "failed")]
    assert judged("pqn", failed, [outcome("sb3/a.py::x[DQN]", "failed")], []).failed == []


def test_the_table_has_a_row_for_each_substitution_and_their_sum():
    found = {
        "pqn": judged("pqn", WITH, WITHOUT, KNOWN),
        "double-dqn": judged("double-dqn", [outcome(f"sb3/{i}", "passed") for i in range(1200)], [], KNOWN),
    }
    results = json.loads(json.dumps(as_json(found, {"stable-baselines3": "2.9"})))
    assert results["versions"] == {"stable-baselines3": "2.9"}
    assert passed(results)[2:] == [
        "| PQN | DQN | 1 | 1 | 1 |",
        "| DoubleDQN | DQN | 1,200 | 0 | 0 |",
        "| all |  | 1,201 | 1 | 1 |",
    ]


def test_every_excuse_names_substitutions_and_says_why():
    for excuse in excuses():
        assert set(excuse.substitutions) <= set(SUBSTITUTIONS)
        re.compile(excuse.tests)
        assert len(excuse.reason) > 20


def test_the_reasons_are_counted():
    sums = judged("pqn", [*WITH, outcome("sb3/a.py::theirs[2]", "failed")], WITHOUT, KNOWN)
    assert reasons(as_json({"pqn": sums}, {}))[2:] == ["| PQN | 2 | PQN has none |"]


def test_results_have_no_failure_of_ours_and_the_reasons_of_today():
    results = json.loads(RESULTS.read_text())["substitutions"]
    assert set(results) == set(SUBSTITUTIONS)
    for name, row in results.items():
        assert row["ours_to_mend"] == []
        assert isinstance(row["not_run"], list)
        for entry in row["not_ours"]:
            reasons = [x.reason for x in excuses() if name in x.substitutions and re.search(x.tests, entry["test"])]
            assert reasons[:1] == [entry["reason"]]
