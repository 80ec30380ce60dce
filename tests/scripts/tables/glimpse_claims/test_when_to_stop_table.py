"""The table of looks, from a small file."""

import json

import pytest

from saccade.scripts.tables.glimpse_claims.when_to_stop import FOLDER, NOT_MEASURED, when_to_stop


def row(rule: str, setting: float, looks: float, error: float) -> dict:
    return {"rule": rule, "setting": setting, "mean_looks": looks, "error_percent": error, "standard_error": 0.25}


@pytest.mark.parametrize(
    ("looks", "error", "judged"),
    [
        (3.5, 1.5, "met"),
        (3.5, 2.05, "met, by less than 2 standard errors of one"),
        (3.5, 2.25, "missed, by less than 2 standard errors of one"),
        (4.5, 1.5, "missed"),
    ],
)
def test_the_chosen_rule_is_judged_by_test_digits(tmp_path, looks, error, judged):
    assert when_to_stop(tmp_path) == NOT_MEASURED
    (tmp_path / FOLDER).mkdir(parents=True)
    validation = [row("fixed", 1, 1, 9), row("fixed", 8, 8, 2), row("confidence", 0.5, 2, 4), row("confidence", 0.9, 3.5, 2.1)]
    test = [row("fixed", 1, 1, 9), row("fixed", 8, 8, 2), row("confidence", 0.5, 2, 1), row("confidence", 0.9, looks, error)]
    found = {"all_looks": test[1], "stopped": test[3], "curves": {"validation": validation, "test": test}}
    (tmp_path / FOLDER / "a-run.json").write_text(json.dumps(found))
    lines = when_to_stop(tmp_path)[2:]
    assert [line.split(" | ")[1] for line in lines] == ["1 look", "8 looks", "until one answer has 0.9"]  # 0.5 was not chosen
    assert lines[1].endswith("| 8.00 | 2.00 +- 0.25 | 2.00 +- 0.25 |  |")
    assert lines[2].endswith(f"{error - 2:+.2f} points at {looks:.2f} looks: {judged} |")


def kept(folder, name: str, found: dict) -> None:
    (folder / FOLDER).mkdir(parents=True, exist_ok=True)
    (folder / FOLDER / f"{name}.json").write_text(json.dumps(found))


def test_no_threshold_is_good_enough(tmp_path):
    points = [row("fixed", 8, 8, 2), row("confidence", 0.5, 2, 4)]
    kept(tmp_path, "a-run", {"all_looks": points[0], "stopped": None, "curves": {"validation": points, "test": points}})
    lines = when_to_stop(tmp_path)[2:]
    assert lines[0] == "| a-run | 8 looks | 8.00 | 2.00 +- 0.25 | 2.00 +- 0.25 |  |"
    assert lines[1:] == ["| a-run | no probability is enough |  |  |  | missed |"]


def test_a_report_of_validation_alone_is_not_judged(tmp_path):
    points = [row("fixed", 8, 8, 2), row("confidence", 0.5, 2, 2)]
    kept(tmp_path, "a-run", {"all_looks": points[0], "stopped": points[1], "curves": {"validation": points}})
    assert when_to_stop(tmp_path)[2:] == [
        "| a-run | 8 looks | 8.00 | 2.00 +- 0.25 | not tested |  |",
        "| a-run | until one answer has 0.5 | 2.00 | 2.00 +- 0.25 | not tested |  |",
    ]


def test_an_agent_that_decides_is_judged_by_the_mean_of_those_that_do_not(tmp_path):
    own = row("own", 0.01, 3, 2.5)
    kept(tmp_path, "c-own", {"all_looks": None, "stopped": own, "curves": {"validation": [own], "test": [own]}})
    said = "| c-own | its own choice, a look cost 0.01 | 3.00 | 2.50 +- 0.25 | 2.50 +- 0.25 |"
    assert when_to_stop(tmp_path)[2:] == [f"{said}  |"]
    for name, error in (("a", 2), ("b", 2.9)):
        points = [row("fixed", 8, 8, error)]
        kept(tmp_path, name, {"all_looks": points[0], "stopped": None, "curves": {"validation": points, "test": points}})
    assert when_to_stop(tmp_path)[-1] == f"{said} +0.05 points at 3.00 looks: met, by less than 2 standard errors of one |"


def test_an_error_of_the_difference_is_used_where_there_is_one(tmp_path):
    paired = {"more_errors": 0.05, "standard_error_of_more": 0.01}
    points = [row("fixed", 8, 8, 2), {**row("confidence", 0.9, 2, 2.05), **paired}]
    kept(tmp_path, "a-run", {"all_looks": points[0], "stopped": points[1], "curves": {"validation": points, "test": points}})
    assert when_to_stop(tmp_path)[-1].endswith("| +0.05 +- 0.01 points at 2.00 looks: met |")
