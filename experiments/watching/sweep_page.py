"""The page of a sweep, before it has asked for anything."""

import html
from importlib.resources import files
from string import Template

from ...saliency.page.comparison_page import content_policy, resource
from ...saliency.whole_file import in_utf8


def sweep_page(name: str) -> tuple[str, str]:
    """
    The page: a table that its script fills.

    :param name: of the sweep; any text
    :return: HTML, and the Content-Security-Policy that goes with it
    """
    parts = {
        end: (files(__package__) / f"sweep_page.{end}").read_text(encoding="utf-8").rstrip("\n") for end in ("html", "css", "js")
    }
    style = f"{resource('comparison_page.css')}\n{parts['css']}"
    policy = content_policy(parts["js"], style, connected=True)
    shown = {"title": html.escape(in_utf8(name)), "policy": policy, "style": style, "script": parts["js"]}
    return Template(parts["html"]).substitute(shown) + "\n", policy
