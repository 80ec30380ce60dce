"""The figures of first_map.py as tables in Markdown."""

from collections.abc import Mapping, Sequence
from typing import Any

from saccade.saliency.checks.markdown import markdown_table
from saccade.saliency.checks.verdict import BEATS, CANNOT_TELL, WORSE, says
from saccade.saliency.statistics.bootstrap import Interval

ABOUT = (
    "Ratios to random pixels; bold: better than all blind orders, with a 95 % interval over {over} off zero. Random weights: the "
    "comparisons in which the map is better than the map of the same method with random weights."
)


def first_map_table(found: Mapping[str, Any]) -> str:
    """
    A table for each model and head: the ratio to random pixels of each method and of each blind order, the rivals from which it
    cannot be told, and those than which it is worse.

    :param found: what ``first_map.py --json`` writes
    """
    return "\n\n".join(part for model in found["models"] for part in _of_model(model)) + "\n"


def _of_model(model: Mapping[str, Any]) -> list[str]:
    steps = f"{model['env_steps'] or 0:,} env steps"
    states = f"{model['states']} distinct states of {model['games']} games"
    about = f"**{model['env']}, {model['agent']}, seed {model['seed']}, {steps}, {states}.**"
    parts = [f"{about} {ABOUT.format(over=model['intervals_over'])}"]
    for head in dict.fromkeys(row["head"] for row in model["rows"]):
        parts.append(_of_head(head, [row for row in model["rows"] if row["head"] == head]))
    return parts


def _of_head(head: str, rows: list[Mapping[str, Any]]) -> str:
    columns = list(dict.fromkeys((row["measure"], row["removal"], row["good"]) for row in rows))
    titles = [f"{measure}, {removal.replace('_', ' ')} ({good} is good)" for measure, removal, good in columns]
    lines = []
    for method in dict.fromkeys(row["method"] for row in rows):
        own = [next(row for row in rows if (row["method"], row["measure"], row["removal"]) == (method, *of[:2])) for of in columns]
        blind = method in own[0]["leads"]
        ratios = ["" if row["ratio"] is None else f"{row['ratio']:.2f}" for row in own]
        cells = [ratio if blind or not beats_all(row) else f"**{ratio}**" for ratio, row in zip(ratios, own, strict=True)]
        last = ["(a blind order)", "", ""] if blind else [rivals(own, CANNOT_TELL), rivals(own, WORSE), _random(own)]
        lines.append([method.replace("_", "\\_"), *cells, *last])
    return markdown_table([head, *titles, "cannot be told from", "is worse than", "random weights"], lines)


def said(row: Mapping[str, Any]) -> dict[str, str]:
    """
    What each comparison with a blind order says.

    :param row: of one measure and one way of removal
    :return: {blind order: one of three words}
    """
    return {rival: _word(lead) for rival, lead in row["leads"].items()}


def beats_all(row: Mapping[str, Any]) -> bool:
    """Whether a map is better than all blind orders, for sure."""
    return all(word == BEATS for word in said(row).values())


def _word(lead: Sequence[float | None]) -> str:
    return says(Interval(*(float("nan") if x is None else x for x in lead)))


def rivals(own: Sequence[Mapping[str, Any]], word: str) -> str:
    """
    The blind orders of which a word is said, each with its comparisons.

    :param own: rows of one head and method
    :param word: one of the three words of :func:`said`
    """
    where: dict[str, list[str]] = {}
    for row in own:
        for rival, one in said(row).items():
            if one == word:
                where.setdefault(rival.replace("_", " "), []).append(f"{row['measure']} {row['removal'].replace('_', ' ')}")
    return "; ".join(f"{rival} ({'all' if len(of) == len(own) else ', '.join(of)})" for rival, of in where.items()) or "-"


def _random(own: list[Mapping[str, Any]]) -> str:
    leads = [row["over_random_weights"] for row in own if row["over_random_weights"]]
    return f"{sum(_word(lead) == BEATS for lead in leads)} of {len(leads)}" if leads else ""
