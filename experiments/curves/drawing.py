"""The picture of learning curves."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...saliency.whole_file import whole_file
from ..own_output import PICTURE_MARK
from ..setup.env_names import has_answers, is_atari
from .curve import Curve
from .frames import frames_of
from .groups import Group

MARKED = {".png": "Software", ".svg": "Creator", ".pdf": "Creator"}  # where a picture says what wrote it
FORMATS = tuple(MARKED)


def save(path: Path, figure: Any) -> None:
    """
    Write the picture.

    :param path: of it; its ending is one of ``FORMATS``
    :param figure: of matplotlib
    """
    with whole_file(path) as part:
        figure.savefig(part, dpi=110, metadata={MARKED[path.suffix]: PICTURE_MARK})


def figure_of(curves: Sequence[Curve], groups: Sequence[Group]) -> Any:
    """
    All curves in one panel, as :func:`draw_curves` draws them.

    :param curves: of all runs
    :param groups: of the same runs
    :return: the figure of matplotlib
    """
    from matplotlib.figure import Figure  # here, because it takes a second and training does not need it

    figure = Figure(figsize=(6.4, 3.6), layout="constrained")
    draw_curves(figure.subplots(), curves, groups, [f"C{number}" for number in range(len(groups))])
    return figure


def draw_curves(axes: Any, curves: Sequence[Curve], groups: Sequence[Group], colours: Sequence[str]) -> None:
    """
    A line a run. Of a group with several runs also their interquartile mean, as a thick line, with its interval where there is one;
    then the runs are thin lines of the same colour. A run alone has the standard deviation over the games of each evaluation.

    :param axes: of matplotlib, to draw on
    :param curves: of all runs
    :param groups: of the same runs
    :param colours: one for each group
    """
    from matplotlib.ticker import LogFormatter

    scale = Scale(curves)
    for group, colour in zip(groups, colours, strict=True):
        several = len(group.curves) + len(group.copies) > 1
        named = several and _draw_together(axes, group, scale, colour)
        for curve in (*group.curves, *group.copies):
            if several:
                _draw_thin(axes, curve, scale, colour, None if named else f"{group.label} in {group.env}, no common moment")
                named = True
            else:
                _draw_run(axes, curve, scale, colour, group.label)
    axes.set(
        xlabel="million frames" if scale.atari else "million env steps",
        ylabel="failures on separate envs, %" if scale.answers else "score on separate envs",
        title=", ".join(sorted({curve.env for curve in curves})),
    )
    if scale.answers:
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(LogFormatter())  # 10 rather than a power of 10
        axes.yaxis.set_minor_formatter(LogFormatter(minor_thresholds=(1.5, 0.5)))
    axes.grid(alpha=0.3, which="both")
    axes.legend()


class Scale:
    """
    What the two axes show: frames where all are Atari games, and the share of failures where all scores are answers.

    :param curves: of all runs
    """

    def __init__(self, curves: Sequence[Curve]) -> None:
        self.atari = all(is_atari(curve.env) for curve in curves)
        self.answers = all(has_answers(curve.env) for curve in curves)

    def line(self, curve: Curve) -> tuple[list[float], list[float]]:
        """The scores of a run, as the two axes have them."""
        played = [self.played(score.env_steps, curve.settings) for score in curve.scores]
        return played, [self.shown(score.mean) for score in curve.scores]

    def played(self, env_steps: Any, settings: Mapping[str, Any]) -> Any:
        """Millions of frames or env steps of a run with these settings."""
        return (frames_of(env_steps, settings) if self.atari else env_steps) / 1e6

    def shown(self, score: Any) -> Any:
        """A score as the axis has it."""
        return 100 * (1 - score) if self.answers else score


def _draw_together(axes: Any, group: Group, scale: Scale, colour: str) -> bool:
    """The mean over runs. :return: whether there is one, that is a moment at which all of them were scored"""
    together = group.together()
    if together is None:
        return False
    played, means = scale.played(together.env_steps, group.curves[0].settings), together.means
    runs = "1 run" if together.runs == 1 else f"{together.runs} runs"
    axes.plot(played, scale.shown(means.value), color=colour, linewidth=2, label=f"{group.label} in {group.env}, mean of {runs}")
    if means.low is not None:
        axes.fill_between(played, scale.shown(means.low), scale.shown(means.high), alpha=0.2, color=colour, linewidth=0)
    return True


def _draw_thin(axes: Any, curve: Curve, scale: Scale, colour: str, label: str | None) -> None:
    axes.plot(*scale.line(curve), color=colour, linewidth=0.6, alpha=0.6, marker=".", markersize=2, label=label)


def _draw_run(axes: Any, curve: Curve, scale: Scale, colour: str, label: str) -> None:
    played, shown = scale.line(curve)
    label = curve.run if scale.answers else f"{label}, seed {curve.seed}"
    axes.plot(played, shown, marker=".", label=label, color=colour)
    if not scale.answers:  # of answers, right or wrong, the standard deviation says nothing more
        low, high = [score.mean - score.std for score in curve.scores], [score.mean + score.std for score in curve.scores]
        axes.fill_between(played, low, high, alpha=0.15, color=colour, linewidth=0)
