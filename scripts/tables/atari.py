"""Scores of single runs on other games, from the learning curves and evaluations in results/atari."""

from functools import partial
from itertools import chain
from pathlib import Path

from saccade.envs.human_scores import RANDOM_AND_HUMAN
from saccade.scripts.tables.evaluations import FRAMES, kinds_of, played_of, score_of
from saccade.scripts.tables.markdown import read_csv, read_json, read_jsons, table

FOLDER = "atari"  # in results/
ALSO = "attention/pqn/scores"  # evaluations of the same agent beside soft attention; <game>-<seed>.json
EARLY = "atari/freeway-early.json"  # apart from the runs whose last checkpoint counts
GAMES = ("breakout", "pong", "freeway")


def scores(game: str, results: Path) -> list[str]:
    """
    A row for each evaluation of each run, while it learned and afterwards, and what the scores are compared with.

    :param game: name of the files
    :param results: folder
    """
    learned = read_csv(results, f"{FOLDER}/{game}.csv")
    last = {row["run"]: int(row["frames"]) for row in learned}  # two runs of one seed may have other lengths
    rows: list[list[object]] = [
        [
            f"seed {row['seed']}, {int(row['frames']):,} of {last[row['run']]:,} frames",
            "greedy, while it learned",
            f"{float(row['score_mean']):,.1f}, standard deviation {float(row['score_std']):,.1f}",
        ]
        for row in learned
    ]
    of_runs = read_jsons(results, FOLDER, f"{game}-seed-*.json").items(), read_jsons(results, ALSO, f"{game}-*.json").items()
    for name, report in chain(*of_runs):
        about = f"seed {name.rpartition('-')[2]}, {FRAMES * report['env_steps']:,} frames"
        rows += [[about, played_of(each), score_of(each, digits=1)] for each in kinds_of(report)]
    random, human = RANDOM_AND_HUMAN[game]
    others: list[list[object]] = [
        ["random play (Wang et al. 2016, table 2)", "no-op starts, no sticky actions", f"{random:,.1f}"],
        ["a human tester (the same)", "the same", f"{human:,.1f}"],
    ]
    return table(("", "games", "mean score"), [*rows, *others])


def early(results: Path) -> str:
    """The scores of the early checkpoint of Freeway whose maps are measured, in words."""
    return "; ".join(f"{played_of(each)}: {score_of(each, digits=1)}" for each in kinds_of(read_json(results, EARLY)))


VALUES = {"freeway-early": early}
TABLES = {f"atari-{game}": partial(scores, game) for game in GAMES}
