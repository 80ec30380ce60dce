"""The curve of error against mean looks as a picture, of one run or of several."""

from collections.abc import Mapping, Sequence
from typing import Any

from .stop_rules import CONFIDENCE, FIXED, OWN

LINES = {FIXED: ("-", "o", "fixed number"), CONFIDENCE: ("--", "s", "until one answer is likely")}


def stop_figure(reports: Mapping[str, Mapping[str, Any]], split: str) -> Any:
    """
    A line for each run and rule, and a point for each agent that decides by itself when it answers, beside the price that it paid
    for a look. Bars are standard errors.

    :param reports: what :class:`.stop_curve.StopScores` found, by the run's name; those without the split are left out
    :param split: of the digits
    :return: the figure of matplotlib
    """
    from matplotlib.figure import Figure  # here, because it takes a second and evaluations do not need it
    from matplotlib.ticker import LogFormatter

    figure = Figure(figsize=(6.4, 3.6), layout="constrained")
    axes = figure.subplots()
    drawn = [(name, found["curves"][split]) for name, found in reports.items() if split in found["curves"]]
    for number, (name, points) in enumerate(drawn):
        for rule, (line, marker, about) in LINES.items():
            _draw(axes, _of_rule(points, rule), fmt=f"{line}{marker}", color=f"C{number}", label=f"{name}, {about}")
        for point in _of_rule(points, OWN):
            _draw(axes, [point], fmt="*", markersize=10, color=f"C{number}", label=f"{name}, its own choice")
            axes.annotate(
                f"{point['setting']:g}", (point["mean_looks"], point["error_percent"]), (5, 5), textcoords="offset points"
            )
    axes.set(xlabel="mean looks", ylabel="wrong, %", title=f"{split} digits")
    if any(point["error_percent"] > 0 for _, points in drawn for point in points):
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(LogFormatter())  # 10 rather than a power of 10
        axes.yaxis.set_minor_formatter(LogFormatter(minor_thresholds=(2, 0.5)))
    axes.grid(alpha=0.3, which="both")
    if drawn:
        axes.legend(fontsize="small")
    return figure


def _of_rule(points: Sequence[Mapping[str, Any]], rule: str) -> list[Mapping[str, Any]]:
    """Those of a rule, by looks."""
    return sorted((point for point in points if point["rule"] == rule), key=lambda point: point["mean_looks"])


def _draw(axes: Any, points: Sequence[Mapping[str, Any]], **style: Any) -> None:
    if points:
        looks, errors, bars = ([point[name] or 0 for point in points] for name in ("mean_looks", "error_percent", "standard_error"))
        axes.errorbar(looks, errors, bars, capsize=2, linewidth=1, **{"markersize": 3, **style})
