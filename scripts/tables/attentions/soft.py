"""
Soft attention beside saliency maps of the same networks, from results/attention, which has a folder for each form of agent. In it:
scores by ``evaluate``, agreement by ``agreement_runs.py``, checks by ``first_map.py`` and shares of things by ``object_maps.py``.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from saccade.envs.human_scores import RANDOM_AND_HUMAN
from saccade.saliency.map_key import ATTENTION
from saccade.scripts.tables.attentions.tried import tried
from saccade.scripts.tables.evaluations import COLUMNS, kinds_of, kinds_with_cells
from saccade.scripts.tables.markdown import (
    NOTHING,
    TO,
    in_words,
    measured_at,
    read_json,
    read_jsons,
    smallest_to_largest,
    table,
    with_interval,
)
from saccade.scripts.tables.pages import Table, Value
from saccade.scripts.tables.saliency_maps import first_map, objects
from saccade.scripts.tables.shares import means_of_runs, share_above_random

FOLDER = "attention"  # in results/
SCORES, AGREEMENT, CHECKS, THINGS = "scores", "agreement", "first-map", "objects"  # in the folder of a form
PLAIN = {  # evaluations of the same agent without attention, trained for as many env steps: by game and seed
    ("enduro", 1): "enduro-pqn/sticky/seed-1.json",
    ("enduro", 2): "enduro-pqn/sticky/seed-2.json",
}
# Folders of results/attention. Files of scores are called <game>-<seed>.json, the others like their runs.
FORMS = {"pqn": "`pqn`", "means": "`soft-attention-pqn`, weighted means", "masked": "`soft-attention-pqn`, a mask"}
# Env steps at which training returns are shown.
TRIED = (250_000, 300_000, 400_000, 500_000, 600_000, 800_000, 1_000_000, 1_500_000, 2_500_000)
JUDGED = "sticky"  # kind of games
MARK = 0.9  # share of the score of the agent without attention that attention should keep
RANDOM = "random weights"
BOTH = "value and advantage"  # a row that lays a map of V beside one of A
BRIEFLY = ("jacobian", "integrated_gradients_blurred", "gaussian", "another_state")


def scores(results: Path, each_run: bool = True) -> list[str]:
    """
    Each game: the agent without attention, then the agent with each form of it, by seed, then their means and shares.

    :param results: the folder of the files
    :param each_run: whether there are rows of single runs, too
    """
    found = {(form, *_game_seed(name)): file for form in FORMS for name, file in _files(results, form, SCORES).items()}
    rows: list[list[object]] = []
    for game in sorted({game for _, game, _ in found}):
        plain = [("pqn", seed, read_json(results, file)) for (of, seed), file in PLAIN.items() if of == game]
        own = [(form, seed, file) for (form, of, seed), file in found.items() if of == game]
        runs = sorted([*plain, *own], key=lambda run: (list(FORMS).index(run[0]), run[2]["env_steps"], run[1]))
        for form, seed, file in runs if each_run else ():
            rows += [[game, f"{FORMS[form]}, seed {seed}", *cells, None, None] for _, cells in kinds_with_cells(file)]
        rows += _means_over_seeds(game, runs)
        random, human = RANDOM_AND_HUMAN[game]
        rows.append([game, "random play / a human tester", None, None, None, f"{random:,.1f} / {human:,.1f}", None, None])
    return table(("game", "agent", *COLUMNS, *_SHARES), rows) if rows else NOTHING


def _means_over_seeds(game: str, runs: Sequence[tuple[str, int, Mapping[str, Any]]]) -> list[list[object]]:
    """
    The mean over the seeds of each agent, and its share of that of the agent without attention after as many env steps.

    :param game: its name
    :param runs: form, seed and evaluation of each
    """
    rows: list[list[object]] = []
    for form, env_steps in dict.fromkeys((form, file["env_steps"]) for form, _, file in runs):
        alike = {other: _means_of(runs, other, env_steps) for other in ("pqn", form)}
        seeds = [seed for other, seed, file in runs if (other, file["env_steps"]) == (form, env_steps)]
        for kind, mean in alike[form].items():
            plain = None if form == "pqn" else alike["pqn"].get(kind)
            share = None if plain is None else share_above_random(game, mean, plain)
            if len(seeds) < 2 and share is None:
                continue  # the row of the run says it all
            # Greedy games may be nearly copies, and then their standard error is too small for a verdict.
            verdict = None if share is None else share.reaches(MARK) if kind == JUDGED else "not judged"
            shares = (None if share is None else share.text(), verdict)
            error = "" if mean["standard_error"] is None else f", standard error over their games {mean['standard_error']:,.1f}"
            about = f"{FORMS[form]}, mean over seeds {', '.join(map(str, seeds))}"
            rows.append([game, about, f"{env_steps:,}", kind, None, f"{mean['mean']:,.1f}{error}", *shares])
    return rows


def _means_of(runs: Sequence[tuple[str, int, Mapping[str, Any]]], form: str, env_steps: int) -> dict[str, dict[str, Any]]:
    here = [file for other, _, file in runs if (other, file["env_steps"]) == (form, env_steps)]
    return means_of_runs([each for file in here for each in kinds_of(file)])


def within_heads(results: Path, form: str) -> list[str]:
    """Attention beside each other map of the same head, and beside orders that have not seen the network."""
    rows = [
        [_name(run), row["head"], in_words(row["other"]), *_figures(row)]
        for run in _runs(results, form)
        for row in run["rows"]
        if row["one"] != row["other"]
    ]
    return table(("run", "head", "attention beside", *_FIGURES), rows) if rows else NOTHING


def between_heads(results: Path, form: str) -> list[str]:
    """The map of V beside that of A, for each method."""
    rows = [
        [_name(run), in_words(row["one"]), *_figures(row)]
        for run in _runs(results, form)
        for row in run["rows"]
        if row["one"] == row["other"]
    ]
    return table(("run", "V beside A, method", *_FIGURES), rows) if rows else NOTHING


def where(results: Path, form: str) -> str:
    """States, commits and hardware of the agreement."""
    told = [f"{run['states']} states of {run['games']} games ({measured_at(run)})" for run in _runs(results, form)]
    return "; ".join(dict.fromkeys(told)) or "not measured yet"


def in_short(results: Path, form: str) -> str:
    """How far the strongest tenths of the attention of V and of A overlap, in each run."""
    told = []
    for run in _runs(results, form):
        row = _row(run, BOTH, ATTENTION)
        random = smallest_to_largest(row["top_tenth_iou_random"])
        told.append(f"{_name(run)}: {_mean(row['top_tenth_iou'])}, with {RANDOM} {random}")
    return "; ".join(told) or "not measured yet"


def brief(results: Path, form: str) -> list[str]:
    """Overlap of the strongest tenths: the attention of a head beside a few maps of this head, another state and the other head."""
    rows: list[list[object]] = []
    for run in _runs(results, form):
        for head in ("value", "advantage"):
            beside = [*(_row(run, head, other) for other in BRIEFLY), _row(run, BOTH, ATTENTION)]
            cells = [f"{_mean(row['top_tenth_iou'])} [{smallest_to_largest(row['top_tenth_iou_random'])}]" for row in beside]
            rows.append([_name(run), head, *cells])
    return table(("run", "attention of", *map(in_words, BRIEFLY), "the other head"), rows) if rows else NOTHING


_SHARES = ("of `pqn`, above random play", f"at least {100 * MARK:.0f} % of it, these trainings")
_FIGURES = ("rank correlation", f"with {RANDOM}", "IoU of the top tenth", f"the same with {RANDOM}")


def _files(results: Path, form: str, kind: str) -> dict[str, Mapping[str, Any]]:
    """What was measured of a form, by the names of the files."""
    return read_jsons(results, f"{FOLDER}/{form}/{kind}")


def _runs(results: Path, form: str) -> list[Mapping[str, Any]]:
    return list(_files(results, form, AGREEMENT).values())


def _row(run: Mapping[str, Any], head: str, other: str) -> Mapping[str, Any]:
    """Of the attention of a head beside another map."""
    (row,) = [row for row in run["rows"] if (row["head"], row["one"], row["other"]) == (head, ATTENTION, other)]
    return row


def _game_seed(name: str) -> tuple[str, int]:
    game, seed = name.rsplit("-", 1)
    return game, int(seed)


def _name(run: Mapping[str, Any]) -> str:
    return f"{run['env']}, seed {run['seed']}"


def _figures(row: Mapping[str, Any]) -> list[object]:
    return [
        cell
        for name in ("rank_correlation", "top_tenth_iou")
        for cell in (_mean(row[name]), smallest_to_largest(row[f"{name}_random"]))
    ]


def _mean(ends: list[float | None]) -> str:
    mean, low, high = ends
    return with_interval(mean, low, high, ends=TO)


def _tables(form: str, games: Sequence[str]) -> dict[str, Table]:
    """Of the maps of a form, by name."""
    checks, things = f"{FOLDER}/{form}/{CHECKS}", f"{FOLDER}/{form}/{THINGS}"
    return {
        f"attention-{form}-within-heads": partial(within_heads, form=form),
        f"attention-{form}-between-heads": partial(between_heads, form=form),
        f"attention-{form}-won": partial(first_map.summary, folder=checks),
        f"attention-{form}-checks": partial(first_map.whole, folder=checks),
        **{f"attention-{form}-things-{game}": partial(objects.game_table, game, folder=things) for game in games},
    }


def _values(form: str) -> dict[str, Value]:
    """Of the maps of a form, by name."""
    return {
        f"attention-{form}-where": partial(where, form=form),
        f"attention-{form}-checks-where": partial(first_map.commands, folder=f"{FOLDER}/{form}/{CHECKS}"),
        f"attention-{form}-things-how": partial(objects.how, folder=f"{FOLDER}/{form}/{THINGS}"),
    }


TABLES = {
    "attention-scores": scores,
    "attention-scores-means": partial(scores, each_run=False),
    "attention-tried": partial(tried, log=f"{FOLDER}/tried.csv", about=("env", "agent", "seed"), shown=TRIED),
    "attention-in-brief": partial(brief, form="masked"),
    **_tables("masked", ("breakout", "enduro")),
    **_tables("means", ("breakout",)),
    "attention-glimpse-within-heads": partial(within_heads, form="glimpse"),
    "attention-glimpse-between-heads": partial(between_heads, form="glimpse"),
}
VALUES = {
    "attention-in-short": partial(in_short, form="masked"),
    "attention-glimpse-where": partial(where, form="glimpse"),
    **_values("masked"),
    **_values("means"),
}
