"""Maps on the things of games, from what ``object_maps.py`` writes into results/objects."""

import json
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from saccade.scripts.benchmarks.objects.estimates import (
    Estimate,
    Part,
    difference,
    difference_of_differences,
    estimate,
    log_of_growth,
)
from saccade.scripts.tables.markdown import (
    NOTHING,
    TO,
    in_words,
    read_jsons,
    short_commit,
    smallest_to_largest,
    table,
    with_interval,
)

Run = Mapping[str, Any]
FOLDER = "objects"  # in results/
GAMES = ("enduro", "breakout", "pong", "freeway")
WHERE = {"ahead": "a car is ahead", "aside": "cars are visible, none is ahead", "free": "no car is visible"}
OF = {"other_cars": "the other cars", "own_way": "the road before the own car"}


def runs_of(results: Path, game: str | None = None, folder: str = FOLDER) -> list[Run]:
    """
    What was written of each run, sorted by its name.

    :param results: folder
    :param game: name of a ROM; None: all games in turn
    :param folder: in results/
    :raises ValueError: if the runs of a game are of two agents, or were measured in two ways, so that they cannot be averaged
    """
    read = read_jsons(results, folder).values()
    found = [run for one in ((game,) if game else GAMES) for run in read if run["game"] == one]
    for one in dict.fromkeys(run["game"] for run in found):
        if len({(run["agent"], json.dumps(run["settings"])) for run in found if run["game"] == one}) > 1:
            raise ValueError(f"{folder} has runs of {one} of two agents or with two settings; measure them in one way")
    return found


def runs_table(results: Path) -> list[str]:
    """The runs and their play."""
    rows = []
    for run in runs_of(results):
        alike = [row["alike"] for row in run["rows"] if row["alike"] is not None and row["thing"] is not None]
        steps = None if run["env_steps"] is None else f"{run['env_steps']:,}"
        lag = f"{np.median(alike):.2f} ({min(alike):.2f} to {max(alike):.2f})" if alike else None
        rows.append([run["game"], run["agent"], run["seed"], steps, run["games"], run["states"], run["copies"], lag])
    head = (
        "game",
        "agent",
        "seed",
        "env steps",
        "games",
        "states met",
        "copies left out",
        "lag-1 autocorrelation, median and range",
    )
    return table(head, rows) if rows else NOTHING


def how(results: Path, folder: str = FOLDER) -> str:
    """The settings of the measurement, in words."""
    runs = runs_of(results, folder=folder)
    if not runs:
        return "not measured yet"
    ways = {json.dumps(run["settings"]): run["settings"] for run in runs}
    commits = ", ".join(dict.fromkeys(short_commit(run["commit"]) for run in runs))
    return "; or ".join(map(_way, ways.values())) + f" (commit {commits})"


def _way(settings: Mapping[str, Any]) -> str:
    play = f"{settings['games']} games at once, {settings['steps']:,} env steps each"
    actions = f"greedily but for random actions with probability {settings['epsilon']:g}"
    states = f"There is a state every {settings['every']} env steps, and {settings['states']} states of each kind get maps"
    return f"{play}, {actions}. {states}. {settings['draws']} networks have random weights"


def game_table(game: str, results: Path, folder: str = FOLDER) -> list[str]:
    """
    V and A on the things of a game.

    :param game: name of the ROM
    :param folder: in results/
    """
    runs = runs_of(results, game, folder)
    rows = [
        _game_row(method, thing, [row_of(run, "all", method, thing) for run in runs])
        for method in _in_order(runs, "method")
        for thing in _in_order(runs, "thing")
        if any(row_of(run, "all", method, thing) for run in runs)
    ]
    head = ("method", "thing", "states", "share of the frame", "V", "A", "A minus V", "contrast alone")
    return table((*head, "random weights, V / A", "pointing, V / A / by chance"), rows) if rows else NOTHING


def claim_table(results: Path) -> list[str]:
    """A minus V where a car is ahead, where cars are elsewhere, and where none is visible."""
    runs = runs_of(results, "enduro")
    rows = [row for method in _in_order(runs, "method") for row in _claim_rows(runs, method)]
    head = (
        "method",
        "mass on",
        "where",
        "states",
        "V",
        "A",
        "contrast alone",
        "A minus V",
        "each run",
        "with random weights",
        "answer",
    )
    return table(head, rows) if rows else NOTHING


def change_table(results: Path) -> list[str]:
    """How A minus V changes from a free road to a car ahead, and how much more A's maps grow than V's."""
    runs = runs_of(results, "enduro")
    rows = [row for method in _in_order(runs, "method") for row in _change_rows(runs, method)]
    return table(("method", "what", "states", "figure", "each run", "with random weights", "answer"), rows) if rows else NOTHING


def row_of(run: Run, kind: str, method: str, thing: str | None) -> Mapping[str, Any] | None:
    """A row of a run, or None."""
    return next((x for x in run["rows"] if (x["kind"], x["method"], x["thing"]) == (kind, method, thing)), None)


def _in_order(runs: Sequence[Run], column: str) -> list[str]:
    return list(
        dict.fromkeys(row[column] for run in runs for row in run["rows"] if row["kind"] == "all" and row[column] is not None)
    )


