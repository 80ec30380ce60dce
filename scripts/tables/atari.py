"""Scores of single runs on other games while they learn, from the learning curves in results/atari."""

from functools import partial
from pathlib import Path

from saccade.scripts.tables.markdown import read_csv, table

FOLDER = "atari"  # in results/
GAMES = ("breakout", "pong", "freeway")


def curve(game: str, results: Path) -> list[str]:
    """
    A row for each evaluation of each run.

    :param game: name of the file
    :param results: folder
    """
    rows = [
        [row["seed"], f"{int(row['frames']):,}", f"{float(row['score_mean']):,.1f}", f"{float(row['score_std']):,.1f}"]
        for row in read_csv(results, f"{FOLDER}/{game}.csv")
    ]
    return table(("seed", "frames", "mean score", "standard deviation of the games"), rows)


TABLES = {f"atari-{game}": partial(curve, game) for game in GAMES}
