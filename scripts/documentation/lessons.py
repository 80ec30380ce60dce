"""Notebooks as pages: their text and their code, without outputs."""

import json
from pathlib import Path


def lesson_page(notebook: Path) -> str:
    """
    A notebook in Markdown.

    :param notebook: an ``.ipynb`` file
    """
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    parts = [_as_markdown(cell["cell_type"], "".join(cell["source"])) for cell in cells]
    where = f"*This page is the notebook [{notebook.name}]({notebook.name}). Run it to see what it prints and draws.*"
    return "\n\n".join([parts[0], where, *parts[1:]]) + "\n"


def _as_markdown(kind: str, source: str) -> str:
    return f"```python\n{source}\n```" if kind == "code" else source
