"""Pages for the site: links, folders, lessons and the reference."""

import importlib
import json
from pathlib import Path

import pytest

from saccade.scripts.documentation.lessons import lesson_page
from saccade.scripts.documentation.reference import PACKAGES, public_names, reference_page
from saccade.scripts.documentation.source_pages import for_the_site, write_pages

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[a](README.md)", "[a](index.md)"),
        ("[a](../README.md#how-to) and [b](README.md)", "[a](../index.md#how-to) and [b](index.md)"),
        ("[a](glimpses/rows/)", "[a](glimpses/rows/index.md)"),
        ("[a](https://example.org/)", "[a](https://example.org/)"),
        ("[a](https://example.org/README.md)", "[a](https://example.org/README.md)"),
        ('METHODS["x"](head, README)', 'METHODS["x"](head, README)'),
        ("takes <!-- value: size -->7.08<!-- end --> GB", "takes 7.08 GB"),
        ("<!-- table: a -->\n| b |\n<!-- end -->", "\n| b |\n"),
        ("README.md is a file", "README.md is a file"),
    ],
)
def test_a_page_for_the_site(before, after):
    assert for_the_site(before) == after


def test_a_lesson_as_a_page(tmp_path):
    cells = [
        {"cell_type": "markdown", "source": ["# Title\n", "\n", "Text."]},
        {"cell_type": "code", "source": ["a = 1\n", "print(a)"], "outputs": [{"text": "1"}]},
        {"cell_type": "markdown", "source": []},
    ]
    (tmp_path / "one.ipynb").write_text(json.dumps({"cells": cells}))
    lines = lesson_page(tmp_path / "one.ipynb").splitlines()
    assert lines[:3] == ["# Title", "", "Text."]
    assert "[one.ipynb](one.ipynb)" in lines[4]
    assert lines[6:10] == ["```python", "a = 1", "print(a)", "```"]


@pytest.mark.parametrize("package", PACKAGES)
def test_the_reference_has_every_public_name_once(package):
    exported = importlib.import_module(f"saccade.{package}").__all__
    assert sorted(public_names(ROOT, package)) == sorted(exported)
    page = reference_page(ROOT, package)
    assert page.startswith(f"# saccade.{package}\n")
    assert sorted(line.rpartition(".")[2] for line in page.splitlines() if line.startswith("::: ")) == sorted(exported)


def test_a_whole_folder_of_pages(tmp_path):
    """A small repository: pages, a folder without a page, and what was there before."""
    root, target = tmp_path / "repository", tmp_path / "pages"
    for name in ("docs", "examples", "hyperparams", "results/rows", *PACKAGES):
        (root / name).mkdir(parents=True)
    for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "CITATION.cff", "results/README.md", "results/rows/a.json"):
        (root / name).write_text("[rows](results/rows/) [home](README.md)")
    for package in PACKAGES:
        (root / package / "__init__.py").write_text('"""About it."""\n\n__all__ = ["B", "a"]\n')
    target.mkdir()
    (target / "old.md").write_text("gone")
    write_pages(root, target)
    assert not (target / "old.md").exists()
    assert (target / "index.md").read_text() == "[rows](results/rows/index.md) [home](index.md)"
    assert not list(target.rglob("README.md"))
    assert (target / "results" / "rows" / "index.md").read_text() == "# results/rows\n\n- [a.json](a.json)\n"
    assert (
        target / "reference" / "envs.md"
    ).read_text() == "# saccade.envs\n\nAbout it.\n\n::: saccade.envs.a\n\n::: saccade.envs.B\n"
    assert (root / "README.md").read_text() == "[rows](results/rows/) [home](README.md)"  # the repository is as it was
