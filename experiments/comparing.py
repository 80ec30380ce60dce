"""Comparison as a function: the saliency maps of runs side by side, as one HTML page."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TextIO

from ..saliency.errors import RecordedEventsError
from ..saliency.page.comparison_page import ComparedRun, check_comparable, write_comparison
from ..saliency.page.gaze_page import GazeRun, gazes_below, write_gaze_page
from ..saliency.page.html_page import Below
from ..saliency.page.memory_page import memories_below, memories_of, one_below_the_other
from ..saliency.page.score_page import ScoredRun, write_score_page
from ..saliency.page.score_rows import LearningCurve
from ..saliency.records.event_name import has_events
from ..saliency.records.recorded_events import RecordedEvents
from ..saliency.records.recorded_gazes import gaze_events, gaze_folder
from ..saliency.whole_file import whole_file, write_text
from .curves.curve import read_scores
from .errors import ConfigError, OutputError, RunFolderError
from .own_output import check_free, is_page, is_summary
from .reporting import SILENT, Reporter
from .run_folder import RunFolder
from .scoring.over_seeds import LEAST_RUNS, check_intervals_from
from .setup.arguments import Names, Paths, as_list, as_paths, to_path
from .summary.checked import CheckedFigure, checked_over_seeds
from .summary.checked_tables import MARK, checks_below, checks_text
from .summary.compared_runs import EVENTS, runs_to_compare
from .summary.same_states import OtherStatesError, on_states_of_the_first


def compare(
    runs: Paths,
    *,
    output: Path | str = Path("compare.html"),
    names: Names = (),
    env: str | None = None,
    intervals_from: int = LEAST_RUNS,
    force: bool = False,
    reporter: Reporter = SILENT,
) -> Path:
    """
    Show the maps of runs on the same probe states, through training, in a page that any browser opens without a network. One run
    is enough. Beside the maps are the learning curves of all runs that have scores. For recurrent policies the page shows below the
    maps how far back they look. For runs with a gaze the page has the pictures and films of their gazes, below the maps if there
    are any. A table has the checks of the maps and what they lie on, over runs that are seeds of one another; it is also written as
    Markdown. If the probe states of the runs differ, the page has maps of the last network of each run, made on the states of the
    first run.

    :param runs: Run folders of train, folders of sweeps, or folders that SaliencyCallback, GazeCallback or explain wrote.
    :param output: Page to write; the table goes beside it as -checks.md. Neither may exist yet, except with force.
    :param names: Names of the runs on the page, in their order. Default: the names of their folders.
    :param env: Only runs in this env, if runs of several are given.
    :param intervals_from: Runs of which there is an interval, 2 or more. Intervals of fewer than 5 are far too narrow.
    :param force: Replace the page and the table if they exist. Only what this command has written is replaced.
    :param reporter: gets a line on what was written
    :return: the page
    :raises ConfigError: if the arguments do not fit each other
    :raises OutputError: if a file exists already or cannot be written
    :raises RecordedEventsError: if a folder has no events that can be read, or the events cannot be compared
    """
    given, page = as_list(names), to_path(output)
    check_intervals_from(intervals_from)
    paths, left_out = runs_to_compare(as_paths(runs), env)
    if given and len(given) != len(paths):
        raise ConfigError(f"has {len(given)} for {len(paths)} run folders; give one for each, or none", option="names")
    if not page.parent.is_dir() or page.suffix != ".html":
        raise OutputError(f"{page} must end in .html and lie in a folder that exists")
    check_free(page, force, is_page)
    for line in left_out:
        reporter.say(line)
    different = told_apart(given or [folder_name(path) for path in paths])
    rows, table = checked_over_seeds(paths, intervals_from, reporter), page.with_name(f"{page.stem}-checks.md")
    if rows:
        check_free(table, force, partial(is_summary, mark=MARK))
    with ExitStack() as at_end:
        content = _content(dict(zip(different, paths, strict=True)), rows, intervals_from, reporter, at_end)
        try:
            with whole_file(page) as part:
                with part.open("w", encoding="utf-8", newline="\n") as file:
                    content.write(file)
                check_free(page, force, is_page)
            if rows:
                write_text(table, checks_text(rows, intervals_from))
            elif force and is_summary(table, MARK):  # of the page that was here before
                table.unlink()
        except OSError as error:
            raise OutputError(f"{page} cannot be written: {error}") from error
    size = page.stat().st_size / 1e6
    reporter.say(f"{page}: {content.events} events, {size:.1f} MB" + (f"; {table}" if rows else ""))
    return page


@dataclass(frozen=True)
class _Content:
    """What writes a page, and the number of its events."""

    write: Callable[[TextIO], None]
    events: int


def _content(runs: dict[str, Path], rows: Sequence[CheckedFigure], fewest: int, reporter: Reporter, at_end: ExitStack) -> _Content:
    """The page of these runs: the maps, if all runs have maps, the learning curves, and the gazes."""
    scores = {name: _scores_of(name, path, reporter) for name, path in runs.items()}
    gazes = {name: folder for name, path in runs.items() if (folder := gaze_folder(path)) is not None}
    looked = [GazeRun(name, gaze_events(folder)) for name, folder in gazes.items()]
    mapped = {name: path for name, path in runs.items() if name not in gazes or has_events(path / "saliency")}
    checks = checks_below(rows, fewest) if rows else None
    of_gazes = _of_gazes(looked, scores, checks)
    if not mapped:
        return of_gazes
    for name in (one for one in gazes if one not in mapped):
        reporter.say(f"{name} has no maps; the page has its gazes alone")
    compared = [ComparedRun(name, RecordedEvents.of(path)) for name, path in mapped.items()]
    try:
        check_comparable(compared)
    except RecordedEventsError as error:
        remade = _remade(mapped, compared, reporter, at_end)
        if remade is None and len(gazes) < len(runs):
            raise
        if remade is None:
            reporter.say(f"the page has the gazes alone: {error}")
            return of_gazes
        compared = remade
    remembered = [run for name, path in mapped.items() if (run := memories_of(name, RecordedEvents.of(path))) is not None]
    parts = [] if checks is None else [checks]
    parts += [*([memories_below(remembered)] if remembered else []), *([gazes_below(looked)] if looked else [])]
    below = one_below_the_other(parts)
    compared = [replace(run, scores=scores[run.name]) for run in compared]
    return _Content(partial(write_comparison, runs=compared, below=below), sum(len(run.events) for run in compared))


def _of_gazes(looked: Sequence[GazeRun], scores: dict[str, LearningCurve], checks: Below | None) -> _Content:
    """The page without maps. It has a script only where there are curves to draw."""
    events = sum(len(run.events) for run in looked)
    if not any(scores.values()):
        return _Content(partial(write_gaze_page, runs=looked, above=checks), events)
    scored = [ScoredRun(run.name, scores[run.name]) for run in looked]
    title = f"Gazes: {', '.join(run.name for run in looked)}"
    below = one_below_the_other([*([] if checks is None else [checks]), gazes_below(looked)])
    return _Content(partial(write_score_page, runs=scored, title=title, below=below), events)


def _scores_of(name: str, path: Path, reporter: Reporter) -> LearningCurve:
    """The learning curve of a run folder; nothing for other folders."""
    whole = path.absolute()
    folder = RunFolder(whole.parent if whole.name in EVENTS else whole)
    try:
        return [(score.env_steps, score.mean) for score in read_scores(folder)]
    except (RunFolderError, OSError) as error:
        reporter.say(f"{name} has no learning curve on the page: {error}")
        return []


def _remade(
    runs: dict[str, Path], compared: Sequence[ComparedRun], reporter: Reporter, at_end: ExitStack
) -> list[ComparedRun] | None:
    """Maps of runs whose states differ, on the same states; None if they cannot be made."""
    if len({run.events.probe_hash for run in compared}) == 1:
        return None
    folder = Path(at_end.enter_context(TemporaryDirectory(prefix="saccade-")))
    try:
        remade = on_states_of_the_first(runs, folder)
        check_comparable(remade)
    except (OtherStatesError, RecordedEventsError):
        return None
    reporter.say(
        f"the probe states of the runs differ; the maps are of each run's last network on the states of {next(iter(runs))}"
    )
    return remade


def folder_name(path: Path) -> str:
    """The name a run goes by: that of its folder, not of the folder of events within."""
    whole = path.absolute()
    return whole.parent.name if whole.name in EVENTS else whole.name


def told_apart(names: Sequence[str]) -> list[str]:
    """
    Names, with a number behind those that came before.

    :param names: of the runs
    """
    given: list[str] = []
    for name in names:
        number, different = 1, name
        while different in given:
            number += 1
            different = f"{name} ({number})"
        given.append(different)
    return given
