"""The tables of attacks, from a small file by hand."""

import json

import pytest

from saccade.scripts.tables.adversaries import attacked


def row(victim: str, attack: str, eps: float, accuracy: float, **more: object) -> dict:
    usual = {"victim": victim, "attack": attack, "eps": eps, "accuracy": accuracy, "majority": accuracy, "standard_error": 0.01}
    return {**usual, "loss": None, "side": None, "canvases": 200, "commit": "0123456789abc", **more}


@pytest.fixture
def results(tmp_path):
    rows = [
        row("agent", "clean", 0.0, 0.95, majority=0.96),
        row("agent", "occlusion", 0.0, 0.7, side=8),
        row("agent", "uniform", 0.1, 0.94),
        row("agent", "score", 0.1, 0.5, loss="cross-entropy"),
        row("agent", "score", 0.1, 0.4, loss="dlr"),
        row("agent", "worst", 0.1, 0.35),
        row("cnn", "clean", 0.0, 0.97, standard_error=None),
        row("cnn", "gradient", 0.3, 0.0),
    ]
    checks = [{"victim": "cnn", "check": "falls", "rule": "at most 0.05", "passed": True, "figures": {}}]
    checks.append({"victim": "agent", "check": "monotone", "rule": "never rises", "passed": False, "figures": {}})
    settings = {"split": "test", "steps": 40, "draws": 20, "queries": 1000, "judged_draws": 10}
    clean = [{"victim": "cnn", "accuracy": 0.97, "difference": 0.02, "matched": False}]
    content = {
        "rows": rows,
        "checks": checks,
        "clean": clean,
        "settings": settings,
        "hardware": {"cpu": "a processor", "device": "cpu"},
    }
    folder = tmp_path / attacked.FOLDER
    folder.mkdir(parents=True)
    (folder / "digits-0.json").write_text(json.dumps(content))
    return tmp_path


def test_the_worst_of_all(results):
    assert attacked.worst(results)[2:] == [
        "| digits-0 | agent | 200 | 95.0 +- 1.0 (96.0) |  | 35.0 +- 1.0 |  |",
        "| digits-0 | cnn | 200 | 97.0 | +2.0, NOT matched |  |  |",
    ]


def test_matched_or_not():
    near = {"clean": [{"victim": "rival", "accuracy": 0.9, "difference": -0.0049, "matched": True}]}
    assert attacked.matching(near, "rival") == "-0.5, matched"
    assert attacked.matching(near, "agent") is None
    assert attacked.matching({}, "rival") is None  # a file of before


def test_of_two_losses_the_lower_one_counts(results):
    assert attacked.ladder(results)[2:] == [
        "| digits-0 | agent | uniform | 94.0 +- 1.0 |  |",
        "| digits-0 | agent | score | 40.0 +- 1.0 |  |",
        "| digits-0 | cnn | gradient |  | 0.0 +- 1.0 |",
    ]


def test_occlusion_checks_and_circumstances(results):
    assert attacked.occlusion(results)[2:] == ["| digits-0 | agent | 70.0 +- 1.0 |", "| digits-0 | cnn |  |"]
    assert [line.split(" | ")[-1] for line in attacked.checks(results)[2:]] == ["passed |", "FAILED |"]
    assert "digits-0: test digits, 40 steps, 20 draws" in attacked.where(results)
    assert "commit 0123456, a processor, cpu" in attacked.where(results)


def test_without_a_file_nothing_was_run(tmp_path):
    for make in attacked.TABLES.values():
        *_, last = make(tmp_path)
        assert set(last.strip("| ").split(" | ")) == {"not run"}
    assert attacked.where(tmp_path) == "not run"
