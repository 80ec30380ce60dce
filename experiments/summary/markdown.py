"""The summary of a plot as Markdown."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ...saliency.checks.markdown import cell, markdown_row
from ...saliency.statistics.standard_error import standard_error
from ...saliency.whole_file import write_text
from ..own_output import SUMMARY_MARK
from ..scoring.over_seeds import (
    LEAST_RUNS,
    Estimate,
    SeedCurve,
    common_moment,
    interquartile_mean,
    intervals_told,
    probability_of_improvement,
)
from ..setup.env_names import has_answers
from .common_scale import normalised, random_and_human
from .compared import MOST_IN_PAIRS, Comparison, pairs_of

FORMAT = ",.4g"
NO_DOUBT = "drawing these runs again changes nothing"  # why enough runs have no interval


def write_summary(
    path: Path, together: Sequence[SeedCurve], comparison: Comparison | None, notes: Sequence[str], fewest: int
) -> None:
    """
    Write the text of :func:`summary_of`.

    :raises OSError: if it cannot be written
    """
    write_text(path, summary_of(together, comparison, notes, fewest))


def summary_of(together: Sequence[SeedCurve], comparison: Comparison | None, notes: Sequence[str], fewest: int = LEAST_RUNS) -> str:
    """
    A table of all groups, one over games, one of the probabilities of improvement, and what is to be known of them.

    :param together: of all groups
    :param comparison: of the groups as arms; None if they cannot be compared
    :param notes: lines about runs that are left out and the like
    :param fewest: runs for an interval
    """
    parts = [SUMMARY_MARK, "# Scores over seeds", *_of_games(together, fewest), *_over_games(comparison, fewest)]
    parts += [*_improvements(together, comparison, fewest)]
    about = [
        f"IQM is the interquartile mean over runs (below 4 runs this is the mean); {intervals_told(fewest)}.",
        "Intervals are those of rliable (Agarwal et al. 2021), over seeds. They say nothing of other games.",
        *(f"{note}." for note in notes),
    ]
    parts += ["## Notes", "\n".join(f"- {cell(line)}" for line in about)]
    return "\n\n".join(parts) + "\n"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """
    A table in Markdown.

    :param heads: of the columns
    :param rows: any texts
    """
    return "\n".join(map(markdown_row, (heads, ["---"] * len(heads), *rows)))


def with_error(scores: Sequence[float]) -> str:
    """
    Mean and standard error over runs, such as ``"4.2 +- 0.3"``; ``"4.2 (one seed)"`` for one run.

    :param scores: of the runs, at least one
    """
    mean = sum(scores) / len(scores)
    if len(scores) == 1:
        return f"{mean:{FORMAT}} (one seed)"
    return f"{mean:{FORMAT}} +- {float(standard_error(np.array(scores))):.2g}"


def with_interval(found: Estimate, runs: int, fewest: int, digits: str = FORMAT) -> str:
    """
    A figure with its interval, or why there is none.

    :param found: the figure
    :param runs: of the arm with the fewest
    :param fewest: runs for an interval
    :param digits: format of numbers
    """
    if found.low is not None:
        return found.text(digits)
    why = "one seed" if runs == 1 else f"{runs} seeds, {fewest} are needed" if runs < fewest else NO_DOUBT
    return f"{found.text(digits)}; no interval: {why}"


def _of_games(together: Sequence[SeedCurve], fewest: int) -> list[str]:
    if not together:
        return ["No group of seeds has scores at a moment that all its runs have."]
    with_human = any(random_and_human(curve.env) is not None for curve in together)
    rows = []
    for curve in together:
        factor, unit = (100, " % right") if has_answers(curve.env) else (1, "")
        last = curve.means.at(-1)
        shown = Estimate(*(None if x is None else factor * x for x in (last.value, last.low, last.high)))  # type: ignore[arg-type]
        cells = [curve.env, curve.agent, f"{curve.env_steps[-1]:,.0f}", str(curve.runs)]
        cells += [with_error([factor * float(x) for x in curve.scores[:, -1]]) + unit, with_interval(shown, curve.runs, fewest)]
        known = random_and_human(curve.env) is not None
        rows.append([*cells, *([f"{float(normalised(curve.env, last.value)):.1f}" if known else ""] if with_human else [])])
    heads = ["game", "agent", "env steps", "seeds", "score +- standard error", "IQM"]
    about = (
        "Scores on separate envs during training, at the last moment that all runs of a row have. The standard error is over seeds."
    )
    return [about, table([*heads, *(["IQM, human-normalised, %"] if with_human else [])], rows)]


def _over_games(comparison: Comparison | None, fewest: int) -> list[str]:
    if comparison is None or len(comparison.moments) < 2:
        return ["## Over games", "Nothing is said over games: " + ("one game." if comparison is not None else "see the notes.")]
    rows = [[arm.label, str(len(arm.scores)), with_interval(arm.means, len(arm.scores), fewest)] for arm in comparison.arms]
    where = ", ".join(f"{env} at {moment:,.0f} env steps" for env, moment in comparison.moments.items())
    return [
        "## Over games",
        f"IQM over seeds and games of the {comparison.scale.label}: {where}.",
        table(["agent", "seeds", "IQM"], rows),
    ]


def _improvements(together: Sequence[SeedCurve], comparison: Comparison | None, fewest: int) -> list[str]:
    rows: list[list[str]] = []
    if comparison is not None and len(comparison.moments) > 1:
        runs = {arm.label: len(arm.scores) for arm in comparison.arms}
        for first, second, chance in comparison.improvements:
            told = with_interval(chance, min(runs[first], runs[second]), fewest, ".2f")
            rows.append([f"{len(comparison.moments)} games", first, second, told, "as above"])
    games = dict.fromkeys(curve.env for curve in together)
    in_games = [[curve for curve in together if curve.env == env] for env in games]
    for here in in_games:
        rows += _of_game(here, comparison, fewest)
    if not rows:
        return []
    many = any(len(here) > MOST_IN_PAIRS for here in in_games)
    told = "How likely a run of the first agent scores higher than a run of the second in the same game; 0.5 means no difference."
    most = f" Of more than {MOST_IN_PAIRS} agents the best one is compared with each other one." if many else ""
    return ["## Probability of improvement", told + most, table(["game", "first", "second", "probability", "env steps"], rows)]


def _of_game(here: Sequence[SeedCurve], comparison: Comparison | None, fewest: int) -> list[list[str]]:
    """Pairs of agents in one game, at the moment of the comparison, or else at the last that both have."""
    env, rows = here[0].env, []
    compared = set() if comparison is None else {arm.label for arm in comparison.arms}
    of_all = common_moment(*here)

    def score(curve: SeedCurve) -> float:
        return float(interquartile_mean(curve.at(curve.env_steps[-1] if of_all is None else of_all)[:, None]))

    for first, second in pairs_of(here, score):
        moment = common_moment(first, second)
        if comparison is not None and env in comparison.moments and compared >= {first.agent, second.agent}:
            moment = comparison.moments[env]
        if moment is not None:
            chance = probability_of_improvement(first.at(moment), second.at(moment), fewest)
            told = with_interval(chance, min(first.runs, second.runs), fewest, ".2f")
            rows.append([env, first.agent, second.agent, told, f"{moment:,.0f}"])
    return rows
