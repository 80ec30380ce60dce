from collections.abc import Iterator
from pathlib import Path

import pytest
from browser_pages import PROBES, Open, chromium, drawn
from event_folders import noise, write_event, write_run
from playwright.sync_api import Browser, Page

from saccade.experiments import compare


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


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
    compare((first, second), output=folder / "page.html")
    return folder / "page.html"
