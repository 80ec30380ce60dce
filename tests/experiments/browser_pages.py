"""What the tests of a page in a browser share."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from event_folders import probe_set
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PROBES = probe_set(count=2)
IN_BROWSER = [
    pytest.mark.integration,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium or Chrome: apt-get install chromium"),
]

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
Open = Callable[..., Page]


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


def drawn(page: Page) -> None:
    page.wait_for_selector('#maps[aria-busy="false"]', state="attached")  # it is hidden where there are no maps


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
