"""Checks of a built site: links, anchors, and what is loaded from elsewhere."""

import pytest

from saccade.scripts.documentation.built_site import problems

INDEX = '<html><body><h1 id="top">A</h1>{}</body></html>'


def site_with(folder, body: str, style: str = "") -> list[str]:
    (folder / "docs").mkdir(exist_ok=True)
    (folder / "index.html").write_text(INDEX.format(body))
    (folder / "docs" / "b c.html").write_text('<a href="../index.html#top">up</a><a name="old">x</a>')
    (folder / "docs" / "index.html").write_text("")
    (folder / "a.png").write_text("")
    (folder / "a.css").write_text(style)
    return problems(folder)


@pytest.mark.parametrize(
    "body",
    [
        '<a href="docs/b%20c.html">b</a>',
        '<a href="docs/b%20c.html#old">b</a>',
        '<a href="docs/">folder</a> <a href="#top">top</a> <a href="">here</a>',
        '<a href="/docs/index.html">from the root</a>',
        '<a href="https://example.org/nowhere">a link elsewhere is for the reader</a>',
        '<a href="mailto:a@b.c">post</a> <a href="javascript:void(0)">x</a>',
        '<img src="a.png"> <link rel="stylesheet" href="a.css"> <link rel="canonical" href="https://example.org/">',
        '<img src="data:image/png;base64,AAAA">',
    ],
)
def test_good_pages(body, tmp_path):
    assert site_with(tmp_path, body) == []


@pytest.mark.parametrize(
    "body",
    [
        '<a href="docs/c.html">c</a>',
        '<a href="docs/b%20c.html#top">no such anchor</a>',
        '<a href="#bottom">no such anchor</a>',
        '<a href="results/">no such folder</a>',
        '<a href="../outside.html">outside</a>',
        '<img src="b.png">',
        '<script src="missing.js"></script>',
    ],
)
def test_broken_links(body, tmp_path):
    (tmp_path.parent / "outside.html").write_text("")
    (line,) = site_with(tmp_path, body)
    assert line.startswith("index.html has a link to ")
    assert line.endswith("which is not there")


@pytest.mark.parametrize(
    ("body", "style"),
    [
        ('<script src="https://cdn.example.org/a.js"></script>', ""),
        ('<script src="//cdn.example.org/a.js"></script>', ""),
        ('<img src="https://example.org/a.png">', ""),
        ('<link rel="stylesheet" href="https://fonts.example.org/css">', ""),
        ('<link rel="preconnect" href="https://fonts.example.org">', ""),
        ('<p style="background: url(https://example.org/a.png)">', ""),
        ("", "@import 'https://fonts.example.org/css';"),
        ("", "a { background: url(//example.org/a.png) }"),
    ],
)
def test_what_is_loaded_from_elsewhere(body, style, tmp_path):
    (line,) = site_with(tmp_path, body, style)
    assert line.endswith("from elsewhere")
