"""Learning curves of runs, and what several seeds, agents and games say together, as a picture and tables."""

from functools import partial
from pathlib import Path

from .curves.curve import Curve, check_rows
from .curves.drawing import FORMATS, save
from .curves.groups import groups_of, told_together, warnings_of
from .curves.tables import COLUMNS, SEED_COLUMNS, write_seeds, write_table
from .errors import ConfigError, OutputError, RunFolderError
from .own_output import check_free, is_plot, is_summary, is_table
from .reporting import SILENT, Reporter
from .run_folder import RunFolder
from .scoring.over_seeds import LEAST_RUNS, check_intervals_from
from .setup.arguments import Paths, as_paths, to_path
from .summary.compared import compared
from .summary.markdown import write_summary
from .summary.picture import picture_of
from .summary.sweep_runs import with_sweeps


def plot(
    runs: Paths,
    *,
    output: Path | str = Path("scores.png"),
    intervals_from: int = LEAST_RUNS,
    force: bool = False,
    reporter: Reporter = SILENT,
) -> Path:
    """
    Draw the scores of runs (seeds, agents, games) on separate envs, over frames where all are Atari games, else over env steps,
    with a panel for each game. Runs of one agent in one env with the same settings are its seeds: their interquartile mean is
    drawn beside them, with a bootstrap interval if they are enough. Agents, or the values of a grid, are compared by their
    probability of improvement and by performance profiles, in each game and, where scores can be normalised, over games. A seed
    that is there twice counts once.

    :param runs: Run folders of train, or folders of sweeps, which stand for all their runs.
    :param output: Picture to write; the tables go beside it, as .md, .csv and -seeds.csv. None may exist yet, except with force.
    :param intervals_from: Runs of which there is an interval, 2 or more. Intervals of fewer than 5 are far too narrow.
    :param force: Replace them if they exist. Only what this command has written is replaced.
    :param reporter: gets a line on what was written
    :return: the picture
    :raises ConfigError: if no run is given, or the intervals are of fewer than two runs
    :raises OutputError: if a file exists already or cannot be written
    :raises RunFolderError: if a folder does not exist, or no run has scores
    :raises SweepError: if the plan of a sweep is damaged
    """
    paths = as_paths(runs)
    if not paths:
        raise ConfigError("give one run folder at least")
    check_intervals_from(intervals_from)
    picture = to_path(output)
    if not picture.parent.is_dir() or picture.suffix not in FORMATS:
        raise OutputError(f"{picture} must end in {', '.join(FORMATS[:-1])} or {FORMATS[-1]} and lie in a folder that exists")
    table, seeds = picture.with_suffix(".csv"), picture.with_name(f"{picture.stem}-seeds.csv")
    summary = picture.with_suffix(".md")
    for path in paths:
        if not path.exists():
            raise RunFolderError(f"there is no folder {path}; give the folders that the trainings named at their start")
    check_free(picture, force, is_plot)
    check_free(summary, force, is_summary)
    check_free(seeds, force, partial(is_table, columns=list(SEED_COLUMNS)))
    check_free(table, force, partial(is_table, columns=list(COLUMNS)))
    found = with_sweeps(paths)
    curves, left_out = _curves_of(found.paths)
    for line in (*found.told, *left_out):
        reporter.say(line)
    groups = groups_of(curves, intervals_from)
    together = [each for each in (group.together() for group in groups) if each is not None]
    comparison, notes = compared(together, intervals_from)
    warnings = warnings_of(groups, curves)
    try:
        write_table(table, curves)
        write_seeds(seeds, together)
        write_summary(summary, together, comparison, [*found.told, *left_out, *warnings, *notes], intervals_from)
        save(picture, picture_of(curves, groups, comparison))
    except OSError as error:
        raise OutputError(f"{picture} cannot be written: {error}") from error
    for line in (*warnings, *told_together(together, intervals_from), *notes):
        reporter.say(line)
    reporter.say(f"{picture}, {summary}, {table} and {seeds}")
    return picture


def _curves_of(paths: tuple[Path, ...]) -> tuple[list[Curve], list[str]]:
    """
    The runs that have scores, and a line for each one that is left out.

    :raises RunFolderError: if none has scores
    """
    curves: list[Curve] = []
    without: list[Path] = []
    damaged: list[RunFolderError] = []
    for path in paths:
        try:
            curve = Curve.of(path)
            if not curve.scores:
                check_rows(RunFolder(path))
        except RunFolderError as error:  # runs/* has all kinds of things
            damaged.append(error)
            continue
        if curve.scores:
            curves.append(curve)
        else:
            without.append(path)
    if not curves and without:
        raise RunFolderError(
            f"{without[0]} has no scores yet; training writes them every eval_every env steps and at the end", option="eval_every"
        )
    if not curves:
        raise damaged[0]
    return curves, [
        *(f"{path} has no scores yet and is left out" for path in without),
        *(f"left out: {reason}" for reason in damaged),
    ]
