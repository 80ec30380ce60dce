"""Learning curves of runs, and what several seeds say together, as a picture and tables."""

from functools import partial
from pathlib import Path

from .curves.curve import Curve
from .curves.drawing import FORMATS, draw
from .curves.groups import groups_of, told_together, warnings_of
from .curves.tables import COLUMNS, SEED_COLUMNS, write_seeds, write_table
from .errors import ConfigError, OutputError, RunFolderError
from .own_output import check_free, is_plot, is_table
from .reporting import SILENT, Reporter
from .setup.arguments import Paths, as_paths, to_path
from .setup.env_names import canonical_name, has_answers


def plot(runs: Paths, *, output: Path | str = Path("scores.png"), force: bool = False, reporter: Reporter = SILENT) -> Path:
    """
    Draw the scores of runs (seeds, agents) on separate envs, over frames where all are Atari games, else over env steps. Runs of
    one agent in one env with the same settings are its seeds: their interquartile mean is drawn beside them, from five runs on with
    a bootstrap interval, and agents are compared by their probability of improvement. Runs with other settings are a group of their
    own, and a seed that is there twice counts once.

    :param runs: Run folders of train.
    :param output: Picture to write; the tables go beside it, as .csv and -seeds.csv. None may exist yet, except with force.
    :param force: Replace them if they exist. Only what this command has written is replaced.
    :param reporter: gets a line on what was written
    :return: the picture
    :raises ConfigError: if the runs cannot be in one picture
    :raises OutputError: if a file exists already or cannot be written
    :raises RunFolderError: if a folder does not exist, or no run has scores
    """
    paths = as_paths(runs)
    if not paths:
        raise ConfigError("give one run folder at least")
    picture = to_path(output)
    table, seeds = picture.with_suffix(".csv"), picture.with_name(f"{picture.stem}-seeds.csv")
    for path in paths:
        if not path.exists():
            raise RunFolderError(f"there is no folder {path}; give the folders that the trainings named at their start")
    check_free(picture, force, is_plot)
    check_free(seeds, force, partial(is_table, columns=list(SEED_COLUMNS)))
    check_free(table, force, partial(is_table, columns=list(COLUMNS)))
    if not picture.parent.is_dir() or picture.suffix not in FORMATS:
        raise OutputError(f"{picture} must end in {', '.join(FORMATS[:-1])} or {FORMATS[-1]} and lie in a folder that exists")
    curves: list[Curve] = []
    without: list[Path] = []
    damaged: list[RunFolderError] = []
    for path in paths:
        try:
            curve = Curve.of(path)
        except RunFolderError as error:  # runs/* has all kinds of things
            damaged.append(error)
            continue
        if curve.scores:
            curves.append(curve)
        else:
            without.append(path)
    if not curves and without:
        raise RunFolderError(f"{without[0]} has no scores yet; training writes them every eval_every env steps and at the end")
    if not curves:
        raise damaged[0]
    for path in without:
        reporter.say(f"{path} has no scores yet and is left out")
    for reason in damaged:
        reporter.say(f"left out: {reason}")
    envs = {canonical_name(curve.env) for curve in curves}
    if len(envs) > 1 and not all(map(has_answers, envs)):  # shares of failures can be compared
        raise ConfigError(f"scores of {' and '.join(sorted(envs))} cannot be compared in one picture; draw one for each env")
    groups = groups_of(curves)
    together = [each for each in (group.together() for group in groups) if each is not None]
    try:
        write_table(table, curves)
        write_seeds(seeds, together)
        draw(picture, curves, groups)
    except OSError as error:
        raise OutputError(f"{picture} cannot be written: {error}") from error
    for line in (*warnings_of(groups, curves), *told_together(together)):
        reporter.say(line)
    reporter.say(f"{picture}, {table} and {seeds}")
    return picture
