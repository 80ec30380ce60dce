"""Tables in Markdown."""

import re
from collections.abc import Iterable, Sequence

TAG = re.compile(r"<(?=[A-Za-z/!?])")  # begins HTML; "<= 5" does not


def markdown_table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """
    A table.

    :param heads: of the columns
    :param rows: cells of each, as for :func:`markdown_row`
    """
    first, *others = map(markdown_row, (heads, *rows))
    return "\n".join([first, "|" + "---|" * len(heads), *others])


def markdown_row(cells: Iterable[str]) -> str:
    """
    A row of a table.

    :param cells: any texts, such as names that users gave; Markdown within them counts
    """
    return f"| {' | '.join(map(cell, cells))} |"


def cell(text: str) -> str:
    """Text that ends no cell of a table, and is no HTML."""
    return TAG.sub("&lt;", " ".join(text.split()).replace("|", "\\|"))
