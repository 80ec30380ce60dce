"""A page of HTML with everything in it: its head, its Content-Security-Policy, and the data that its script reads."""

import base64
import hashlib
import html
import json
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from string import Template
from typing import Any, TextIO


@dataclass(frozen=True)
class Below:
    """
    More to see below the maps, without a script.

    :param style: CSS
    :param write: writes HTML into the page, whose pictures and films are ``data:``
    """

    style: str
    write: Callable[[TextIO], None]


def page_around_data(
    title: str, generator: str, script: str, more_style: str, header: str = "", connected: bool = False
) -> tuple[str, str, str]:
    """
    The page of maps before and after its data.

    :param title: of the page; any text that UTF-8 can write
    :param generator: the command that makes it
    :param script: in JavaScript
    :param more_style: further CSS
    :param header: HTML below the heading
    :param connected: whether the page may ask its own server for more
    :return: the first part, the last part, and the Content-Security-Policy
    """
    style = "\n".join([common_style(), *([more_style.strip()] if more_style else [])])
    body, data, foot = resource("comparison_page.html").partition("<!-- the data -->\n")
    assert data  # the marker is in our own file
    head, policy = page_head(title, generator, style, script, connected)
    return head + Template(body).substitute(header=header), Template(foot).substitute(script=script), policy


def page_head(title: str, generator: str, style: str, script: str | None = None, connected: bool = False) -> tuple[str, str]:
    """
    What a page begins with, up to the first line of its body.

    :param title: of the page; any text that UTF-8 can write
    :param generator: the command that makes it
    :param style: CSS
    :param script: that stands in the page between two line breaks, or None
    :param connected: whether the page may ask its own server for more
    :return: HTML, and the Content-Security-Policy
    """
    policy = content_policy(script, style, connected)
    shown = {"title": html.escape(title), "policy": policy, "style": style, "generator": generator}
    return Template(resource("head.html")).substitute(shown) + "\n", policy


def content_policy(script: str | None, style: str, connected: bool) -> str:
    """
    A Content-Security-Policy that allows a page's own script and style, and nothing else.

    :param script: as it stands in the page, between two line breaks; None: the page runs none
    :param style: likewise
    :param connected: whether the page may ask its own server for more
    """
    allowed = "" if script is None else f"script-src '{_source_hash(script)}'; "
    sources, connects = ("'self' data:", "connect-src 'self'; ") if connected else ("data:", "")
    return (
        f"default-src 'none'; {allowed}style-src '{_source_hash(style)}'; img-src {sources}; "
        f"media-src {sources}; {connects}base-uri 'none'; form-action 'none'"
    )


def json_block(name: str, told: dict[str, Any]) -> str:
    """Data that the page's script reads as JSON."""
    text = json.dumps(told, allow_nan=False)
    for character in "<>&\u2028\u2029":  # so that an HTML parser does not take it for markup
        text = text.replace(character, f"\\u{ord(character):04x}")
    return data_block(name, text)


def data_block(name: str, text: str) -> str:
    """Text that the browser keeps without parsing it. It must not contain the end of a script element."""
    return f'<script type="text/plain" id="{name}">{text}</script>\n'


def common_style() -> str:
    """The CSS that all pages begin with."""
    return resource("comparison_page.css")


def resource(name: str, package: str | None = __package__) -> str:
    """
    A file of a package, as text.

    :param name: of the file
    :param package: whose folder it is in
    """
    assert package  # which is None only in a file that is run by itself
    return (files(package) / name).read_text(encoding="utf-8").rstrip("\n")


def _source_hash(text: str) -> str:
    """How a Content-Security-Policy names a script or style that it allows, by all of the text between its tags."""
    digest = hashlib.sha256(f"\n{text}\n".encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
