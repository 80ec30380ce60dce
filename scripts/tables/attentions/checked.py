"""
Two checks of soft attention beside maps by derivatives: randomisation, from files of ``randomised.py``, and blank squares in the
game, from files of ``causal.py``. Both lie in the folder of a form in results/attention.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import Any

from saccade.saliency.checks.causal.regions import SHORT
from saccade.saliency.checks.verdict import BORDERLINE, LEARNED, learned, spread
from saccade.scripts.tables.markdown import (
    NOTHING,
    TO,
    in_words,
    measured_at,
    read_jsons,
    smallest_to_largest,
    table,
    with_interval,
)

FOLDER = "attention"  # in results/
RANDOMISED, CAUSAL = "randomised", "causal"  # in the folder of a form
ACTIONS, REWARD = "changed", "return"  # how figures of the causal check begin


def randomised(results: Path, form: str) -> list[str]:
    """How much of each map is there without what was learned."""
    rows = [
        [
            _name(run, "seed"),
            row["head"],
            in_words(row["method"]),
            smallest_to_largest(row["random_head"]),
            spread(row["random_all"]),
            smallest_to_largest(row["random_all"]),
            _verdict(row),
        ]
        for run in _runs(results, form, RANDOMISED)
        for row in run["rows"]
    ]
    head = ("run", "head", "map", "last layer random", "all layers random", "lowest to highest draw", f"limit {LEARNED:.2f}")
    return table(head, rows) if rows else NOTHING


def randomised_brief(results: Path, form: str) -> list[str]:
    """The mean over the draws and what it comes to."""
    return _by_method(
        (_name(run, "seed"), row["head"], row["method"], f"{fmean(row['random_all']):.2f}, {_verdict(row)}")
        for run in _runs(results, form, RANDOMISED)
        for row in run["rows"]
    )


def randomised_where(results: Path, form: str) -> str:
    """States, draws, commits and hardware of the randomisation."""
    told = [
        f"{run['states']} states of {run['games']} games, {run['draws']} draws ({measured_at(run)})"
        for run in _runs(results, form, RANDOMISED)
    ]
    return "; ".join(dict.fromkeys(told)) or "not measured yet"


def causal_actions(results: Path, form: str) -> list[str]:
    """How often the action changes without the most salient square, and how much more often than without that of each control."""
    rows = [
        [*_about(run, row), _percent(row["figures"]["changed_top"]), *(_lead(row, ACTIONS, one, _percent) for one in SHORT)]
        for run, row in _causal(results, form)
    ]
    head = ("run", "head", "map", "distinct games", "action changed", *(f"more than {name}" for name in SHORT.values()))
    return table(head, rows) if rows else NOTHING


def causal_reward(results: Path, form: str) -> list[str]:
    """The reward without the most salient square, and how much more that is than without that of each control."""
    rows = [
        [
            *_about(run, row),
            _points(row["figures"]["return_nothing"]),
            _points(row["figures"]["return_top"]),
            *(_lead(row, REWARD, one, _points) for one in ("nothing", *SHORT)),
        ]
        for run, row in _causal(results, form)
    ]
    beside = ("more than nothing blank", *(f"more than {name}" for name in SHORT.values()))
    head = ("run", "head", "map", "distinct games", "reward, nothing blank", "most salient square blank", *beside)
    return table(head, rows) if rows else NOTHING


def causal_brief(results: Path, form: str) -> list[str]:
    """How many controls each map beats, and how many beat it."""
    return _by_method(
        (
            _name(run, "run_seed"),
            row["head"],
            row["method"],
            f"{_won(row, ACTIONS, 1, 'actions')}; {_won(row, REWARD, -1, 'reward')}",
        )
        for run, row in _causal(results, form)
    )


def causal_where(results: Path, form: str) -> str:
    """Steps, games, commits and hardware of the causal check."""
    told = [f"{run['games']} games of {run['steps']} env steps ({measured_at(row)})" for run, row in _causal(results, form)]
    return "; ".join(dict.fromkeys(told)) or "not measured yet"


def _runs(results: Path, form: str, kind: str) -> list[Mapping[str, Any]]:
    return list(read_jsons(results, f"{FOLDER}/{form}/{kind}").values())


def _causal(results: Path, form: str) -> list[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Each run with each of its rows, head by head."""
    return [
        (run, row)
        for run in _runs(results, form, CAUSAL)
        for row in sorted(run["rows"], key=lambda row: (row["head"] != "value", row["method"]))
    ]


def _verdict(row: Mapping[str, Any]) -> str:
    told = learned(row["random_all"])
    return "borderline" if told == BORDERLINE else told


def _by_method(cells: Iterable[tuple[str, str, str, str]]) -> list[str]:
    """
    A row for each run and head, a column for each map.

    :param cells: run, head, method and text of each
    """
    found: dict[tuple[str, str], dict[str, str]] = {}
    for run, head, method, text in cells:
        found.setdefault((run, head), {})[method] = text
    methods = sorted({method for told in found.values() for method in told})
    rows = [[*which, *(told.get(method, "not measured yet") for method in methods)] for which, told in found.items()]
    return table(("run", "head", *map(in_words, methods)), rows) if rows else NOTHING


def _about(run: Mapping[str, Any], row: Mapping[str, Any]) -> list[object]:
    return [_name(run, "run_seed"), row["head"], in_words(row["method"]), f"{row['figures']['distinct_nothing']:.0f}"]


def _name(run: Mapping[str, Any], seed: str) -> str:
    return f"{run['env']}, seed {run[seed]}"


def _ends(row: Mapping[str, Any], which: str, control: str) -> Sequence[float | None]:
    """How much more there is without the most salient square than without a control's, and the ends of its interval."""
    name = f"{which}_top_minus_{control}"
    return [row["figures"][name + end] for end in ("", "_low", "_high")]


def _lead(row: Mapping[str, Any], which: str, control: str, form: Callable[[float], str | None]) -> str:
    lead, low, high = _ends(row, which, control)
    return with_interval(lead, low, high, form, TO)


def _won(row: Mapping[str, Any], which: str, sign: int, why: str) -> str:
    """
    How many controls the map beats, and how many beat it: the whole interval is on one side of 0.

    :param row: of a map
    :param which: actions or reward
    :param sign: 1 if more is better for a map, else -1
    :param why: name of the figure
    """
    known = [(low, high) for _, low, high in (_ends(row, which, one) for one in SHORT) if low is not None and high is not None]
    above, below = sum(low > 0 for low, _ in known), sum(high < 0 for _, high in known)
    beats, loses = (above, below) if sign > 0 else (below, above)
    return f"{why}: beats {beats}, loses to {loses} of {len(known)}"


def _percent(share: float | None) -> str | None:
    return None if share is None else f"{100 * share:.0f} %"


def _points(reward: float | None) -> str | None:
    return None if reward is None else f"{reward:.1f}"


TABLES = {
    "attention-masked-randomised": partial(randomised, form="masked"),
    "attention-masked-randomised-in-brief": partial(randomised_brief, form="masked"),
    "attention-masked-causal-actions": partial(causal_actions, form="masked"),
    "attention-masked-causal-reward": partial(causal_reward, form="masked"),
    "attention-masked-causal-in-brief": partial(causal_brief, form="masked"),
}
VALUES = {
    "attention-masked-randomised-where": partial(randomised_where, form="masked"),
    "attention-masked-causal-where": partial(causal_where, form="masked"),
}
