"""The page of compare() on any device, for anybody, and with hostile names."""

import re
from pathlib import Path

import numpy as np
import pytest
from browser_pages import IN_BROWSER, PROBES, Open, captions, drawn, moment, pictures, press
from event_folders import noise, write_event, write_run
from playwright.sync_api import Browser, Page

from saccade.experiments import compare
from saccade.saliency import MapKey, ProbeSet
from saccade.saliency.records.saliency_event import SaliencyEvent

HOSTILE = "<img src=x onerror=alert(1)>\"'</script>"
pytestmark = IN_BROWSER


def test_names_are_shown_and_never_run(open_page: Open, tmp_path: Path):
    run = write_run(tmp_path / "run", PROBES, (0,))
    compare((run, run), output=tmp_path / "page.html", names=(HOSTILE, "наблюдатель \u202eabc"))
    page = open_page(tmp_path / "page.html")
    assert page.locator("#maps thead bdi").first.text_content() == HOSTILE
    assert page.locator("#legend bdi").first.text_content() == HOSTILE
    assert page.locator("img").count() == 0
    assert page.title() == f"Saliency maps: {HOSTILE}, наблюдатель \u202eabc"
    page.wait_for_timeout(200)  # time for an alert, which would fail the test


def test_a_script_that_got_in_all_the_same_would_not_run(browser: Browser, two_runs: Path, tmp_path: Path):
    changed = tmp_path / "changed.html"
    changed.write_text(two_runs.read_text().replace("</main>", "</main><script>document.title = 'run'</script>"))
    context = browser.new_context()
    page, heard = context.new_page(), []
    page.on("console", lambda message: heard.append(message.text))
    page.goto(changed.as_uri())
    drawn(page)
    title = page.title()
    context.close()
    assert title == "Saliency maps: first, second"
    assert "Content Security Policy" in " ".join(heard)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_on_a_phone_only_the_runs_scroll(open_page: Open, tmp_path: Path, count: int):
    run = write_run(tmp_path / ("a_run_with_a_name_that_is_rather_long_" * 3), PROBES, (0, 1_234_567_890))
    compare((run,) * count, output=tmp_path / "page.html")
    page = open_page(tmp_path / "page.html", width=360)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    scrolled = page.locator("#maps").evaluate("maps => maps.scrollWidth > maps.clientWidth")
    assert scrolled == (count == 5)
    if scrolled:
        page.keyboard.press("Shift+ArrowRight")
        page.wait_for_function("document.getElementById('maps').scrollLeft > 0")
        assert moment(page) == "1,234,567,890"


def test_dark_mode(open_page: Open, two_runs: Path):
    def brightness(page: Page, of: str) -> int:
        colour = page.locator("body").evaluate("(body, of) => getComputedStyle(body)[of]", of)
        return sum(int(part) for part in re.findall(r"\d+", colour)[:3])

    def colours(scheme: str) -> tuple[int, int]:
        page = open_page(two_runs, color_scheme=scheme)
        return brightness(page, "backgroundColor"), brightness(page, "color")

    (light_ground, light_ink), (dark_ground, dark_ink) = colours("light"), colours("dark")
    assert light_ground > 600 > 150 > light_ink
    assert dark_ground < 150 < 600 < dark_ink


def test_everything_has_a_name_for_who_cannot_see_it(open_page: Open, two_runs: Path):
    page = open_page(two_runs)
    unnamed = "all => all.filter(part => !part.getAttribute('aria-label')).length"
    assert page.eval_on_selector_all("canvas, figure svg, [role=group]", unnamed) == 0
    assert page.locator("#maps canvas").nth(1).get_attribute("aria-label") == f"Map of value, first, probe 1; {captions(page)[0]}"
    assert page.get_by_label("Env steps", exact=True).get_attribute("aria-valuetext") == "200 env steps"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "play"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_without_the_states_the_ground_is_plain_and_the_page_says_so(open_page: Open, two_runs: Path, tmp_path: Path):
    assert not open_page(two_runs).locator("#no-states").is_visible()
    compare((write_run(tmp_path / "run", PROBES, (0,), states=False),), output=tmp_path / "page.html")
    page = open_page(tmp_path / "page.html")
    assert page.locator("#no-states").is_visible()
    assert pictures(page)[0].startswith("data:image/png")


