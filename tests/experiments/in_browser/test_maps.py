"""The maps on the page of compare() as a browser shows them."""

import base64
from pathlib import Path

import cv2
import numpy as np
from browser_pages import IN_BROWSER, PROBES, Open, captions, moment, pictures, press
from event_folders import noise
from playwright.sync_api import expect

from saccade.saliency.pictures.map_picture import full_colour_at, newest_frame, overlay
from saccade.saliency.statistics.map_statistics import magnitude

pytestmark = IN_BROWSER


def test_maps_look_as_in_the_callbacks_pictures(open_page: Open, two_runs: Path):
    page = open_page(two_runs)
    value = magnitude(noise(PROBES, 5))
    for probe in range(2):
        uri = pictures(page)[2 * probe]
        shown = cv2.imdecode(np.frombuffer(base64.b64decode(uri.partition(",")[2]), np.uint8), cv2.IMREAD_COLOR)[:, :, ::-1]
        frame = cv2.resize(newest_frame(PROBES.observations[probe]), shown.shape[1::-1], interpolation=cv2.INTER_NEAREST_EXACT)
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
