"""Atari games through a fovea: the same agent under each gaze and with the full view, from evaluations."""

from collections.abc import Mapping
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

from saccade.envs.human_scores import RANDOM_AND_HUMAN
from saccade.scripts.tables.attentions.tried import tried
from saccade.scripts.tables.enduro import played_of, score_of
from saccade.scripts.tables.markdown import read_json, table

# In results/; <game>-<eye>-<gaze>-<seed>.json, as `evaluate` writes them; <game>-full-0.json is the full view.
FOLDER = "glimpses/atari"
EYES = {"overview": "with an overview", "within": "without one, gaze within 0.5"}
GAZES = {"learned": "learned", "random": "random, trained so", "centre": "at the centre, trained so"}
TRIED = f"{FOLDER}/tried.csv"
SHOWN = (100_000, 150_000, 200_000, 300_000, 400_000, 500_000, 1_000_000, 1_250_000, 1_500_000)  # env steps at the end of a stretch
NOTHING = ["No run has been evaluated yet."]


def fovea(results: Path) -> list[str]:
    """A row for each run, by game: the agent with the full view first, then each eye and gaze, with its share of that score."""
    files = sorted((results / FOLDER).glob("*.json"))
    rows: list[list[object]] = []
    for game in dict.fromkeys(file.stem.split("-")[0] for file in files):
        full = read_json(results, f"{FOLDER}/{game}-full-0.json") if (results / FOLDER / f"{game}-full-0.json").exists() else None
        if full is not None:
            rows.append([game, "full view (`pqn`), seed 0", None, *_told(full), None])
        for (eye, seen), (gaze, about) in product(EYES.items(), GAZES.items()):
            for file in (one for one in files if one.stem.startswith(f"{game}-{eye}-{gaze}-")):
                report = read_json(results, f"{FOLDER}/{file.name}")
                share = None if full is None else _share(game, report, full)
                rows.append([game, f"gaze {about}, seed {file.stem.rpartition('-')[2]}", seen, *_told(report), share])
        random, human = RANDOM_AND_HUMAN[game]
        rows.append([game, "random play / a human tester", None, None, None, f"{random:,.1f} / {human:,.1f}", None])
    head = ("game", "agent", "eye", "env steps", "games", "mean score", "of the full view, above random play")
    return table(head, rows) if rows else NOTHING


def _told(report: Mapping[str, Any]) -> list[object]:
    return [f"{report['env_steps']:,}", played_of(report), score_of(report, digits=1)]


def _share(game: str, report: Mapping[str, Any], full: Mapping[str, Any]) -> str:
    random, _ = RANDOM_AND_HUMAN[game]
    return f"{100 * (report['mean'] - random) / (full['mean'] - random):.0f} %"


TABLES = {"fovea": fovea, "fovea-tried": partial(tried, log=TRIED, about=("env", "gaze", "seed"), shown=SHOWN)}
