"""The tables beside a picture of learning curves."""

import csv
from collections.abc import Sequence
from pathlib import Path

from ...saliency.whole_file import whole_file
from ..scoring.over_seeds import SeedCurve
from ..setup.env_names import is_atari
from .curve import Curve
from .frames import frames_of

SEED_COLUMNS = ("env", "agent", "runs", "env_steps", "interquartile_mean", "low", "high")
COLUMNS = ("env", "agent", "seed", "env_steps", "frames", "seconds", "score_mean", "score_std", "run")


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


def write_table(path: Path, curves: Sequence[Curve]) -> None:
    """A line an evaluation."""
    rows = [
        {
            "env": curve.env,
            "agent": curve.agent,
            "seed": curve.seed,
            "env_steps": score.env_steps,
            "frames": frames_of(score.env_steps, curve.settings) if is_atari(curve.env) else None,
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
