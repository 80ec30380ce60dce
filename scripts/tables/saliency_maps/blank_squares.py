"""What blank squares change in the game, beside all controls, from the causal checks of ``explain``."""

from collections.abc import Callable, Mapping
from pathlib import Path

from saccade.saliency.checks.causal.outcome import FEWEST_GAMES
from saccade.saliency.checks.causal.regions import CONTROLS, SHORT, TITLES, TOP
from saccade.scripts.tables.markdown import NOTHING, table, with_interval
from saccade.scripts.tables.saliency_maps.checks import explained
from saccade.scripts.tables.saliency_maps.first_map import network_title

Figures = Mapping[str, float | None]


def verdicts(results: Path) -> list[str]:
    """Which controls the most salient square beats, and which beat it: a row for each network and head."""
    rows = [
        [network_title(one), f"`{head}`", f"{figures['distinct_nothing']:.0f}", *_compared(figures)]
        for one in explained(results)
        for head, figures in one["causal_check"].items()
    ]
    said = [f"by {what} it {word}" for what in ("changed actions", "lost reward") for word in ("beats", "is worse than")]
    return table(("network", "head", "distinct games", *said), rows) if rows else NOTHING


def squares(results: Path) -> list[str]:
    """Actions and reward with each square blank, and how they differ from those of the most salient one."""
    rows = [
        [network_title(one), f"`{head}`", TITLES[region], *_of_square(figures, region)]
        for one in explained(results)
        for head, figures in one["causal_check"].items()
        for region in TITLES
    ]
    head = ("network", "head", "blank square", "action changed", "the top one minus this", "reward", "the top one minus this")
    return table((*head, "distinct games"), rows) if rows else NOTHING


def steps(results: Path) -> str:
    """How many env steps each game had."""
    found = {f"{figures['steps']:.0f}" for one in explained(results) for figures in one["causal_check"].values()}
    return " or ".join(sorted(found)) or "not measured yet"


def _of_square(figures: Figures, region: str) -> list[str]:
    changed = "" if f"changed_{region}" not in figures else _plus_minus(figures, f"changed_{region}", _percent)
    more = _bracket(figures, f"changed_top_minus_{region}", _percent, 1) if region in CONTROLS else ""
    reward = "" if region == TOP else _bracket(figures, f"return_top_minus_{region}", _plain, -1)
    return [changed, more, _plus_minus(figures, f"return_{region}", _plain), reward, f"{figures[f'distinct_{region}']:.0f}"]


def _compared(figures: Figures) -> list[str]:
    """The controls that are beaten, and those that do better: by changed actions, and by lost reward."""
    if (figures["distinct_nothing"] or 0) < FEWEST_GAMES:
        return [f"cannot be compared, {FEWEST_GAMES} distinct games are needed", *[""] * 3]
    told = []
    for name, better in (("changed", 1), ("return", -1)):
        for side in (better, -better):
            found = [control for control in CONTROLS if _off_zero(figures, f"{name}_top_minus_{control}", side)]
            told.append("all controls" if len(found) == len(CONTROLS) else ", ".join(SHORT[one] for one in found) or "none")
    return told


def _off_zero(figures: Figures, name: str, side: int) -> bool:
    """Whether the whole interval is on one side of 0: 1 above it, -1 below it."""
    end = figures[f"{name}_low" if side > 0 else f"{name}_high"]
    return end is not None and side * end > 0


def _plus_minus(figures: Figures, name: str, form: Callable[[float], str]) -> str:
    mean, error = figures[name], figures[f"{name}_se"]
    return "no map" if mean is None else form(mean) + ("" if error is None else f" +- {form(error)}")


def _bracket(figures: Figures, name: str, form: Callable[[float], str], side: int) -> str:
    """Bold: the whole interval is on the side of a map that points at causes."""
    mean, low, high = (figures[name + end] for end in ("", "_low", "_high"))
    return with_interval(mean, low, high, form, bold=_off_zero(figures, name, side))


def _percent(x: float) -> str:
    return f"{100 * x:.1f} %"


def _plain(x: float) -> str:
    return f"{x:.1f}"


TABLES = {"causal-verdicts": verdicts, "causal-squares": squares}
VALUES = {"causal-steps": steps}
