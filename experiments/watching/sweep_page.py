"""The page of a sweep, before it has asked for anything."""

import html
from string import Template

from ...saliency.page.html_page import common_style, page_head, resource
from ...saliency.whole_file import in_utf8


def sweep_page(name: str) -> tuple[str, str]:
    """
    The page: a table that its script fills.

    :param name: of the sweep; any text
    :return: HTML, and the Content-Security-Policy that goes with it
    """
    body, more_style, script = (resource(f"sweep_page.{end}", __package__) for end in ("html", "css", "js"))
    title = in_utf8(name)
    head, policy = page_head(title, "saccade watch", f"{common_style()}\n{more_style}", script, connected=True)
    return head + Template(body).substitute(title=html.escape(title), script=script) + "\n", policy
