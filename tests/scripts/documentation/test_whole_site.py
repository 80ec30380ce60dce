"""The site of this repository, built, and read in a browser that says what it loads."""

import re
import shutil
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from browser_pages import CHROMIUM, chromium

from saccade.scripts.documentation import build
from saccade.scripts.documentation.built_site import problems
from saccade.scripts.documentation.reference import PACKAGES

pytestmark = [pytest.mark.slow, pytest.mark.integration, pytest.mark.timeout(300)]
READ = ("index.html", "docs/story.html", "examples/index.html", "docs/saliency.html", "results/speed.html", "reference/agents.html")


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    assert build.main() == 0
    return Path(shutil.copytree(build.SITE, tmp_path_factory.mktemp("built") / "site"))  # later tests build others


def test_the_reference_shows_parameters(site):
    for package in PACKAGES:
        assert "Parameters:" in (site / "reference" / f"{package}.html").read_text()
    learner = (site / "reference" / "agents.html").read_text()
    assert "with LayerNorm in place of a target network" in learner
    assert "steps of each env per rollout" in learner  # a :param: of PQN
    assert ":param" not in learner
    assert ":class:" not in learner


@pytest.mark.parametrize(
    ("broken", "named"),
    [
        ("[x](nowhere.md) and [y](training.md#no-such-anchor)", ["page does not exist", "anchor does not exist"]),
        ('<img src="nowhere.png">', ["docs/story.html has a link to nowhere.png"]),
    ],
)
def test_a_broken_link_fails(broken, named, monkeypatch, capfd):
    write_pages = build.write_pages

    def with_a_broken_link(root: Path, pages: Path) -> None:
        write_pages(root, pages)
        with (pages / "docs" / "story.md").open("a") as page:
            page.write(f"\n\n{broken}\n")

    monkeypatch.setattr(build, "write_pages", with_a_broken_link)
    assert build.main() != 0
    said = re.sub(r"\x1b\[[\d;]*m", "", "".join(capfd.readouterr()))
    assert [words for words in named if words not in said] == []


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_) -> None:
        """Nothing."""


@pytest.fixture
def address(site) -> Iterator[str]:
    """Of a server of this site on this machine."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium or Chrome: apt-get install chromium")
def test_a_browser_loads_nothing_from_elsewhere(site, address):
    assert problems(site) == []
    asked: list[str] = []
    failed: list[str] = []
    with chromium() as browser:
        page = browser.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("requestfailed", lambda request: failed.append(request.url))
        for name in READ:
            page.goto(address + name)
            page.wait_for_load_state("networkidle")
            broken = "all => all.filter(one => !one.complete || !one.naturalWidth).map(one => one.src)"
            assert page.eval_on_selector_all("article img", broken) == []
    assert len(asked) > len(READ)
    assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []
    assert failed == []
