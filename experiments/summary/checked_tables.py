"""The checks over seeds, as a part of a page and as Markdown."""

import html
from collections.abc import Sequence
from typing import TextIO

from ...saliency.page.html_page import Below
from ...saliency.whole_file import in_utf8
from ..scoring.over_seeds import LEAST_RUNS, intervals_told
from .checked import MASS, CheckedFigure
from .markdown import table

MARK = "<!-- written by saccade compare -->"
FORMAT = ".3g"
HEADS = ("game", "agent", "head", "method", "figure", "seeds", "mean +- standard error", "interval", "how to read it")
ABOUT = "Figures of each run's last event, means over runs that are seeds of one another"
STYLE = """
.over-seeds { border-collapse: collapse; margin: 12px 0; font-variant-numeric: tabular-nums; }
.over-seeds td, .over-seeds th { padding: 3px 14px 3px 0; border-bottom: 1px solid var(--line); text-align: left; }
.over-seeds td:nth-child(n + 6):nth-child(-n + 8) { white-space: nowrap; }
.over-seeds-frame { overflow-x: auto; }
"""


def checks_below(rows: Sequence[CheckedFigure], fewest: int = LEAST_RUNS) -> Below:
    """
    A table of the checks as a part of a page. It runs no script.

    :param rows: at least one
    :param fewest: runs for an interval
    """

    def write(file: TextIO) -> None:
        file.write('<section aria-labelledby="over-seeds-title">\n<h2 id="over-seeds-title">Checks and things over seeds</h2>\n')
        file.write(f"<p>{_told(rows, fewest)}</p>\n")
        heads = "".join(f'<th scope="col">{head}</th>' for head in HEADS)
        file.write(f'<div class="over-seeds-frame">\n<table class="over-seeds">\n<tr>{heads}</tr>\n')
        for row in rows:
            cells = "".join(f"<td><bdi>{html.escape(in_utf8(text))}</bdi></td>" for text in _texts(row))
            file.write(f"<tr>{cells}</tr>\n")
        file.write("</table>\n</div>\n</section>\n")

    return Below(STYLE, write)


def checks_text(rows: Sequence[CheckedFigure], fewest: int = LEAST_RUNS) -> str:
    """
    The same table as Markdown.

    :param rows: at least one
    :param fewest: runs for an interval
    """
    parts = [MARK, "# Checks and things over seeds", _told(rows, fewest), table(HEADS, [_texts(row) for row in rows])]
    return "\n\n".join(parts) + "\n"


def _told(rows: Sequence[CheckedFigure], fewest: int) -> str:
    interval = intervals_told(fewest).removeprefix("in brackets ")
    of_things = " A share is the part of the map on a thing divided by the thing's part of the area."
    return f"{ABOUT}; the interval is {interval}.{of_things if any(row.figure.startswith(MASS) for row in rows) else ''}"


def _texts(row: CheckedFigure) -> list[str]:
    mean, low, high = (None if x is None else f"{float(x):{FORMAT}}" for x in (row.mean.value, row.mean.low, row.mean.high))
    shown = f"{mean} (one seed)" if row.error is None else f"{mean} +- {row.error:.2g}"
    interval = f"none, {'one seed' if row.runs == 1 else f'{row.runs} seeds'}" if low is None else f"{low} to {high}"
    return [row.env, row.agent, row.head, row.method, row.figure.replace("_", " "), str(row.runs), shown, interval, row.good]
