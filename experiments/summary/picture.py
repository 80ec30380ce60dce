"""The picture of a plot: a panel for each game, and panels that compare agents."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from ..curves.curve import Curve
from ..curves.drawing import draw_curves, figure_of
from ..curves.frames import frames_of
from ..curves.groups import Group
from ..scoring.over_seeds import Estimate
from ..setup.env_names import is_atari, short_name
from .compared import Comparison
from .markdown import NO_DOUBT

ACROSS = 3  # panels in a row
WIDTH, HEIGHT = 5.6, 3.5  # of a panel, in inches
LEAST_PAIRS = 4  # for which the panel has room, so that one pair is not a broad bar
BAR = 0.32  # height of a pair of agents in its panel, in inches
Panel = Callable[[Any], None]


def picture_of(curves: Sequence[Curve], groups: Sequence[Group], comparison: Comparison | None) -> Any:
    """
    Learning curves of each game, and, of several games, those over all games; of several agents also performance profiles and
    probabilities of improvement. An agent has one colour in all panels.

    :param curves: of all runs
    :param groups: of the same runs
    :param comparison: of the groups as arms; None if they cannot be compared
    :return: the figure of matplotlib
    """
    from matplotlib.figure import Figure  # takes a second

    envs = list(dict.fromkeys(group.env for group in groups))
    arms = () if comparison is None else comparison.arms
    if len(envs) == 1 and len(arms) < 2:
        return figure_of(curves, groups)
    labels = list(dict.fromkeys(group.label for group in groups))
    colours = {label: f"C{number}" for number, label in enumerate(labels)}
    panels: list[Panel] = [partial(_game, env=env, curves=curves, groups=groups, colours=colours) for env in envs]
    if comparison is not None:
        if any(arm.curve is not None for arm in arms):
            panels.append(partial(_over_games, comparison=comparison, groups=groups, colours=colours))
        panels.append(partial(_profiles, comparison=comparison, colours=colours))
        if comparison.improvements:
            panels.append(partial(_improvements, comparison=comparison))
    across = min(ACROSS, len(panels))
    down = -(-len(panels) // across)
    tall = 0.0 if comparison is None else BAR * len(comparison.improvements) + 1
    figure = Figure(figsize=(WIDTH * across, max(HEIGHT * down, HEIGHT * (down - 1) + tall)), layout="constrained")
    places = figure.subplots(down, across, squeeze=False).ravel()
    for axes, draw in zip(places, panels, strict=False):
        draw(axes)
    for axes in places[len(panels) :]:
        axes.remove()
    return figure


def _game(axes: Any, env: str, curves: Sequence[Curve], groups: Sequence[Group], colours: dict[str, str]) -> None:
    here = [group for group in groups if group.env == env]
    draw_curves(axes, [curve for curve in curves if short_name(curve.env) == env], here, [colours[group.label] for group in here])
    axes.legend(fontsize="x-small")


def _over_games(axes: Any, comparison: Comparison, groups: Sequence[Group], colours: dict[str, str]) -> None:
    skips: dict[str, set[int]] = {}
    for group in groups:
        if group.env in comparison.moments:
            skips.setdefault(group.label, set()).add(frames_of(1, group.curves[0].settings))
    # A moment of an arm is the same env steps in each game. Where games differ in their frame_skip, it is no one number of frames.
    in_frames = all(map(is_atari, comparison.moments)) and all(len(skips[arm.label]) == 1 for arm in comparison.arms)
    for arm in comparison.arms:
        if arm.curve is not None:
            _line(
                axes,
                arm.env_steps * (min(skips[arm.label]) if in_frames else 1) / 1e6,
                arm.curve,
                colours[arm.label],
                _counted(arm.label, len(arm.scores), comparison.fewest),
            )
    axes.set(
        xlabel="million frames" if in_frames else "million env steps",
        ylabel=comparison.scale.label,
        title=f"Interquartile mean over {len(comparison.moments)} games",
    )
    axes.grid(alpha=0.3)
    axes.legend(fontsize="x-small")


def _profiles(axes: Any, comparison: Comparison, colours: dict[str, str]) -> None:
    thresholds, profiles = comparison.profiles
    for arm, profile in zip(comparison.arms, profiles, strict=True):
        _line(axes, thresholds, profile, colours[arm.label], _counted(arm.label, len(arm.scores), comparison.fewest))
    axes.set(
        xlabel=f"{comparison.scale.label} (threshold)",
        ylabel="share of runs above the threshold",
        title=_titled("Performance profiles", comparison),
        ylim=(-0.03, 1.03),
    )
    axes.grid(alpha=0.3)
    axes.legend(fontsize="x-small")


def _improvements(axes: Any, comparison: Comparison) -> None:
    pairs = comparison.improvements
    around = max(0.0, (LEAST_PAIRS - len(pairs)) / 2)
    for place, (_, _, chance) in enumerate(pairs):
        if chance.low is not None and chance.high is not None:
            axes.barh(place, float(chance.high - chance.low), left=float(chance.low), height=0.6, alpha=0.3, color="C7")
        axes.plot([float(chance.value)], [place], "k|", markersize=14, markeredgewidth=2)
        axes.annotate(
            f"{float(chance.value):.2f}", (float(chance.value), place), (0, 9), textcoords="offset points", ha="center", size=8
        )
    axes.axvline(0.5, color="0.5", linewidth=1, linestyle="--")
    axes.set_yticks(range(len(pairs)), [f"{first}\nover {second}" for first, second, _ in pairs], fontsize="x-small")
    axes.set(
        xlim=(-0.06, 1.06),
        ylim=(len(pairs) - 0.4 + around, -0.7 - around),
        xlabel="probability that a run of the first scores higher",
        title=_titled("Probability of improvement", comparison),
    )
    if all(chance.low is None for _, _, chance in pairs):
        least = min(len(arm.scores) for arm in comparison.arms)
        few = least < comparison.fewest
        axes.text(
            0.5,
            0.03,
            _no_interval(least, comparison.fewest) if few else f"no intervals: {NO_DOUBT}",
            **_at_the_bottom(axes),
        )
    axes.grid(alpha=0.3, axis="x")


def _line(axes: Any, across: Any, figure: Estimate, colour: str, label: str) -> None:
    axes.plot(across, figure.value, color=colour, linewidth=2, label=label)
    if figure.low is not None:
        axes.fill_between(across, figure.low, figure.high, alpha=0.2, color=colour, linewidth=0)


def _counted(label: str, runs: int, fewest: int) -> str:
    return f"{label}, {'one seed' if runs == 1 else f'{runs} seeds'}{': no interval' if runs < fewest else ''}"


def _titled(what: str, comparison: Comparison) -> str:
    games = [f"{env} at {moment:,.0f} env steps" for env, moment in comparison.moments.items()]
    return f"{what}, {games[0] if len(games) == 1 else f'{len(games)} games'}"


def _no_interval(runs: int, fewest: int) -> str:
    return f"no intervals: {'one seed' if runs == 1 else f'{runs} seeds'}, {fewest} are needed"


def _at_the_bottom(axes: Any) -> dict[str, Any]:
    """How to write a line at the bottom of a panel."""
    return {"transform": axes.transAxes, "ha": "center", "va": "bottom", "fontsize": "x-small", "color": "0.35"}
