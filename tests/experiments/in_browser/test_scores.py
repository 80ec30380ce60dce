"""Learning curves on the page of compare()."""

from pathlib import Path

import numpy as np
import pytest
from browser_pages import IN_BROWSER, PROBES, Open, press
from event_folders import write_looks, write_run
from playwright.sync_api import expect

from saccade.experiments import compare
from saccade.experiments.resuming.progress_csv import write_rows
from saccade.saliency.pictures.layout import write_png

pytestmark = IN_BROWSER
HOSTILE = "<img src=x onerror=alert(1)>\"'</script>"
CHART = "[data-figure='scores/evaluation']"


def scored(run: Path, scores: dict[int, float]) -> Path:
    """A run with a log, half a row at its end, as a run that goes on may have it."""
    columns = ["time/total_timesteps", "eval/score_mean", "eval/score_std"]
    write_rows(run / "progress.csv", columns, [dict(zip(columns, (*each, 1), strict=True)) for each in scores.items()])
    with (run / "progress.csv").open("a") as log:
        log.write("900")
    return run


@pytest.fixture
def runs(tmp_path: Path) -> list[Path]:
    """Three runs with maps; two of them have scores."""
    made = [write_run(tmp_path / name, PROBES, (0, 100), seed=seed) for seed, name in enumerate("abc")]
    scored(made[0], {50: 1.0, 100: 3.0, 150: 2.0})
    scored(made[1], {100: 7.0, 200: 8.0})
    return made


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_runs_are_in_one_picture_in_the_colours_of_the_legend(open_page: Open, tmp_path: Path, runs, scheme: str):
    compare(runs, output=tmp_path / "page.html", names=(HOSTILE, "b", "c"))
    page = open_page(tmp_path / "page.html", color_scheme=scheme)
    assert page.locator("#curves h3").first.text_content() == "scores"
    assert page.locator(f"{CHART} polyline").count() == 3
    points = page.locator(f"{CHART} polyline").evaluate_all("all => all.map(line => line.points.numberOfItems)")
    assert points == [3, 2, 0]
    expect(page.locator(f"{CHART} li")).to_have_text(["2", "8"])  # the latest of each
    assert page.locator(f"{CHART} li").first.get_attribute("title") == HOSTILE
    assert f"{HOSTILE} 2, b 8" in page.locator(f"{CHART} svg").get_attribute("aria-label")
    assert page.locator("#legend bdi").all_text_contents() == [HOSTILE, "b", "c"]
    assert page.locator("img").count() == 0
    colour = "all => all.slice(0, 2).map(line => getComputedStyle(line).stroke)"
    lines = page.locator(f"{CHART} polyline").evaluate_all(colour)
    assert lines == page.locator("#legend polyline").evaluate_all(colour)
    assert len(set(lines)) == 2
    page.wait_for_timeout(200)  # time for an alert, which would fail the test
    press(page, "ArrowLeft")  # to the event at 0, before the first score
    expect(page.locator(f"{CHART} li")).to_have_count(0)


def test_without_scores_there_is_no_picture_of_them(open_page: Open, two_runs: Path):
    page = open_page(two_runs)
    assert page.locator(CHART).count() == 0
    assert "scores" not in page.locator("#curves h3").all_text_contents()


def test_runs_with_gazes_alone_have_their_curves_too(open_page: Open, tmp_path: Path):
    run = tmp_path / "run"
    write_looks(run / "gaze")
    write_png(run / "gaze" / "step_0000000000_paths.png", np.full((40, 60, 3), 200, np.uint8))
    scored(run, {50: 1.0, 100: 3.0})
    compare(run, output=tmp_path / "page.html", names=HOSTILE)
    page = open_page(tmp_path / "page.html")
    assert page.title() == f"Gazes: {HOSTILE}"
    expect(page.locator(f"{CHART} li")).to_have_text(["3"])
    expect(page.locator(".gazes img")).to_have_js_property("naturalWidth", 60)
    assert page.locator("#maps-section").is_hidden()
    assert page.locator(".gazes img").count() == page.locator("img").count() == 1
