"""Which map beats orders that have not seen the network, from what ``first_map.py`` writes into results/first-map."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from saccade.saliency.checks.verdict import BEATS
from saccade.saliency.methods.first_map import FIRST_OF_IMAGES
from saccade.scripts.benchmarks.shown_first.table import first_map_table, said
from saccade.scripts.tables.markdown import NOTHING, in_words, read_jsons, short_commit, table

FOLDER = "first-map"  # in results/


def models_of(results: Path, folder: str = FOLDER) -> list[Mapping[str, Any]]:
    """What was measured of each model, file by file, sorted by their names."""
    return [model for read in read_jsons(results, folder).values() for model in read["models"]]


def summary(results: Path, folder: str = FOLDER) -> list[str]:
    """
    How many comparisons each method wins for sure: a row for each method, a column for each head of each model. A comparison is one
    measure, one way of removal and one blind order.
    """
    models = models_of(results, folder)
    if not models:
        return NOTHING
    columns = [(model, head) for model in models for head in dict.fromkeys(row["head"] for row in model["rows"])]
    methods = list(dict.fromkeys(row["method"] for model in models for row in model["rows"] if row["method"] not in row["leads"]))
    titles = [f"{network_title(model)}, {head}" for model, head in columns]
    rows = [
        [
            method,
            *(_won(model, head, method) for model, head in columns),
            _won_in_all(models, method),
            _milliseconds(models, method),
        ]
        for method in methods
    ]
    return table(("method", *titles, "all together", "ms a map, one thread"), rows)


def by_removal(results: Path) -> list[str]:
    """
    How many blind orders the map that is shown first beats for sure, by each measure and way of removal. There is a row for each
    head of each model.
    """
    models = models_of(results)
    shown = [(model, row) for model in models for row in model["rows"] if row["method"] == FIRST_OF_IMAGES]
    ways = sorted({(row["removal"], row["measure"]) for _, row in shown})
    rows = [
        [network_title(model), head, *(_won(model, head, FIRST_OF_IMAGES, way) for way in ways)]
        for model in models
        for head in dict.fromkeys(row["head"] for row in model["rows"])
    ]
    titles = [f"{measure}, {in_words(removal)}" for removal, measure in ways]
    return table(("network", "head", *titles), rows) if shown else NOTHING


def network_title(model: Mapping[str, Any]) -> str:
    """
    A network as a reader says it.

    :param model: env, seed and env steps of its training
    """
    return f"{model['env']}, seed {model['seed']}, {model['env_steps'] / 1e6:.1f} M steps"


def _won(model: Mapping[str, Any], head: str, method: str, way: tuple[str, str] | None = None) -> str | None:
    own = [row for row in model["rows"] if (row["head"], row["method"]) == (head, method)]
    own = [row for row in own if way in (None, (row["removal"], row["measure"]))]
    words = [word for row in own for word in said(row).values()]
    cell = f"{words.count(BEATS)} of {len(words)}"
    return None if not words else f"**{cell}**" if set(words) == {BEATS} else cell


def _won_in_all(models: Sequence[Mapping[str, Any]], method: str) -> str:
    words = [word for model in models for row in model["rows"] if row["method"] == method for word in said(row).values()]
    return f"{words.count(BEATS)} of {len(words)}"


def _milliseconds(models: Sequence[Mapping[str, Any]], method: str) -> str:
    """What a map takes, from the fastest to the slowest model."""
    found = [1000 * row["seconds_a_state"] for model in models for row in model["rows"] if row["method"] == method]
    ends = dict.fromkeys(f"{float(f'{x:.2g}'):g}" for x in (min(found), max(found)))
    return " to ".join(ends)


def whole(results: Path, folder: str = FOLDER) -> list[str]:
    """Every ratio, for each model and head."""
    models = models_of(results, folder)
    return first_map_table({"models": models}).strip().splitlines() if models else NOTHING


def commands(results: Path, folder: str = FOLDER) -> str:
    """Commits and hardware. A run that was measured at several commits names them itself; in older files there is one."""
    told = []
    for each in read_jsons(results, folder).values():
        commits = dict.fromkeys(commit for model in each["models"] for commit in model.get("commits", [each["commit"]]))
        told.append(f"commit {', '.join(map(short_commit, commits))}, {each['hardware']['cpu']}")
    return "; ".join(dict.fromkeys(told)) or "not measured yet"


TABLES = {"first-map-summary": summary, "first-map-by-removal": by_removal, "first-map": whole}
VALUES = {"first-map-where": commands}