def test_vectors_are_strips_and_maps_that_are_not_finite_say_so(open_page: Open, tmp_path: Path):
    probes = ProbeSet(np.array([[0.0, 1.0, 2.0, 3.0], [3.0, 1.0, 1.0, 0.0]], np.float32))
    write_event(tmp_path, probes, 0, {"value": np.array([[0, 2, 0, 1], [np.nan, 0, 0, 0]], np.float32)})
    probes.save(tmp_path / "probes.npz")
    compare((tmp_path,), output=tmp_path / "page.html")
    page = open_page(tmp_path / "page.html")
    assert captions(page) == ["yellow = 2.0e+0", "not finite"]
    row = "canvas => [...canvas.getContext('2d').getImageData(0, 36, canvas.width, 1).data]"
    reds = np.array(page.locator("#maps td canvas").first.evaluate(row)).reshape(4, -1, 4)[:, :, 0]
    assert (reds == reds[:, :1]).all()  # hard edges
    half = 0.5 * (1.5 - 0.25)  # the opacity of half the strength
    assert reds[:, 0] == pytest.approx([0, 255, 0.5 * 170, 0.5 * 255 * (1 - half) + 255 * half], abs=3)


def test_a_page_of_one_run_says_what_is_good_and_rounds_a_drift_of_nothing(open_page: Open, tmp_path: Path):
    figures = {"value/drift": -3e-8, "trust/value/jacobian/deletion": 2.0, "trust/value/jacobian/gini": 0.4}
    write_event(tmp_path, PROBES, 0, {"value": noise(PROBES, 1)}, figures)
    compare(tmp_path, output=tmp_path / "page.html")
    page = open_page(tmp_path / "page.html")
    assert page.locator("[data-figure='value/drift'] li").inner_text() == "0"
    assert page.locator(".good").all_inner_texts() == ["higher is better, 1 is chance"]
    assert not page.locator("#no-curves").is_visible()


def test_verdicts_stand_above_the_maps_and_intervals_are_bands(open_page: Open, tmp_path: Path):
    """The curves beside blind orders are folded. An interval has no chart of its own, and 0 has a line."""
    maps = {MapKey("value"): noise(PROBES, 1), MapKey("advantage"): noise(PROBES, 2)}
    for steps, lead in ((0, 0.3), (100, 0.5)):
        name = "trust/value/jacobian/deletion_blur/lead_over_contrast"
        figures = {name: lead, f"{name}_low": lead - 0.1, f"{name}_high": lead + 0.2, "trust/value/jacobian/beaten": 0.5}
        SaliencyEvent(steps, PROBES, maps, figures=figures, verdicts={"value": f"line {steps} <b>"}).write(tmp_path)
    compare(tmp_path, output=tmp_path / "page.html")
    page = open_page(tmp_path / "page.html")
    assert page.locator("#maps .verdict").all_inner_texts() == ["Checks: line 100 <b>."]
    press(page, "ArrowLeft")
    assert page.locator("#maps .verdict").all_inner_texts() == ["Checks: line 0 <b>."]
    press(page, "h")
    assert page.locator("#maps .verdict").all_inner_texts() == [""]
    assert page.locator("[data-figure$=_low], [data-figure$=_high]").count() == 0
    chart = page.locator("[data-figure='trust/value/jacobian/deletion_blur/lead_over_contrast']")
    assert not chart.is_visible()
    page.locator("summary").click()
    assert chart.is_visible()
    places = chart.locator(".band").get_attribute("points").split(" ")
    assert len(places) == 4
    assert float(places[0].split(",")[1]) > float(places[-1].split(",")[1])  # the lower end is lower on the page
    assert chart.locator(".zero").count() == 1
    assert "above 0 the map is better than contrast" in chart.inner_text()


def test_a_folder_without_curves_says_so(open_page: Open, tmp_path: Path):
    write_event(tmp_path, PROBES, 0, {"value": noise(PROBES, 1)}, {})
    compare(tmp_path, output=tmp_path / "page.html")
    page = open_page(tmp_path / "page.html")
    assert "one moment" in page.locator("#no-curves").inner_text()
    assert not page.locator("#about-curves").is_visible()


def test_200_events_open_in_less_than_3_seconds(open_page: Open, page_of_200_events: Path):
    page = open_page(page_of_200_events)
    page.reload()
    drawn(page)
    seconds = page.evaluate("performance.now() / 1000")
    assert seconds < 3
    before = pictures(page)
    press(page, "ArrowLeft")
    assert pictures(page) != before
