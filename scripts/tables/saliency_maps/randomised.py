"""Which maps depend on what was learned, and how alike those of V and A are, from what ``first_map.py`` writes."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from saccade.saliency.checks.verdict import BORDERLINE, FAILS, LEARNED, PASSES, learned
from saccade.saliency.methods.first_map import FIRST_OF_IMAGES
from saccade.scripts.tables.markdown import NOTHING, smallest_to_largest, table, with_interval
from saccade.scripts.tables.saliency_maps.first_map import models_of, network_title

LIMIT = f"limit {LEARNED:.3f}"
BESIDE = "Enduro"  # the game of the README's picture
CANNOT = "cannot be checked"

Model = Mapping[str, Any]


def in_short(results: Path) -> list[str]:
    """A row for each method, a column for each head of each network that was checked: all weights random / the last layer alone."""
    models = _checked(results)
    columns = [(model, head) for model in models for head in dict.fromkeys(row["head"] for row in model["randomised"])]
    methods = dict.fromkeys(row["method"] for model in models for row in model["randomised"])
    rows = [[method, *(_cell(model, head, method) for model, head in columns)] for method in methods]
    return table(("method", *(f"{network_title(model)}, {head}" for model, head in columns)), rows) if models else NOTHING


def whole(results: Path) -> list[str]:
    """A row for each network, head and method, with intervals and draws."""
    rows = [
        [
            network_title(model),
            row["head"],
            row["method"],
            *(cell for name in ("random_all", "random_head") for cell in (_ends(row[f"{name}_interval"]), _draws(row[name]))),
            _verdict(row),
        ]
        for model in _checked(results)
        for row in sorted(model["randomised"], key=lambda row: row["head"], reverse=True)
    ]
    columns = (f"all weights random ({LIMIT})", "each draw", "last layer random", "each draw", "randomisation")
    return table(("network", "head", "method", *columns), rows) if rows else NOTHING


def heads_beside(results: Path) -> list[str]:
    """The map of V beside that of A, of the map that is shown first."""
    rows = [
        [
            network_title(model),
            *(
                cell
                for name in ("rank_correlation", "top_tenth_iou")
                for cell in (_ends(row[name]), smallest_to_largest(row[f"{name}_random"]))
            ),
        ]
        for model, row in _pairs(results)
    ]
    columns = ("rank correlation", "with random weights", "IoU of the top tenth", "the same with random weights")
    return table(("V beside A, network", *columns), rows) if rows else NOTHING


def first_says(results: Path) -> str:
    """For how many heads the map that is shown first passes the randomisation check, and its figures."""
    models = _checked(results)
    rows = [row for model in models for row in model["randomised"] if row["method"] == FIRST_OF_IMAGES]
    if not rows:
        return "not measured yet"
    said = [_verdict(row) for row in rows]
    counts = f"it passes for {said.count(PASSES)}, is borderline for {said.count('borderline')} and fails for {said.count(FAILS)}"
    everywhere, last = (smallest_to_largest([row[f"{name}_interval"][0] for row in rows]) for name in ("random_all", "random_head"))
    return (
        f"{counts} of {len(rows)} heads of {len(models)} networks (rank correlation {everywhere}, {LIMIT}; "
        f"with the last layer alone random {last})"
    )


def picture_heads(results: Path) -> str:
    """How alike V and A are by the map of the README's picture, in the networks of its game that were measured."""
    told = []
    for model, row in _pairs(results):
        if model["env"] == BESIDE:
            ranks, tops = row["rank_correlation"], row["top_tenth_iou"]
            random = [smallest_to_largest(row[f"{name}_random"]) for name in ("rank_correlation", "top_tenth_iou")]
            told.append(
                f"rank correlation {_ends(ranks)}, IoU of the strongest tenths {_ends(tops)}, over {row['states']} states of "
                f"{model['games']} games; with random weights {random[0]} and {random[1]}"
            )
    return "; ".join(told) or "not measured yet"


def where(results: Path) -> str:
    """How many states and draws the check took."""
    told = [
        f"{row['states']} states of {row['games']} games, {len(row['random_all'])} draws of random weights"
        for model in _checked(results)
        for row in model["randomised"]
    ]
    return "; ".join(dict.fromkeys(told)) or "not measured yet"


def _checked(results: Path) -> list[Model]:
    """Older files have no such figures."""
    return [model for model in models_of(results) if model.get("randomised")]


def _pairs(results: Path) -> list[tuple[Model, Mapping[str, Any]]]:
    found = [(model, row) for model in models_of(results) for row in model.get("heads_alike", ())]
    return [(model, row) for model, row in found if row["method"] == FIRST_OF_IMAGES]


def _verdict(row: Mapping[str, Any]) -> str:
    draws = row["random_all"]
    word = CANNOT if None in draws else learned(draws)
    return "borderline" if word == BORDERLINE else word


def _cell(model: Model, head: str, method: str) -> str | None:
    own = [row for row in model["randomised"] if (row["head"], row["method"]) == (head, method)]
    if not own:
        return None
    word = _verdict(own[0])
    means = " / ".join(_mean(own[0][f"{name}_interval"]) for name in ("random_all", "random_head"))
    return f"**{means}, {word}**" if word == PASSES else f"{means}, {word}"


def _mean(ends: Sequence[float | None]) -> str:
    return "?" if ends[0] is None else f"{ends[0]:.2f}"


def _draws(draws: Sequence[float | None]) -> str:
    return ", ".join("?" if x is None else f"{x:.3f}" for x in draws)  # some are within 0.001 of the limit


def _ends(ends: Sequence[float | None]) -> str:
    """A mean, and its interval if there is one."""
    mean, low, high = ends
    return with_interval(mean, low, high)


TABLES = {"first-map-randomised": in_short, "first-map-randomised-whole": whole, "first-map-heads": heads_beside}
VALUES = {"first-map-randomised-brief": first_says, "first-map-randomised-where": where, "picture-heads": picture_heads}
