"""The picture of error against mean looks: what is drawn where."""

from saccade.experiments.when_to_stop.stop_figure import stop_figure


def point(rule: str, setting: float, looks: float, error: float) -> dict:
    return {"rule": rule, "setting": setting, "mean_looks": looks, "error_percent": error, "standard_error": 0.25}


FIXED = [point("fixed", 8, 8, 2), point("fixed", 1, 1, 9)]
REPORTS = {
    "all": {"curves": {"test": [*FIXED, point("confidence", 0.9, 3, 2.1), point("confidence", 0.5, 2, 4)]}},
    "cheap": {"curves": {"test": [point("own", 0.01, 4.5, 1.8)]}},
    "not tested": {"curves": {"validation": [point("own", 0.01, 4.5, 1.8)]}},
}


def test_lines_go_by_looks_and_each_own_choice_is_a_point_with_its_price():
    (axes,) = stop_figure(REPORTS, "test").axes
    drawn = {container.get_label(): container.lines[0].get_xydata().tolist() for container in axes.containers}
    assert drawn == {
        "all, fixed number": [[1, 9], [8, 2]],
        "all, until one answer is likely": [[2, 4], [3, 2.1]],
        "cheap, its own choice": [[4.5, 1.8]],
    }
    assert [text.get_text() for text in axes.texts] == ["0.01"]
