"""Comparison as a function: the saliency maps of runs side by side, as one HTML page."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TextIO

from ..saliency.errors import RecordedEventsError
from ..saliency.page.comparison_page import ComparedRun, check_comparable, write_comparison
from ..saliency.page.gaze_page import GazeRun, gazes_below, write_gaze_page
from ..saliency.page.memory_page import memories_below, memories_of, one_below_the_other
from ..saliency.records.recorded_events import RecordedEvents
from ..saliency.records.recorded_gazes import gaze_events, gaze_folder
from ..saliency.whole_file import whole_file
from .errors import ConfigError, OutputError
from .own_output import check_free, is_page
from .reporting import SILENT, Reporter
from .setup.arguments import Names, Paths, as_list, as_paths, to_path


def compare(
    runs: Paths,
    *,
    output: Path | str = Path("compare.html"),
    names: Names = (),
    force: bool = False,
    reporter: Reporter = SILENT,
) -> Path:
    """
    Show the maps of runs on the same probe states, through training, in a page that any browser opens without a network. One run
    is enough. For recurrent policies the page shows below the maps how far back they look. For runs with a gaze the page has the
    pictures and films of their gazes, below the maps if there are any.

    :param runs: Run folders of train, or folders that SaliencyCallback, GazeCallback or explain wrote.
    :param output: Page to write. It must not exist yet, except with force.
    :param names: Names of the runs on the page, in their order. Default: the names of their folders.
    :param force: Replace the page if it exists. Only a page of this command is replaced.
    :param reporter: gets a line on what was written
    :return: the page
    :raises ConfigError: if the arguments do not fit each other
    :raises OutputError: if the page exists already or cannot be written
    :raises RecordedEventsError: if a folder has no events that can be read, or the events cannot be compared
    """
    paths, given, page = as_paths(runs), as_list(names), to_path(output)
    if not paths:
        raise ConfigError("give one run folder at least")
    if given and len(given) != len(paths):
        raise ConfigError(f"has {len(given)} for {len(paths)} run folders; give one for each, or none", option="names")
    if not page.parent.is_dir() or page.suffix != ".html":
        raise OutputError(f"{page} must end in .html and lie in a folder that exists")
    for path in paths:
        if not path.is_dir():
            raise ConfigError(f"there is no folder {path}; give run folders, or folders of saliency or gaze events")
    check_free(page, force, is_page)
    different = told_apart(given or [folder_name(path) for path in paths])
    write, events = _content(dict(zip(different, paths, strict=True)), reporter)
    try:
        with whole_file(page) as part:
            with part.open("w", encoding="utf-8", newline="\n") as file:
                write(file)
            check_free(page, force, is_page)
    except OSError as error:
        raise OutputError(f"{page} cannot be written: {error}") from error
    size = page.stat().st_size / 1e6
    reporter.say(f"{page}: {events} events, {size:.1f} MB")
    return page


def _content(runs: dict[str, Path], reporter: Reporter) -> tuple[Callable[[TextIO], None], int]:
    """What writes the page of these runs, and the number of their events: the maps, if all runs have maps, and the gazes."""
    gazes = {name: folder for name, path in runs.items() if (folder := gaze_folder(path)) is not None}
    looked = [GazeRun(name, gaze_events(folder)) for name, folder in gazes.items()]
    mapped = [name for name, path in runs.items() if gazes.get(name) is None or any((path / "saliency").glob("step_*.npz"))]
    of_gazes = partial(write_gaze_page, runs=looked), sum(len(run.events) for run in looked)
    if len(mapped) < len(runs) == len(gazes):
        return of_gazes
    compared = [ComparedRun(name, RecordedEvents.of(path)) for name, path in runs.items()]
    try:
        check_comparable(compared)
    except RecordedEventsError as error:
        if len(gazes) < len(runs):
            raise
        reporter.say(f"the page has the gazes alone: {error}")
        return of_gazes
    remembered = [run for run in (memories_of(one.name, one.events) for one in compared) if run is not None]
    parts = [*([memories_below(remembered)] if remembered else []), *([gazes_below(looked)] if looked else [])]
    below = one_below_the_other(parts)
    return partial(write_comparison, runs=compared, below=below), sum(len(run.events) for run in compared)


def folder_name(path: Path) -> str:
    """The name a run goes by: that of its folder, not of the folder of events within."""
    whole = path.absolute()
    return whole.parent.name if whole.name in ("saliency", "gaze") else whole.name


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
