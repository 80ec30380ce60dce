"""The pages in Chromium, while their folders grow."""

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from browser_pages import IN_BROWSER, PROBES, captions, chromium, moment, pictures, press
from event_folders import noise, write_event, write_looks
from playwright.sync_api import Browser, Page, expect

from saccade.experiments.endings.outcome import Outcome
from saccade.experiments.endings.process_mark import ProcessMark
from saccade.experiments.endings.sweep_states import KnownOutcome, SweepStates
from saccade.experiments.sweeping.cells import Cell
from saccade.experiments.sweeping.sweep_folder import Plan, SweepFolder
from saccade.experiments.watching.serving import served
from saccade.experiments.watching.watched_run import WatchedRun
from saccade.experiments.watching.watched_sweep import WatchedSweep
from saccade.saliency.pictures.layout import write_png

pytestmark = IN_BROWSER
HOSTILE = "<img src=x onerror=alert(1)>\"'<script>alert(2)<"
SOON = 5_000  # ms in which a new event must be seen
STEPS, SCORE = "time/total_timesteps", "eval/score_mean"


def event(run: Path, env_steps: int) -> None:
    """An event as a run writes it, with its figures, and the states after the first one."""
    maps = {"value": noise(PROBES, env_steps), "advantage": noise(PROBES, env_steps + 1)}
    write_event(run / "saliency", PROBES, env_steps, maps, {"value/norm": 2.0})
    if not (run / "saliency" / "probes.npz").exists():
        PROBES.save(run / "saliency" / "probes.npz")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def visit(browser: Browser):
    """Opens an address, and fails the test if the page says anything, or asks anybody else."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    heard = []

    def visiting(address: str, expects_trouble: bool = False) -> Page:
        page = context.new_page()
        page.set_default_timeout(10_000)
        if not expects_trouble:
            page.on("console", lambda message: heard.append(f"{message.type}: {message.text}"))
            page.on("pageerror", lambda error: heard.append(str(error)))
        page.on("dialog", lambda dialog: (heard.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("request", lambda request: heard.append(request.url) if not request.url.startswith((address, "data:")) else None)
        page.goto(address)
        return page

    yield visiting
    context.close()
    assert heard == []


def test_a_page_grows_with_its_run(visit, begin_run, tmp_path: Path):
    run = tmp_path / HOSTILE.replace("/", "")
    begin_run(run, [{STEPS: 10, SCORE: 1.5}])
    with served(WatchedRun(run), "127.0.0.1", 0) as (address, _):
        page = visit(address)
        expect(page.locator("#note")).to_contain_text("There are no maps yet")
        expect(page.locator("#run bdi")).to_have_text(run.name)
        expect(page.locator("[data-figure='scores/evaluation'] li")).to_have_text("1.5")
        assert not page.locator("#maps-section").is_visible()

        event(run, 0)
        expect(page.locator("#steps")).to_have_text("0", timeout=SOON)
        expect(page.locator("#maps thead bdi")).to_have_text(run.name)
        first = pictures(page)
        assert all(picture.startswith("data:image/png") for picture in first)
        assert not page.locator("#note").is_visible()

        event(run, 1000)
        expect(page.locator("#steps")).to_have_text("1,000", timeout=SOON)
        assert pictures(page) != first
        press(page, "ArrowLeft")
        press(page, "h")
        earlier, told = pictures(page), captions(page)
        event(run, 500)
        with (run / "progress.csv").open("a") as log:
            log.write("2000,7,\n")
        expect(page.locator("#moment")).to_have_attribute("max", "2", timeout=SOON)
        expect(page.locator("#status")).to_contain_text("2,000 of 1,000 env steps, score 7 at 2,000")
        assert (moment(page), pictures(page), captions(page)) == ("0", earlier, told)  # who looks back stays there
        page.get_by_label("Env steps", exact=True).fill("2")
        assert moment(page) == "1,000"
        expect(page.locator("[data-figure='scores/evaluation'] li")).to_have_text("7")
        assert page.locator("img").count() == 0
        assert page.title() == run.name

        picture = np.full((40, 60, 3), 200, np.uint8)
        write_looks(run / "gaze")
        write_png(run / "gaze" / "step_0000000000_paths.png", picture)
        expect(page.locator("#below img")).to_have_js_property("naturalWidth", 60, timeout=SOON)


@pytest.mark.slow
def test_an_event_that_is_gone_is_shown_no_more(visit, tmp_path: Path):
    run = tmp_path / "run"
    for env_steps in (0, 50, 100):
        event(run, env_steps)
    with served(WatchedRun(run), "127.0.0.1", 0) as (address, _):
        page = visit(address)
        expect(page.locator("#steps")).to_have_text("100")
        (run / "saliency" / "step_0000000100.npz").unlink()
        expect(page.locator("#steps")).to_have_text("50", timeout=SOON)
        expect(page.locator("#moment")).to_have_attribute("max", "1")
        assert moment(page) == "50"


@pytest.mark.slow
def test_a_sweep_leads_to_its_runs_and_back(visit, begin_run, tmp_path: Path):
    folder = SweepFolder(tmp_path / HOSTILE.replace("/", ""))
    folder.make(Plan({}, [Cell("first", {}), Cell(HOSTILE, {})], "group"))
    with served(WatchedSweep(folder), "127.0.0.1", 0) as (address, _):
        page = visit(address)
        expect(page.locator("h1")).to_have_text(folder.path.name)
        expect(page.locator("#runs tbody tr")).to_have_count(2)
        begin_run(folder.path / HOSTILE, [{STEPS: 10, SCORE: 1.5}])
        row = page.locator("#runs tbody tr").nth(1)
        expect(row.locator("td").first).to_have_text("running", timeout=SOON)
        expect(row.locator("td").nth(2)).to_have_text("1.5")
        row.get_by_role("link", name=HOSTILE).click()
        expect(page.locator("#run bdi")).to_have_text(HOSTILE)
        event(folder.path / HOSTILE, 0)
        expect(page.locator("#steps")).to_have_text("0", timeout=SOON)
        page.get_by_role("link", name="all runs").click()
        expect(page.locator("#runs tbody tr")).to_have_count(2)
        assert page.locator("img").count() == 0


def test_runs_that_failed_or_were_stopped_are_told_with_the_reason(visit, begin_run, tmp_path: Path):
    folder = SweepFolder(tmp_path / "sweep")
    names = ["bad", "stopped", "going", "done"]
    folder.make(Plan({}, [Cell(name, {}) for name in names], "group"))
    for name in names[1:]:
        begin_run(folder.path / name, [{STEPS: 1000 if name == "done" else 10, SCORE: 1.5}])
    (folder.path / "done" / "checkpoints" / "step_0000001000.zip").write_bytes(b"")
    outcomes = [Outcome.WAITING, Outcome.STOPPED, Outcome.RUNNING, Outcome.DONE]
    states = {name: KnownOutcome(outcome) for name, outcome in zip(names, outcomes, strict=True)}
    folder.states.write_text(SweepStates(states, ProcessMark.own()).text())
    with served(WatchedSweep(folder), "127.0.0.1", 0) as (address, _):
        page = visit(address)
        cells = page.locator("#runs tbody td:nth-child(2)")
        expect(cells).to_have_text(["waiting", "stopped", "running", "done"])
        folder.log(Cell("bad", {})).write_text(f"$ saccade train\nerror: {HOSTILE}\n")
        states["bad"] = KnownOutcome(Outcome.FAILED, "exit code 2")
        folder.states.write_text(SweepStates(states, ProcessMark.own()).text())
        expect(cells.first).to_have_text(f"failederror: {HOSTILE}", timeout=SOON)
        expect(page.locator("#runs .reason")).to_have_count(1)
        page.get_by_role("link", name="bad").click()
        expect(page.locator("#status")).to_have_text("failed")
        expect(page.locator("#note")).to_have_text(f"The run has failed: error: {HOSTILE}")
        page.get_by_role("link", name="all runs").click()
        page.get_by_role("link", name="stopped").click()
        expect(page.locator("#note")).to_contain_text("The run was stopped before its end; it can be resumed.")
        assert page.locator("img").count() == 0


@pytest.mark.slow
@pytest.mark.parametrize("of_sweep", [False, True])
def test_on_a_phone_nothing_but_tables_is_wider_than_the_screen(browser: Browser, tmp_path: Path, begin_run, of_sweep: bool):
    name = "a_run_with_a_name_that_is_rather_long_" * 3
    folder = SweepFolder(tmp_path / "sweep")
    folder.make(Plan({}, [Cell(name, {})], "group"))
    event(begin_run(folder.path / name, [{STEPS: 1_234_567, SCORE: 1.5}], total=10**8), 1_234_567)
    with served(WatchedSweep(folder), "127.0.0.1", 0) as (address, _):
        page = browser.new_context(viewport={"width": 360, "height": 700}).new_page()
        page.goto(address if of_sweep else f"{address}run/0/")
        expect(page.locator("#runs tbody tr" if of_sweep else "#maps canvas").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        page.context.close()


@pytest.mark.slow
def test_a_server_that_has_ended_is_said_and_the_maps_stay(visit, tmp_path: Path):
    run = tmp_path / "run"
    event(run, 0)
    with served(WatchedRun(run), "127.0.0.1", 0) as (address, _):
        page = visit(address, expects_trouble=True)
        expect(page.locator("#steps")).to_have_text("0")
    begun = time.monotonic()
    expect(page.locator("#lost")).to_be_visible(timeout=SOON)
    assert time.monotonic() - begun < SOON / 1000
    assert pictures(page)[0].startswith("data:image/png")
