"""Atari games through a fovea: the same agent under each gaze and with the full view, from evaluations."""

from collections.abc import Mapping
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

from saccade.envs.human_scores import RANDOM_AND_HUMAN
from saccade.scripts.tables.attentions.tried import tried
from saccade.scripts.tables.evaluations import COLUMNS, NOTHING, kinds_with_cells
from saccade.scripts.tables.markdown import TO, read_jsons, table, with_interval
from saccade.scripts.tables.shares import means_of_runs, share_above_random

# In results/; <game>-<eye>-<gaze>-<seed>.json, as `evaluate` writes them; <game>-full-0.json is the full view.
FOLDER = "glimpses/atari"
EYES = {
    "overview": "with an overview",
    "soft": "with an overview (agent `soft-glimpse-pqn`)",
    "within": "without one, gaze within 0.5",
}
GAZES = {"learned": "learned", "random": "random, trained so", "centre": "at the centre, trained so"}
NARROW = f"{FOLDER}/narrow"  # <game>-<gaze>-<seed>.json, of an eye that sees little away from its gaze
FULL = "full"  # in place of a gaze: the agent with the full view
NARROW_GAZES = {
    FULL: "full view (`pqn`)",
    **GAZES,
    "learned": "its own, learned from the score",
    "at": "always at (-0.4, 0.4), trained so",
    "follow": "follows the Jacobian of `pqn`, trained so",
    "taught": "its own, taught by the Jacobian of `pqn`",
    "taught_random": "the taught network, in these games with a random gaze",
}
WHERE = f"{FOLDER}/where"  # files of gaze_and_thing.py
THING = "ball"  # of the table
TRIED = f"{FOLDER}/tried.csv"
SHOWN = (100_000, 150_000, 200_000, 300_000, 400_000, 500_000, 1_000_000, 1_250_000, 1_500_000)  # env steps at the end of a stretch


def fovea(results: Path) -> list[str]:
    """Rows for each run, by game: the agent with the full view first, then each eye and gaze, with its share of that score."""
    reports = read_jsons(results, FOLDER)
    rows: list[list[object]] = []
    for game in dict.fromkeys(name.split("-")[0] for name in reports):
        full = reports.get(f"{game}-{FULL}-0")
        kinds = {} if full is None else {each["kind"]: (each, cells) for each, cells in kinds_with_cells(full)}
        rows += [[game, "full view (`pqn`), seed 0", None, *cells, None] for _, cells in kinds.values()]
        for (eye, seen), (gaze, about) in product(EYES.items(), GAZES.items()):
            for name in (one for one in reports if one.startswith(f"{game}-{eye}-{gaze}-")):
                for each, cells in kinds_with_cells(reports[name]):
                    share = _share_of_full(game, each, kinds[each["kind"]][0]) if each["kind"] in kinds else None
                    rows.append([game, f"gaze {about}, seed {name.rpartition('-')[2]}", seen, *cells, share])
        random, human = RANDOM_AND_HUMAN[game]
        rows.append([game, "random play / a human tester", *[None] * len(COLUMNS), f"{random:,.1f} / {human:,.1f}", None])
    head = ("game", "agent", "eye", *COLUMNS, "of the full view, above random play")
    return table(head, rows) if rows else NOTHING


def narrow(results: Path) -> list[str]:
    """Rows for each run with a narrow eye, by game and gaze, with their share of the mean score of the runs with the full view."""
    reports = {name: kinds_with_cells(report) for name, report in read_jsons(results, NARROW).items()}
    rows: list[list[object]] = []
    for game in dict.fromkeys(name.split("-")[0] for name in reports):
        whole = means_of_runs([each for name, kinds in reports.items() if name.startswith(f"{game}-{FULL}-") for each, _ in kinds])
        for gaze, about in NARROW_GAZES.items():
            for name in (one for one in reports if one.startswith(f"{game}-{gaze}-")):
                for each, cells in reports[name]:
                    full = None if gaze == FULL else whole.get(each["kind"])
                    share = None if full is None else _share_of_full(game, each, full)
                    rows.append([game, f"{about}, seed {name.rpartition('-')[2]}", *cells, share])
    return table(("game", "gaze", *COLUMNS, "of the full view, above random play"), rows) if rows else NOTHING


def where(results: Path) -> list[str]:
    """How near each gaze is to the ball, beside the ball of other games."""
    order = list(NARROW_GAZES)
    found = read_jsons(results, WHERE).values()
    rows = [
        [one["env"], f"{NARROW_GAZES[one['gaze']]}, seed {one['seed']}", f"{one['seen']:,} of {one['looks']:,}", *_distances(one)]
        for one in sorted(
            (one for one in found if one["thing"] == THING), key=lambda one: (one["env"], order.index(one["gaze"]), one["seed"])
        )
    ]
    distances = ("from the gaze to the ball", "to the ball of other games", "nearer by", "nearer than theirs at the same look")
    head = ("game", "gaze", "looks with a ball", *distances)
    return table(head, rows) if rows else NOTHING


def _distances(figures: Mapping[str, Any]) -> list[str]:
    """In half images, with their intervals."""
    found = [figures.get(name) for name in ("distance", "elsewhere", "nearer", "nearer_than_at_that_time")]
    return ["not measured" if one is None else with_interval(one[0], one[1], one[2], ends=TO) for one in found]


def _share_of_full(game: str, report: Mapping[str, Any], full: Mapping[str, Any]) -> str | None:
    found = share_above_random(game, report, full)
    return None if found is None else found.text()


TABLES = {
    "fovea": fovea,
    "fovea-narrow": narrow,
    "fovea-where": where,
    "fovea-tried": partial(tried, log=TRIED, about=("env", "gaze", "seed"), shown=SHOWN),
}
