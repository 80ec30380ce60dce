"""Checks of a site that is built: every link leads somewhere, and no page loads anything from another place."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADS = {"script": "src", "img": "src", "iframe": "src", "source": "src", "video": "src", "audio": "src", "link": "href"}
NOT_LOADED = {"canonical", "alternate", "next", "prev", "author", "license", "edit"}  # rel of <link>: said, not fetched
OF_STYLES = re.compile(r"(?:@import\s+|url\()\s*['\"]?((?:https?:)?//[^'\")\s]+)")


@dataclass
class Page(HTMLParser):
    """What a page links to, what it loads, and its anchors."""

    links: list[str] = field(default_factory=list)
    loads: list[str] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Called for each element."""
        given = {name: value for name, value in attrs if value is not None}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag in LOADS and LOADS[tag] in given and not set(given.get("rel", "").split()) & NOT_LOADED:
            self.loads.append(given[LOADS[tag]])
        self.loads += OF_STYLES.findall(given.get("style", ""))


def read_page(path: Path) -> Page:
    """
    A page's links and anchors.

    :param path: of the HTML file
    """
    page = Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def problems(site: Path) -> list[str]:
    """
    Lines that say what is wrong with a site; none if all is well.

    :param site: its folder
    """
    found = []
    pages = {path.resolve(): read_page(path) for path in sorted(site.rglob("*.html"))}
    for path, page in pages.items():
        name = path.relative_to(site.resolve())
        found += [f"{name} loads {address} from elsewhere" for address in page.loads if _is_elsewhere(address)]
        for address in dict.fromkeys([*page.links, *page.loads]):
            if (
                not _is_elsewhere(address)
                and not urlsplit(address).scheme
                and not _leads_somewhere(site.resolve(), path, address, pages)
            ):
                found.append(f"{name} has a link to {address}, which is not there")
    for path in sorted(site.rglob("*.css")):
        found += [
            f"{path.relative_to(site)} loads {address} from elsewhere"
            for address in OF_STYLES.findall(path.read_text(encoding="utf-8"))
        ]
    return found


def _is_elsewhere(address: str) -> bool:
    return bool(urlsplit(address).netloc)


def _leads_somewhere(site: Path, page: Path, address: str, pages: Mapping[Path, Page]) -> bool:
    """Whether a link without a host leads to a file of the site, and to an anchor there."""
    parts = urlsplit(address)
    way = unquote(parts.path)
    there = page if not way else (site / way.lstrip("/") if way.startswith("/") else page.parent / way).resolve()
    if there.is_dir():
        there = there / "index.html"
    if not there.is_file() or not there.is_relative_to(site):
        return False
    return not parts.fragment or there.suffix != ".html" or unquote(parts.fragment) in pages[there].anchors
