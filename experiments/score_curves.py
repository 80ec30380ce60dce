"""Learning curves of runs, and what several seeds say together, as a picture and tables."""

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from ..saliency.errors import first_line
from ..saliency.whole_file import whole_file
from .errors import ConfigError, OutputError, RunFolderError
from .own_output import PICTURE_MARK, check_free, is_plot, is_table
from .reporting import SILENT, Reporter
from .resuming.progress_csv import read_rows
from .run_folder import RunFolder
from .scoring.over_seeds import INTERVAL, SeedCurve, probability_of_improvement
from .setup.arguments import Paths, as_paths, to_path
from .setup.env_names import canonical_name, gaze_task, is_atari, short_name

FRAMES = 4  # of the emulator, in an env step of an Atari game
MARKED = {".png": "Software", ".svg": "Creator", ".pdf": "Creator"}  # where a picture says what wrote it
FORMATS = tuple(MARKED)
SEED_COLUMNS = ("env", "agent", "runs", "env_steps", "interquartile_mean", "low", "high")
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
    :param settings: hyperparameters as text, apart from the length of the run; runs that differ in them are no seeds of each other
    """

    env: str
    agent: str
    seed: Any
    run: str
    scores: Sequence[Score]
    settings: str = ""

    @classmethod
    def of(cls, path: Path) -> "Curve":
        """
        :param path: of the run folder
        :raises RunFolderError: if the folder is damaged
        """
        folder = RunFolder.check_existing(path)
        content, scores = folder.read_content(), read_scores(folder)
        options = content["options"]
        settings = {name: value for name, value in content["hyperparameters"].items() if name != "n_timesteps"}
        text = json.dumps(settings, sort_keys=True, default=str)
        return cls(options["env"], options["agent"], options.get("seed"), path.name, scores, text)


def plot(runs: Paths, *, output: Path | str = Path("scores.png"), force: bool = False, reporter: Reporter = SILENT) -> Path:
    """
    Draw the scores of runs (seeds, agents) on separate envs, over frames where all are Atari games, else over env steps. Runs of
    one agent in one env are its seeds: their interquartile mean is drawn with a bootstrap interval, and agents are compared by
    their probability of improvement.

    :param runs: Run folders of train.
    :param output: Picture to write; the tables go beside it, as .csv and -seeds.csv. None may exist yet, except with force.
    :param force: Replace them if they exist. Only what this command has written is replaced.
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
    table, seeds = picture.with_suffix(".csv"), picture.with_name(f"{picture.stem}-seeds.csv")
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
    if len(envs) > 1 and not all(gaze_task(env) for env in envs):  # shares of failures can be compared
        raise ConfigError(f"scores of {' and '.join(sorted(envs))} cannot be compared in one picture; draw one for each env")
    together = over_seeds(curves)
    try:
        write_table(table, curves)
        write_seeds(seeds, together)
        draw(picture, curves, together)
    except OSError as error:
        raise OutputError(f"{picture} cannot be written: {error}") from error
    for line in told_over_seeds(together):
        reporter.say(line)
    reporter.say(f"{picture}, {table} and {seeds}")
    return picture


def over_seeds(curves: Sequence[Curve]) -> list[SeedCurve]:
    """Runs of one agent in one env with the same settings together, in their order: a control is no seed of what it controls."""
    groups: dict[tuple[str, str], dict[str, list[Curve]]] = {}
    for curve in curves:
        alike = groups.setdefault((short_name(curve.env), curve.agent), {})
        alike.setdefault(curve.settings, []).append(curve)
    found = []
    for (env, agent), alike in groups.items():
        for number, group in enumerate(alike.values(), 1):
            name = agent if len(alike) == 1 else f"{agent} (settings {number}: {', '.join(c.run for c in group)})"
            scores = [(np.array([s.env_steps for s in c.scores]), np.array([s.mean for s in c.scores])) for c in group]
            found.append(SeedCurve.of(env, name, scores))
    return [each for each in found if each is not None]


def told_over_seeds(together: Sequence[SeedCurve]) -> list[str]:
    """The last common scores of each group, and the probability of improvement between agents of one env."""
    lines = [f"interquartile mean over seeds (below 4 the mean), {INTERVAL}:", *(each.text() for each in together)]
    for first, second in combinations(together, 2):
        if first.env == second.env:
            chance = probability_of_improvement(first.scores[:, -1], second.scores[:, -1])
            lines.append(f"probability that {first.agent} scores higher than {second.agent}: {chance.text('.2f')}")
    return lines


def write_seeds(path: Path, together: Sequence[SeedCurve]) -> None:
    """A line a moment of each group; the ends of the interval are empty for one seed."""
    with whole_file(path) as part, part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(SEED_COLUMNS)
        for each in together:
            for moment, env_steps in enumerate(each.env_steps):
                mean = each.means.at(moment)
                ends = ["" if end is None else round(float(end), 4) for end in (mean.low, mean.high)]
                writer.writerow([each.env, each.agent, each.runs, int(env_steps), round(float(mean.value), 4), *ends])


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


def draw(path: Path, curves: Sequence[Curve], together: Sequence[SeedCurve] = ()) -> None:
    """
    A line a run, with the standard deviation over the games of each evaluation. Of several seeds also their interquartile mean with
    its interval; then the runs are thin lines.
    """
    from matplotlib.figure import Figure  # here, because it takes a second and training does not need it
    from matplotlib.ticker import LogFormatter

    figure = Figure(figsize=(6.4, 3.6), layout="constrained")
    axes = figure.subplots()
    atari = all(is_atari(curve.env) for curve in curves)
    answers = all(gaze_task(curve.env) is not None for curve in curves)
    several = {(each.env, each.agent): each for each in together if each.runs > 1}
    colours = {key: f"C{number}" for number, key in enumerate(several)}
    for key, each in several.items():
        ends = [each.means.value if end is None else end for end in (each.means.value, each.means.low, each.means.high)]
        mean, lower, upper = (100 * (1 - end) if answers else end for end in ends)
        steps = (FRAMES if atari else 1) * each.env_steps / 1e6
        axes.plot(steps, mean, marker=".", color=colours[key], label=f"{each.agent} in {each.env}, {each.runs} seeds")
        axes.fill_between(steps, lower, upper, alpha=0.2, color=colours[key], linewidth=0)
    for number, curve in enumerate(curves, len(several)):
        seeds = (short_name(curve.env), curve.agent)
        played = [(FRAMES if atari else 1) * score.env_steps / 1e6 for score in curve.scores]
        label = curve.run if answers else f"{curve.agent}, seed {curve.seed}"
        shown = [100 * (1 - score.mean) if answers else score.mean for score in curve.scores]
        if seeds in several:
            axes.plot(played, shown, color=colours[seeds], linewidth=0.6, alpha=0.6)
            continue
        (line,) = axes.plot(played, shown, marker=".", label=label, color=f"C{number}")
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