def _game_row(method: str, thing: str, rows: Sequence[Mapping[str, Any] | None]) -> list[object]:
    known = [row for row in rows if row is not None]
    contrast = _one(known, "contrast")
    cells = []
    for head in ("value", "advantage"):
        beside = estimate([[(row, head), (row, "contrast")] for row in known], difference)
        drawn = [x for row in known for x in row["random"][head]]
        own = _one(known, head)
        outside = bool(drawn) and not min(drawn) <= own.mean <= max(drawn)
        cells.append(f"**{_told(own)}**" if beside.side and outside else _told(own))
    between = estimate([[(row, "advantage"), (row, "value")] for row in known], difference)
    of_random = [[x for row in known for x in row["random"][head]] for head in ("value", "advantage")]
    random = " / ".join(map(smallest_to_largest, of_random))
    points = [f"{100 * _one(known, f'pointing_{name}').mean:.0f} %" for name in ("value", "advantage", "chance")]
    share = f"{100 * _one(known, 'area').mean:.1f} %"
    names = [in_words(method), in_words(thing), between.states, share]
    return [*names, *cells, _told(between), f"{contrast.mean:.2f}", random, " / ".join(points)]


def _claim_rows(runs: Sequence[Run], method: str) -> list[list[object]]:
    rows: list[list[object]] = []
    for thing, title in OF.items():
        for kind, where in WHERE.items():
            known = [row for run in runs if (row := row_of(run, kind, method, thing)) is not None]
            if not known:
                continue
            own, newest = (
                estimate([[(row, f"{frames}advantage"), (row, f"{frames}value")] for row in known], difference)
                for frames in ("", "newest_")
            )
            drawn = [a - v for row in known for a, v in zip(row["random"]["advantage"], row["random"]["value"], strict=True)]
            means = [f"{_one(known, name).mean:.2f}" for name in ("value", "advantage", "contrast")]
            said = answer(own, drawn, ("A more", "A less"))
            if own.side and newest.side != own.side:
                said += f"; in the newest frame alone {answer(newest, [], ('A more', 'A less'))}"
            rows.append(
                [
                    in_words(method),
                    title,
                    where,
                    own.states,
                    *means,
                    _told(own),
                    _each(own),
                    smallest_to_largest(drawn),
                    said,
                ]
            )
    return rows


def _change_rows(runs: Sequence[Run], method: str) -> list[list[object]]:
    """Both kinds of states are of one run and of the same games."""
    rows: list[list[object]] = []
    for thing, other in (("other_cars", "aside"), ("own_way", "free")):
        pairs = [(row_of(run, "ahead", method, thing), row_of(run, other, method, thing)) for run in runs]
        change = estimate([_four(*pair) for pair in pairs], difference_of_differences)
        changes = [(a - v) - (b - w) for a, v, b, w in _random(pairs)]
        if change.states:
            what = f"mass on {OF[thing]}: A minus V where a car is ahead, minus the same where {WHERE[other]}"
            said = answer(change, changes, ("more where a car is ahead", "less where a car is ahead"))
            rows.append([in_words(method), what, change.states, _told(change), _each(change), smallest_to_largest(changes), said])
    sizes = [(row_of(run, "ahead", method, None), row_of(run, "free", method, None)) for run in runs]
    growth = estimate([_four(*pair) for pair in sizes], log_of_growth)
    growths = [float(np.log((a / b) / (v / w))) for a, v, b, w in _random(sizes)]
    if growth.states:
        what = "size of A's maps where a car is ahead / where no car is visible, divided by the same of V's"
        said, shown = answer(growth, growths, ("A grows more", "A grows less")), growth.exp()
        random = smallest_to_largest(np.exp(growths).tolist())
        rows.append([in_words(method), what, growth.states, _told(shown), _each(shown), random, said])
    return rows


def _four(ahead: Mapping[str, Any] | None, free: Mapping[str, Any] | None) -> list[Part]:
    return [(row, head) for row in (ahead, free) for head in ("advantage", "value")]


def _random(pairs: Sequence[tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]]) -> list[tuple[float, ...]]:
    """A and V ahead, A and V free, of each network with random weights."""
    found = []
    for ahead, free in pairs:
        if ahead is not None and free is not None:
            parts = [row["random"][head] for row in (ahead, free) for head in ("advantage", "value")]
            found += list(zip(*parts, strict=True))
    return found


def answer(own: Estimate, drawn: Sequence[float], words: tuple[str, str]) -> str:
    """
    What a figure says.

    :param own: of the trained networks; 0 means that there is no difference
    :param drawn: the same figure of each network with random weights
    :param words: for more and for less
    """
    if not own.side:
        return "cannot tell"
    said = words[0] if own.side > 0 else words[1]
    return f"{said}, but no more so than with random weights" if drawn and min(drawn) <= own.mean <= max(drawn) else said


def _told(own: Estimate) -> str:
    return with_interval(own.mean, own.low, own.high, ends=TO)


def _one(rows: Sequence[Mapping[str, Any]], name: str) -> Estimate:
    return estimate([[(row, name)] for row in rows])


def _each(own: Estimate) -> str:
    return ", ".join(f"{x:.2f}" for x in own.by_run)


TABLES = {
    "objects-runs": runs_table,
    "objects-claim": claim_table,
    "objects-change": change_table,
    **{f"objects-{game}": partial(game_table, game) for game in GAMES},
}
VALUES = {"objects-how": how}
