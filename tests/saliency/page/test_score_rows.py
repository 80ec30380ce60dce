"""Learning curves as the page's script gets them, under the name that it knows."""

import math

from saccade.experiments.watching.progress import GrowingProgress
from saccade.saliency.page.html_page import resource
from saccade.saliency.page.score_rows import EVALUATION, score_rows


def test_a_row_for_each_finite_mean():
    assert score_rows([(10, 1.5), (20, math.nan), (30, math.inf), (40, -2.0)]) == [
        {"steps": 10, "figures": {EVALUATION: 1.5}},
        {"steps": 40, "figures": {EVALUATION: -2.0}},
    ]


def test_a_run_that_is_watched_has_the_same_curve_and_the_script_knows_it(tmp_path):
    file = tmp_path / "progress.csv"
    file.write_text("time/total_timesteps,eval/score_mean\n10,1.5\n")
    progress = GrowingProgress(file)
    progress.look(100)
    assert [{"steps": point.env_steps, "figures": point.figures} for point in progress.points] == score_rows([(10, 1.5)])
    assert f'"{EVALUATION}": ' in resource("comparison_curves.js")
