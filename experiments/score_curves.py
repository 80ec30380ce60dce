"""Learning curves of runs, as a picture and a table."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from ..saliency.errors import first_line
from ..saliency.whole_file import whole_file
from .errors import ConfigError, OutputError, RunFolderError
from .own_output import PICTURE_MARK, check_free, is_plot, is_table
from .reporting import SILENT, Reporter
from .resuming.progress_csv import read_rows
from .run_folder import RunFolder
from .setup.arguments import Paths, as_paths, to_path
from .setup.env_names import canonical_name, gaze_task, is_atari

FRAMES = 4  # of the emulator, in an env step of an Atari game
MARKED = {".png": "Software", ".svg": "Creator", ".pdf": "Creator"}  # where a picture says what wrote it
FORMATS = tuple(MARKED)
COLUMNS = ("env", "agent", "seed", "env_steps", "frames", "seconds", "score_mean", "score_std", "run")


@dataclass(frozen=True)
class Score:
    """
    An evaluation during training.

    :param env_steps: of training so far
    :param seconds: since training began, parts of a resumed run added up; None if unknown
    :param mean: of the raw scores
    :param std: of the raw scores
    """

    env_steps: int
    seconds: float | None
    mean: float
    std: float


@dataclass(frozen=True)
class Curve:
    """
    The scores of one run.

    :param env: as the run names it
    :param agent: its name
    :param seed: of the run
    :param run: name of the folder
    :param scores: in order
    """

    env: str
    agent: str
    seed: Any
    run: str
    scores: Sequence[Score]

    @classmethod
    def of(cls, path: Path) -> "Curve":
        """
        :param path: of the run folder
        :raises RunFolderError: if the folder is damaged
        """
        folder = RunFolder.check_existing(path)
        options, scores = folder.read_content()["options"], read_scores(folder)
        return cls(options["env"], options["agent"], options.get("seed"), path.name, scores)


def plot(runs: Paths, *, output: Path | str = Path("scores.png"), force: bool = False, reporter: Reporter = SILENT) -> Path:
    """
    Draw the scores of runs (seeds, agents) on separate envs, over frames where all are Atari games, else over env steps.

    :param runs: Run folders of train.
    :param output: Picture to write; the table goes beside it, as .csv. Neither may exist yet, except with force.
    :param force: Replace both if they exist. Only what this command has written is replaced.
    :param reporter: gets a line on what was written
    :return: the picture
    :raises ConfigError: if the runs cannot be in one picture
    :raises OutputError: if a file exists already or cannot be written
    :raises RunFolderError: if no run has scores
    """
    paths = as_paths(runs)
    if not paths:
        raise ConfigError("give one run folder at least")
    picture = to_path(output)
    table = picture.with_suffix(".csv")
    check_free(picture, force, is_plot)
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
    if len(envs) > 1 and not all(gaze_task(env) for env in envs):  # shares of failures can be compared
        raise ConfigError(f"scores of {' and '.join(sorted(envs))} cannot be compared in one picture; draw one for each env")
    try:
        write_table(table, curves)
        draw(picture, curves)
    except OSError as error:
        raise OutputError(f"{picture} cannot be written: {error}") from error
    reporter.say(f"{picture} and {table}")
    return picture


def read_scores(run: RunFolder) -> list[Score]:
    """
    Evaluations of a run, in order.

    Half a row at the end of the log, which a run may be writing just now, is none.

    :param run: its folder; all parts of a resumed run are read
    :raises RunFolderError: if a row is damaged
    """
    scores: dict[int, Score] = {}
    before = 0.0  # seconds of the parts read so far
    for part in run.progress_files():
        seconds = 0.0
        try:
            for row in read_rows(part)[1]:
                seconds = float(row.get("time/time_elapsed") or seconds)
                if row.get("eval/score_mean"):
                    env_steps, mean = int(float(row["time/total_timesteps"])), float(row["eval/score_mean"])
                    scores[env_steps] = Score(env_steps, before + seconds, mean, float(row["eval/score_std"]))
        except (ValueError, TypeError, KeyError, OverflowError, csv.Error) as error:  # a value, or a column, that is none of a log
            raise RunFolderError(f"{part} is damaged ({first_line(error)})") from error
        before += seconds
    return [scores[env_steps] for env_steps in sorted(scores)]


def write_table(path: Path, curves: Sequence[Curve]) -> None:
    """A line an evaluation."""
    rows = [
        {
            "env": curve.env,
            "agent": curve.agent,
            "seed": curve.seed,
            "env_steps": score.env_steps,
            "frames": FRAMES * score.env_steps if is_atari(curve.env) else None,
            "seconds": score.seconds,
            "score_mean": round(score.mean, 4),
            "score_std": round(score.std, 4),
            "run": curve.run,
        }
        for curve in curves
        for score in curve.scores
    ]
    with whole_file(path) as part, part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)


def draw(path: Path, curves: Sequence[Curve]) -> None:
    """A line a run, with the spread over the games of each evaluation."""
    from matplotlib.figure import Figure  # here, because it takes a second and training does not need it
    from matplotlib.ticker import LogFormatter

    figure = Figure(figsize=(6.4, 3.6), layout="constrained")
    axes = figure.subplots()
    atari = all(is_atari(curve.env) for curve in curves)
    answers = all(gaze_task(curve.env) is not None for curve in curves)
    for curve in curves:
        played = [(FRAMES if atari else 1) * score.env_steps / 1e6 for score in curve.scores]
        label = curve.run if answers else f"{curve.agent}, seed {curve.seed}"
        shown = [100 * (1 - score.mean) if answers else score.mean for score in curve.scores]
        (line,) = axes.plot(played, shown, marker=".", label=label)
        if answers:  # right or wrong: the standard deviation says nothing more
            continue
        low, high = [score.mean - score.std for score in curve.scores], [score.mean + score.std for score in curve.scores]
        axes.fill_between(played, low, high, alpha=0.15, color=line.get_color(), linewidth=0)
    axes.set(
        xlabel="million frames" if atari else "million env steps",
        ylabel="failures on separate envs, %" if answers else "score on separate envs",
        title=", ".join(sorted({curve.env for curve in curves})),
    )
    if answers:
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(LogFormatter())  # 10 rather than a power of 10
        axes.yaxis.set_minor_formatter(LogFormatter(minor_thresholds=(1.5, 0.5)))
    axes.grid(alpha=0.3, which="both")
    axes.legend()
    with whole_file(path) as part:
        figure.savefig(part, dpi=110, metadata={MARKED[path.suffix]: PICTURE_MARK})
