"""Places in pages are filled from functions, and every table of the real pages is such a place."""

import re
import shutil
from pathlib import Path

import pytest

from saccade.scripts.tables import tables as door
from saccade.scripts.tables.markdown import read_csv, table, three_digits
from saccade.scripts.tables.pages import MARKER, differing, filled
from saccade.scripts.tables.registry import PAGES, RESULTS, ROOT, TABLES, VALUES

PAGE = """# Page

Best score <!-- value: best -->3<!-- end --> of all.

<!-- table: scores -->
| old |
<!-- end -->

| a | by hand |
"""
# Rows of definitions and of settings, whose numbers nobody has measured: (page, beginning of the row).
NO_MEASUREMENTS = [
    ("docs/checks.md", "| "),  # defines figures: limits, ends of scales, what chance gives
    ("docs/objects.md", "| "),  # as well
    ("docs/saliency.md", "| `jacobian_x_contrast_smooth` "),  # a setting
    ("docs/saliency.md", "| `rise` "),
    ("docs/glimpses.md", "| `train` "),  # sizes of the splits
    ("docs/glimpses.md", "| `validation` "),
    ("docs/glimpses.md", "| `test` "),
    ("docs/security.md", "| a checkpoint, "),  # a version
    ("docs/index.md", "| gaze "),  # coordinates
    ("docs/index.md", "| env step, frame "),  # frames an env step has
    ("docs/sweeps.md", "| `resources` "),  # defaults
    ("docs/training.md", "| `checkpoints/` "),  # sizes of files, to say how much room is needed
    ("docs/training.md", "| `saliency/` "),
    ("docs/wandb.md", "| `saliency/value/norm`"),  # the ends of a scale
    ("docs/wandb.md", "| `saliency/overlap/"),  # what chance gives
    ("docs/wandb.md", "| `saliency/share_of_time` "),  # a setting
]


def places_in(text: str) -> list[tuple[str, str]]:
    """(table or value, name) of each place in a page, in order."""
    return [(kind, name) for kind, name, _ in MARKER.findall(text)]


def numbers_in(row: str) -> list[str]:
    """Numbers that stand by themselves: not in names, code, links, ids of versions, and years of papers."""
    plain = re.sub(r"`[^`]*`|\]\([^)]*\)|et al\. \d{4}", " ", row)
    return re.findall(r"(?<![\w.,-])-?\d[\d,]*(?:\.\d+)?(?![\w-])", plain)


def test_places_are_filled_and_the_rest_stays():
    tables, values = {"scores": lambda _: ["| new |", "| 7 |"]}, {"best": lambda results: results.name}
    new = filled(PAGE, tables, values, Path("results"))
    expected = PAGE.replace("| old |", "| new |\n| 7 |").replace("-->3<!--", "-->results<!--")
    assert new == expected
    assert filled(new, tables, values, Path("results")) == new
    assert places_in(PAGE) == [("value", "best"), ("table", "scores")]
    assert differing(PAGE, new) == ["best", "scores"]
    assert differing(new, new) == []
    with pytest.raises(KeyError, match="scores"):
        filled(PAGE, {}, values, Path("results"))


def test_a_table_by_hand():
    assert table(("a", "b"), [[1, "x"], [None, 2.5]]) == ["| a | b |", "| --- | --- |", "| 1 | x |", "|  | 2.5 |"]


@pytest.mark.parametrize(
    ("value", "text"),
    [(1643.2, "1,643"), (145.6, "146"), (99.96, "100"), (99.94, "99.9"), (56.49, "56.5"), (0.0338, "0.0338"), (4, "4")],
)
def test_three_digits_by_hand(value, text):
    assert three_digits(value) == text


def test_no_place_of_a_page_is_stale(capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["tables.py", "--check"])
    assert door.main() == 0, capsys.readouterr().out


def test_a_changed_file_makes_its_places_stale_and_the_command_writes_them(tmp_path, capsys, monkeypatch):
    shutil.copytree(RESULTS, tmp_path / "results", ignore=shutil.ignore_patterns("*.png"))
    page = tmp_path / "enduro.md"
    page.write_text((RESULTS / "enduro.md").read_text())
    for name, value in (("ROOT", tmp_path), ("RESULTS", tmp_path / "results"), ("PAGES", (page,))):
        monkeypatch.setattr(door, name, value)
    log = tmp_path / "results" / "enduro-dueling-dqn" / "curve.csv"
    (line, *_) = [line for line in log.read_text().splitlines() if line.startswith("200000,")]
    before = read_csv(tmp_path / "results", "enduro-dueling-dqn/curve.csv")
    assert any(row["eval/score_mean"] == "128.0" for row in before)
    log.write_text(log.read_text().replace(line, line.replace("128.0", "640.5")))
    monkeypatch.setattr("sys.argv", ["tables.py", "--check"])
    untouched = page.read_text()
    assert door.main() == 1
    assert capsys.readouterr().out == "enduro.md: enduro-first-dqn is stale; run make tables\n"
    assert page.read_text() == untouched
    monkeypatch.setattr("sys.argv", ["tables.py"])
    assert door.main() == 0
    assert "| 200,000 | 640.5 | 19.8 |" in page.read_text()
    assert capsys.readouterr().out == "enduro.md: enduro-first-dqn written\n"


def test_every_place_has_its_function_and_every_function_its_place():
    places = [place for page in PAGES for place in places_in(page.read_text())]
    assert {name for kind, name in places if kind == "table"} == set(TABLES)
    assert {name for kind, name in places if kind == "value"} == set(VALUES)
    assert not [page for page in PAGES if page.read_text().count("<!-- end -->") != len(places_in(page.read_text()))]


def test_no_measured_row_stands_outside_a_place():
    outside = []
    for page in PAGES:
        rows = [line for line in MARKER.sub("", page.read_text()).splitlines() if line.startswith("|")]
        outside += [(str(page.relative_to(ROOT)), row) for row in rows if numbers_in(row)]
    excused = [(page, row) for page, row in outside for known, start in NO_MEASUREMENTS if page == known and row.startswith(start)]
    assert [each for each in outside if each not in excused] == []
    unused = [each for each in NO_MEASUREMENTS if not any(page == each[0] and row.startswith(each[1]) for page, row in outside)]
    assert unused == []
