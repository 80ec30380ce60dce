"""The page of compare.py as a browser shows it."""

import base64
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from event_folders import noise, probe_set, write_event, write_run
from playwright.sync_api import Browser, Page, expect, sync_playwright

from compare import Options, main
from saccade.saliency import ProbeSet
from saccade.saliency.pictures.map_picture import full_colour_at, newest_frame, overlay
from saccade.saliency.statistics.map_statistics import magnitude

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
HOSTILE = "<img src=x onerror=alert(1)>\"'</script>"
PROBES = probe_set(count=2)

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium or Chrome: apt-get install chromium")

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    """Opens a page, and fails the test if it says, asks or fetches anything."""
    contexts, heard = [], []

    def listening(path: Path, width: int = 1280, **settings: str) -> Page:
        contexts.append(browser.new_context(viewport={"width": width, "height": 800}, **settings))
        page = contexts[-1].new_page()
        page.set_default_timeout(10_000)
        page.on("console", lambda message: heard.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: heard.append(str(error)))
        page.on("dialog", lambda dialog: (heard.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("request", lambda request: heard.append(request.url) if request.url not in (path.as_uri(), "data:,") else None)
        page.goto(path.as_uri())
        drawn(page)
        return page

    yield listening
    for context in contexts:
        context.close()
    assert heard == []


@pytest.fixture(scope="module")
def two_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs with events at 0, 100, 200 and at 50, 200, the second ten times as strong; a second method at the first's end."""
    folder = tmp_path_factory.mktemp("page")
    first = write_run(folder / "first", PROBES, (0, 100), seed=1)
    maps = {"value": noise(PROBES, 5), "advantage": noise(PROBES, 6), "value/greydanus": noise(PROBES, 7)}
    write_event(first / "saliency", PROBES, 200, maps, {"overlap/top_tenth_iou": 0.25, "trust/value/jacobian/deletion": 0.5})
    second = write_run(folder / "second", PROBES, (50, 200), seed=2, scale=10)
    main(Options((first, second), folder / "page.html"))
    return folder / "page.html"


def drawn(page: Page) -> None:
    page.wait_for_selector('#maps[aria-busy="false"]')


def pictures(page: Page) -> list[str]:
    """The maps that are shown: first run, second run, probe by probe."""
    drawn(page)
    return page.eval_on_selector_all("#maps td canvas", "all => all.map(canvas => canvas.hidden ? '' : canvas.toDataURL())")


def captions(page: Page) -> list[str]:
    drawn(page)
    return page.locator("#maps td small").all_inner_texts()


def moment(page: Page) -> str:
    return page.locator("#steps").inner_text()


def press(page: Page, key: str) -> None:
    page.keyboard.press(key)
    drawn(page)


def test_maps_look_as_in_the_callbacks_pictures(open_page: Open, two_runs: Path):
    page = open_page(two_runs)
    value = magnitude(noise(PROBES, 5))
    for probe in range(2):
        uri = pictures(page)[2 * probe]
        shown = cv2.imdecode(np.frombuffer(base64.b64decode(uri.partition(",")[2]), np.uint8), cv2.IMREAD_COLOR)[:, :, ::-1]
        frame = cv2.resize(newest_frame(PROBES.observations[probe]), shown.shape[1::-1], interpolation=cv2.INTER_NEAREST)
        expected = overlay(frame, value[probe], full_colour_at(value[probe]))
        other = overlay(frame, value[1 - probe], full_colour_at(value[1 - probe]))
        difference, of_another = (np.abs(shown.astype(float) - picture).mean() for picture in (expected, other))
        assert difference < 6 < of_another
        assert shown.shape[:2] == (336, 256)  # the game's proportions


def test_the_slider_moves_the_maps_and_each_run_shows_its_latest_event(open_page: Open, two_runs: Path):
    page = open_page(two_runs)
    assert moment(page) == "200"
    at_end = pictures(page)
    slider = page.get_by_label("Env steps", exact=True)
    slider.fill("2")  # of 0, 50, 100, 200
    assert moment(page) == "100"
    assert page.locator(".when").all_inner_texts() == ["at 100", "at 50"]
    at_100 = pictures(page)
    assert all(a != b for a, b in zip(at_end, at_100, strict=True))
    slider.fill("1")
    at_50 = pictures(page)
    assert at_50[0] != at_100[0]
    assert at_50[1] == at_100[1]
    slider.fill("0")
    assert pictures(page)[1] == ""
    assert page.locator(".empty:visible").all_inner_texts() == ["no event yet"] * 2
    slider.fill("3")
    assert pictures(page) == at_end


def test_a_slider_that_is_dragged_fast_ends_on_the_right_maps(open_page: Open, two_runs: Path):
    page = open_page(two_runs)
    press(page, "ArrowLeft")
    expected = pictures(page)
    drag = """slider => [0, 3, 1, 0, 2].forEach(place => {
        slider.value = place; slider.dispatchEvent(new Event("input", { bubbles: true })) })"""
    page.locator("#moment").evaluate(drag)
    assert pictures(page) == expected
    assert moment(page) == "100"


def test_heads_and_methods(open_page: Open, two_runs: Path):
    page = open_page(two_runs)
    value = pictures(page)
    page.get_by_role("button", name="advantage").click()
    advantage = pictures(page)
    assert all(a != b for a, b in zip(value, advantage, strict=True))
    expect(page.get_by_role("button", name="advantage")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("button", name="value")).to_have_attribute("aria-pressed", "false")
    page.get_by_role("button", name="value").click()
    page.get_by_role("button", name="greydanus").click()
    shown = pictures(page)
    assert shown[0] not in ("", value[0])
    assert shown[1] == ""  # the second run has no such map
    assert page.locator(".empty:visible").first.inner_text() == "no map of value / greydanus"


def test_a_common_scale_makes_the_weaker_run_fainter(open_page: Open, two_runs: Path):
    page = open_page(two_runs)
    own, own_captions = pictures(page), captions(page)
    assert own_captions[0] != own_captions[1]
    page.get_by_role("button", name="same for all runs").click()
    common, common_captions = pictures(page), captions(page)
    assert common_captions == [own_captions[1], own_captions[1], own_captions[3], own_captions[3]]
    assert common[1] == own[1]
    assert common[0] != own[0]


def test_keys(open_page: Open, two_runs: Path):
    page = open_page(two_runs)
    start = pictures(page)
    press(page, "ArrowLeft")
    assert moment(page) == "100"
    press(page, "ArrowRight")
    press(page, "ArrowRight")  # the last one stays
    assert moment(page) == "200"
    assert pictures(page) == start
    press(page, "h")
    advantage = pictures(page)
    assert advantage != start
    press(page, "ArrowUp")
    assert pictures(page) == start
    press(page, "ArrowDown")
    assert pictures(page) == advantage
    press(page, "h")
    press(page, "m")
    assert pictures(page)[1] == ""
    press(page, "m")
    press(page, "s")
    assert pictures(page)[0] != start[0]
    press(page, "s")
    assert pictures(page) == start
    page.get_by_label("Env steps", exact=True).focus()
    press(page, "ArrowLeft")
    assert moment(page) == "100"  # one step, also where the slider would make one of its own


def test_plays_from_the_start_to_the_end_and_pauses(open_page: Open, two_runs: Path):
    page = open_page(two_runs)
    page.get_by_role("button", name="same for all runs").click()  # after which space must not press it again
    page.keyboard.press(" ")
    expect(page.locator("#play")).to_have_text("Pause")
    expect(page.locator("#steps")).to_have_text("50")
    page.keyboard.press(" ")
    expect(page.locator("#play")).to_have_text("Play")
    assert moment(page) != "200"
    page.locator("#play").click()
    expect(page.locator("#steps")).to_have_text("200")
    expect(page.locator("#play")).to_have_text("Play")


def test_plays_slowly_for_who_asked_for_little_motion(open_page: Open, two_runs: Path):
    page = open_page(two_runs, reduced_motion="reduce")
    page.keyboard.press(" ")
    expect(page.locator("#steps")).to_have_text("0")
    page.wait_for_timeout(700)
    assert moment(page) == "0"


def test_curves(open_page: Open, two_runs: Path):
    page = open_page(two_runs)
    names = page.eval_on_selector_all("#curves figure", "all => all.map(figure => figure.dataset.figure)")
    assert names[:2] == ["overlap/rank_correlation", "overlap/top_tenth_iou"]
    assert names[2:5] == ["value/drift", "value/entropy", "value/norm"]
    assert names[-1] == "trust/value/jacobian/deletion"
    assert page.locator("#legend li").all_inner_texts() == ["first", "second"]
    chart = page.locator('[data-figure="overlap/top_tenth_iou"]')
    assert chart.locator("polyline").count() == 2
    assert chart.locator(".values li").first.inner_text() == "0.25"
    marker = chart.locator(".marker")
    before = float(marker.get_attribute("x1") or "nan")
    box = chart.locator("svg").bounding_box()
    assert box is not None
    chart.locator("svg").click(position={"x": box["width"] * 0.55, "y": box["height"] / 2})
    assert moment(page) == "100"
    assert float(marker.get_attribute("x1") or "nan") < before
    assert "first" in (chart.locator("svg").get_attribute("aria-label") or "")


def test_names_are_shown_and_never_run(open_page: Open, tmp_path: Path):
    run = write_run(tmp_path / "run", PROBES, (0,))
    main(Options((run, run), tmp_path / "page.html", names=(HOSTILE, "наблюдатель \u202eabc")))
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
    main(Options((run,) * count, tmp_path / "page.html"))
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
    main(Options((write_run(tmp_path / "run", PROBES, (0,), states=False),), tmp_path / "page.html"))
    page = open_page(tmp_path / "page.html")
    assert page.locator("#no-states").is_visible()
    assert pictures(page)[0].startswith("data:image/png")


def test_vectors_are_strips_and_maps_that_are_not_finite_say_so(open_page: Open, tmp_path: Path):
    probes = ProbeSet(np.array([[0.0, 1.0, 2.0, 3.0], [3.0, 1.0, 1.0, 0.0]], np.float32))
    write_event(tmp_path, probes, 0, {"value": np.array([[0, 2, 0, 1], [np.nan, 0, 0, 0]], np.float32)})
    probes.save(tmp_path / "probes.npz")
    main(Options((tmp_path,), tmp_path / "page.html"))
    page = open_page(tmp_path / "page.html")
    assert captions(page) == ["red = 2.0e+0", "not finite"]
    row = "canvas => [...canvas.getContext('2d').getImageData(0, 36, canvas.width, 1).data]"
    reds = np.array(page.locator("#maps td canvas").first.evaluate(row)).reshape(4, -1, 4)[:, :, 0]
    assert (reds == reds[:, :1]).all()  # hard edges
    assert reds[:, 0] == pytest.approx([0, 255, 0.65 * 170, (0.65 * 255 + 255) / 2], abs=3)


def test_200_events_open_in_less_than_3_seconds(open_page: Open, page_of_200_events: Path):
    page = open_page(page_of_200_events)
    page.reload()
    drawn(page)
    seconds = page.evaluate("performance.now() / 1000")
    assert seconds < 3
    before = pictures(page)
    press(page, "ArrowLeft")
    assert pictures(page) != before
