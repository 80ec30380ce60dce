"""Tables by hand."""

from saccade.saliency.checks.markdown import markdown_table


def test_a_table_by_hand():
    assert markdown_table(("a", "b"), [["1", ""], ["x y", "**2**"]]) == "| a | b |\n|---|---|\n| 1 |  |\n| x y | **2** |"
    assert markdown_table(["alone"], []) == "| alone |\n|---|"


def test_a_name_breaks_no_row():
    lines = markdown_table(("head",), [["value@a|b"], ["two\nlines"], ["<lambda>"], ["`a`"]]).splitlines()
    assert lines == ["| head |", "|---|", "| value@a\\|b |", "| two lines |", "| &lt;lambda> |", "| `a` |"]
