"""The notebooks of examples/ run from top to bottom without a network, and are kept without outputs."""

import re
import warnings
from pathlib import Path

import nbclient
import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
LESSONS = sorted(EXAMPLES.glob("*.ipynb"))
MOST_BYTES = 30_000
OFFLINE = """
import socket

connect = socket.socket.connect


def only_here(self, address):
    if self.family != socket.AF_UNIX and address[0] not in ("127.0.0.1", "::1", "localhost"):
        raise AssertionError(f"a lesson wants to reach {address}")
    return connect(self, address)


socket.socket.connect = only_here
"""


def name_of(lesson: Path) -> str:
    return lesson.stem


def read(lesson: Path) -> nbformat.NotebookNode:
    return nbformat.read(lesson, as_version=4)


def test_there_are_five():
    assert len(LESSONS) == 5


@pytest.mark.parametrize("lesson", LESSONS, ids=name_of)
def test_a_notebook_is_small_and_has_no_outputs(lesson):
    book = read(lesson)
    nbformat.validate(book)
    assert lesson.stat().st_size <= MOST_BYTES
    assert [cell["id"] for cell in book.cells if cell.get("outputs") or cell.get("execution_count")] == []
    assert set(book.metadata) == {"kernelspec", "language_info"}


@pytest.mark.parametrize("lesson", LESSONS, ids=name_of)
def test_a_notebook_is_a_lesson(lesson):
    """It has a title, says what it teaches and how long it takes, explains between cells of code, and asserts what it claims."""
    cells = read(lesson).cells
    assert cells[0].cell_type == "markdown"
    assert re.match(r"# \S", cells[0].source)
    about = " ".join(cells[0].source.split())
    assert "You will learn" in about
    assert "minute" in about
    assert cells[-1].cell_type == "code"
    assert all(line.startswith(("assert ", "for ", "    ")) for line in cells[-1].source.splitlines())
    assert max(len(cell.source.splitlines()) for cell in cells if cell.cell_type == "code") <= 40


@pytest.mark.parametrize("page", ["examples/README.md", "zensical.toml"])
def test_pages_name_all_lessons(page):
    text = (ROOT / page).read_text()
    assert [lesson.stem for lesson in LESSONS if lesson.stem not in text] == []


@pytest.mark.slow
@pytest.mark.integration
@pytest.mark.timeout(900)
@pytest.mark.parametrize("lesson", LESSONS, ids=name_of)
def test_a_notebook_runs_from_top_to_bottom(lesson, tmp_path, monkeypatch):
    """Its last cell asserts what it claims, so a lesson that has become wrong fails here."""
    monkeypatch.setenv("SACCADE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    book = read(lesson)
    book.cells.insert(0, nbformat.v4.new_code_cell(OFFLINE))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Jupyter's own
        nbclient.NotebookClient(book, timeout=600, resources={"metadata": {"path": str(tmp_path)}}).execute()
    drawn = [
        output
        for cell in book.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if "image/png" in output.get("data", {})
    ]
    assert drawn
