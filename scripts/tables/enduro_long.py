"""Enduro to 40 million frames: returns of the training games, and the evaluations."""

from pathlib import Path

from saccade.scripts.tables.enduro import OTHERS
from saccade.scripts.tables.evaluations import FRAMES, NOTHING, score_rows
from saccade.scripts.tables.markdown import read_csv, read_jsons, table

LONG = "enduro-pqn/long"  # in results/: seed-*.csv with columns of progress.csv, seed-*-at-*.json from evaluate
EVERY = 500_000  # env steps from row to row
TIMED = (1_000_000, 2_500_000)  # env steps between which speed is measured: after compiling, and before the runs were paused


def curves(results: Path) -> list[str]:
    """Mean return of the last 100 training games, by seed, every two million frames."""
    files = sorted((results / LONG).glob("seed-*.csv"))
    if not files:
        return NOTHING
    cells: dict[int, dict[str, str]] = {}
    for file in files:
        for row in read_csv(results, f"{LONG}/{file.name}"):
            mark, mean = int(row["env_steps"]) // EVERY * EVERY, row["mean_return"]
            if mark and mean:
                cells.setdefault(mark, {}).setdefault(file.stem, f"{float(mean):,.0f}")  # the first row from the mark on
    lines = [[f"{FRAMES * mark:,}", *(of.get(file.stem) for file in files)] for mark, of in sorted(cells.items())]
    return table(("frames", *(file.stem.replace("-", " ") for file in files)), lines)


def scores(results: Path) -> list[str]:
    """Each kind of games of each checkpoint that was evaluated."""
    rows: list[list[object]] = []
    for name, report in read_jsons(results, LONG, "seed-*-at-*.json").items():
        seed = name.split("-")[1]
        rows += score_rows(f"PQN, seed {seed}, {FRAMES * report['env_steps']:,} of 40,000,000 frames", report)
    return table(("", "games", "score", "range"), [*rows, *OTHERS]) if rows else NOTHING


def speed(results: Path) -> str:
    """Env steps a second of each seed on the machine with a GPU, in full swing."""
    told = []
    for file in sorted((results / LONG).glob("seed-*.csv")):
        there = [row for row in read_csv(results, f"{LONG}/{file.name}") if TIMED[0] <= int(row["env_steps"]) <= TIMED[1]]
        steps, seconds = (float(there[-1][name]) - float(there[0][name]) for name in ("env_steps", "seconds"))
        told.append(f"{steps / seconds:,.0f}")
    return " and ".join(told) + " env steps/s" if told else "not measured yet"


TABLES = {"enduro-long": scores, "enduro-long-curve": curves}
VALUES = {"enduro-long-speed": speed}
