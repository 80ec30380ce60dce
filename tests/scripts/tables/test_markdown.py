"""Figures as text, by hand."""

import math

import pytest

from saccade.scripts.tables.markdown import TO, with_interval


def percent(x: float) -> str:
    return f"{100 * x:.1f}"


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (with_interval(0.5, 0.25, 0.756), "0.50 [0.25, 0.76]"),
        (with_interval(0.5, 0.25, 0.75, bold=True), "**0.50** [0.25, 0.75]"),
        (with_interval(-0.5, -1, 2, "{:+.1f}".format, TO), "-0.5 (-1.0 to +2.0)"),
        (with_interval(0.5, 0.25, 0.75, percent, unit=" %", bold=True), "**50.0 %** [25.0, 75.0]"),
    ],
)
def test_a_figure_with_its_interval(told, said):
    assert told == said


@pytest.mark.parametrize("unknown", [None, math.nan])
def test_what_is_not_known_is_not_said(unknown):
    assert with_interval(unknown, unknown, unknown, bold=True) == ""
    assert with_interval(unknown, unknown, unknown, none="no map") == "no map"
    assert with_interval(0.5, unknown, unknown, bold=True, unit=" s") == "**0.50 s**"
    assert with_interval(0.0, 0.0, 0.0) == "0.00 [0.00, 0.00]"
