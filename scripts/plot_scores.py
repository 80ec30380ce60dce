"""Learning curves of runs, as a picture and a table: python scripts/plot_scores.py RUN_DIR RUN_DIR --output scores.png"""

import before_torch  # noqa: F401, I001  # before torch

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import tyro
from matplotlib.figure import Figure
from matplotlib.ticker import LogFormatter

from agent_setup import canonical_name, is_atari
from gaze_envs import task_id
from plain_errors import UserError, plain_errors
from run_folder import RunFolder

FRAMES = 4  # of the emulator, to an env step of an Atari game


@dataclass(frozen=True)
class Options:
    """Draw the scores of runs (seeds, agents) on separate envs, over frames where all are Atari games, else over env steps."""

    runs: Annotated[tuple[Path, ...], tyro.conf.Positional, tyro.conf.arg(metavar="RUN_DIR")]
    """Run folders of train.py."""
    output: Path = Path("scores.png")
    """Picture to write; the table goes beside it, as .csv. Neither may exist yet."""


@dataclass(frozen=True)
class Score:
    """An evaluation during training."""

    env_steps: int
    seconds: float | None  # since training began, parts of a resumed run added up
    mean: float
    std: float


def main(options: Options) -> None:
    if not options.runs:
        raise UserError("give one run folder at least")
    table = options.output.with_suffix(".csv")
    for path in (options.output, table):
        if path.exists():
            raise UserError(f"{path} exists already and is not overwritten; choose another --output")
    if not options.output.parent.is_dir() or options.output.suffix not in (".png", ".svg", ".pdf"):
        raise UserError(f"{options.output} must end in .png, .svg or .pdf and lie in a folder that exists")
    curves: list[tuple[dict[str, Any], list[Score]]] = []
    for path in options.runs:
        run = RunFolder.check_existing(path)
        settings = {**run.read_config()["options"], "run": path.name}
        scores = read_scores(run)
        if not scores:
            raise UserError(f"{path} has no scores yet; train.py writes them every --eval-every env steps and at the end")
        curves.append((settings, scores))
    envs = {canonical_name(settings["env"]) for settings, _ in curves}
    if len(envs) > 1 and not all(task_id(env) for env in envs):  # shares of failures can be compared
        raise UserError(f"scores of {' and '.join(sorted(envs))} cannot be compared in one picture; draw one for each env")
    try:
        write_table(table, curves)
        draw(options.output, curves)
    except OSError as error:
        raise UserError(f"{options.output} cannot be written: {error}") from error
    print(f"{options.output} and {table}")


def read_scores(run: RunFolder) -> list[Score]:
    """
    Evaluations of a run, in order.

    :param run: its folder; all parts of a resumed run are read
    """
    scores: dict[int, Score] = {}
    before = 0.0  # seconds of the parts read so far
    parts = [run.path / "progress.csv", *sorted(run.path.glob("progress-*.csv"), key=lambda path: int(path.stem.split("-")[1]))]
    for part in parts:
        if not part.exists():
            continue
        seconds = 0.0
        for row in csv.DictReader(part.read_text().splitlines()):
            seconds = float(row.get("time/time_elapsed") or seconds)
            if row.get("eval/score_mean"):
                env_steps = int(float(row["time/total_timesteps"]))
                scores[env_steps] = Score(env_steps, before + seconds, float(row["eval/score_mean"]), float(row["eval/score_std"]))
        before += seconds
    return [scores[env_steps] for env_steps in sorted(scores)]


def write_table(path: Path, curves: list[tuple[dict[str, Any], list[Score]]]) -> None:
    """A line an evaluation."""
    with path.open("x", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["env", "agent", "seed", "env_steps", "frames", "seconds", "score_mean", "score_std", "run"])
        for settings, scores in curves:
            for s in scores:
                frames = FRAMES * s.env_steps if is_atari(settings["env"]) else None
                writer.writerow(
                    [
                        settings["env"],
                        settings["agent"],
                        settings["seed"],
                        s.env_steps,
                        frames,
                        s.seconds,
                        round(s.mean, 4),
                        round(s.std, 4),
                        settings["run"],
                    ]
                )


def draw(path: Path, curves: list[tuple[dict[str, Any], list[Score]]]) -> None:
    """A line a run, with the spread over the games of each evaluation."""
    figure = Figure(figsize=(6.4, 3.6), layout="constrained")
    axes = figure.subplots()
    atari = all(is_atari(settings["env"]) for settings, _ in curves)
    answers = all(task_id(settings["env"]) is not None for settings, _ in curves)
    for settings, scores in curves:
        played = [(FRAMES if atari else 1) * s.env_steps / 1e6 for s in scores]
        label = settings["run"] if answers else f"{settings['agent']}, seed {settings['seed']}"
        shown = [100 * (1 - s.mean) if answers else s.mean for s in scores]
        (line,) = axes.plot(played, shown, marker=".", label=label)
        if answers:  # right or wrong: the deviation says nothing more
            continue
        axes.fill_between(
            played,
            [s.mean - s.std for s in scores],
            [s.mean + s.std for s in scores],
            alpha=0.15,
            color=line.get_color(),
            linewidth=0,
        )
    axes.set(
        xlabel="million frames" if atari else "million env steps",
        ylabel="failures on separate envs, %" if answers else "score on separate envs",
        title=", ".join(sorted({settings["env"] for settings, _ in curves})),
    )
    if answers:
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(LogFormatter())  # 10 rather than a power of 10
        axes.yaxis.set_minor_formatter(LogFormatter(minor_thresholds=(1.5, 0.5)))
    axes.grid(alpha=0.3, which="both")
    axes.legend()
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    with plain_errors():
        main(tyro.cli(Options))
