"""The page of a run that is going on, before it has asked for anything."""

import html

from ...whole_file import in_utf8
from ..comparison_page import SCRIPTS
from ..html_page import page_around_data, resource
from .pictures import STYLE

HEADER = """  <p id="run"><bdi>{name}</bdi>{back}</p>
  <p id="status"></p>
  <p id="note" class="note" role="status" hidden></p>
  <p id="lost" class="note" role="alert" hidden>No answer from saccade watch. The page goes on when there is one again.</p>"""
MORE_STYLE = """
#run { color: var(--ink); font-weight: 600; overflow-wrap: anywhere; }
#run a { margin-left: 16px; color: var(--focus); font-weight: 400; }
#status { font-variant-numeric: tabular-nums; }
"""


def live_page(name: str, back: str | None = None) -> tuple[str, str]:
    """
    The page, with the drawing code of the page of ``saccade compare``.

    :param name: of the run; any text
    :param back: address of the page of all runs, or None
    :return: HTML, and the Content-Security-Policy that goes with it
    """
    script = "\n".join([*(resource(file) for file in SCRIPTS), script_of_this_room()])
    link = "" if back is None else f' <a href="{html.escape(back)}">all runs</a>'
    header = HEADER.format(name=html.escape(in_utf8(name)), back=link)
    head, foot, policy = page_around_data(in_utf8(name), "saccade watch", script, f"{STYLE}\n{MORE_STYLE.strip()}", header, True)
    return f'{head}<div id="below"></div>\n{foot}', policy


def script_of_this_room() -> str:
    """What starts the page."""
    return resource("live.js", __package__)
