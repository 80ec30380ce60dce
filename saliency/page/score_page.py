"""Learning curves of runs without maps: the page of maps, with its charts alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TextIO

from ..whole_file import in_utf8
from .comparison_page import about_runs, page_with_its_data, told_block
from .html_page import Below
from .score_rows import LearningCurve, score_rows


@dataclass(frozen=True)
class ScoredRun:
    """
    :param name: shown; any text
    :param scores: of its evaluations during training
    """

    name: str
    scores: LearningCurve


def write_score_page(file: TextIO, runs: Sequence[ScoredRun], title: str, below: Below | None = None) -> None:
    """
    Writes the page. Like that of the maps it needs no network and runs only its own script.

    :param file: opened for text in UTF-8
    :param runs: at least one
    :param title: of the page; any text
    :param below: more to see
    """
    head, foot = page_with_its_data(title, below)
    listed = [{"name": in_utf8(run.name), "events": [], "scores": score_rows(run.scores)} for run in runs]
    file.write(head)
    file.write(told_block({"runs": listed, **about_runs([], listed, {}, {}, None)}))
    if below is not None:
        below.write(file)
    file.write(foot)
