"""The site of this repository, built, and read in a browser that says what it loads."""

import shutil
from pathlib import Path

import pytest
from browser_pages import CHROMIUM
from playwright.sync_api import sync_playwright

from saccade.scripts.documentation import build
from saccade.scripts.documentation.built_site import problems
from saccade.scripts.documentation.reference import PACKAGES

pytestmark = [pytest.mark.slow, pytest.mark.integration, pytest.mark.timeout(300)]
READ = ("index.html", "docs/story.html", "examples/index.html", "docs/saliency.html", "results/speed.html", "reference/agents.html")


@pytest.fixture(scope="module")
def site() -> Path:
    assert build.main() == 0
    return build.SITE


def test_the_reference_shows_parameters(site):
    for package in PACKAGES:
        assert "Parameters:" in (site / "reference" / f"{package}.html").read_text()
    learner = (site / "reference" / "agents.html").read_text()
    assert "with LayerNorm in place of a target network" in learner
    assert "steps of each env per rollout" in learner  # a :param: of PQN
    assert ":param" not in learner
    assert ":class:" not in learner


@pytest.mark.parametrize("broken", ["[x](nowhere.md)", "[x](training.md#nowhere)", '<img src="nowhere.png">'])
def test_a_broken_link_fails(site, broken, tmp_path, monkeypatch, capfd):
    """In a copy of the pages, built as the site is."""
    monkeypatch.setattr(
        build, "write_pages", lambda root, pages: (build_pages(root, pages), add(pages / "docs" / "story.md", broken))
    )
    assert build.main() != 0
    assert "nowhere" in "".join(capfd.readouterr())


build_pages = build.write_pages


def add(page: Path, text: str) -> None:
    page.write_text(f"{page.read_text()}\n\n{text}\n")


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium or Chrome: apt-get install chromium")
def test_a_browser_loads_nothing_from_elsewhere(site, tmp_path):
    kept = shutil.copytree(site, tmp_path / "site")
    assert problems(kept) == []
    asked: list[str] = []
    failed: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("requestfailed", lambda request: failed.append(request.url))
        for name in READ:
            page.goto((kept / name).as_uri())
            page.wait_for_load_state("networkidle")
            broken = "all => all.filter(one => !one.complete || !one.naturalWidth).map(one => one.src)"
            assert page.eval_on_selector_all("article img", broken) == []
        browser.close()
    assert len(asked) > len(READ)
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    assert failed == []
