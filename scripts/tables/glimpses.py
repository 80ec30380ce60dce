"""Agents that choose where to look: errors and scores, from evaluations."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from saccade.envs.human_scores import RANDOM_AND_HUMAN
from saccade.saliency.statistics.standard_error import standard_error
from saccade.scripts.tables.glimpse_claims.digit_rows import BEST
from saccade.scripts.tables.glimpse_claims.published import BEST_SEEN, CNN_OF_RAM, RAM
from saccade.scripts.tables.markdown import error_text, read_json, read_jsons, table

FOLDER = "glimpses/evaluations"
CATCH = "glimpses/catch"  # <trained with>-<seed>-under-<gaze>.json, as `evaluate` writes them
TASKS = {  # name of the files: (task, mark, aim)
    "centred-28": ("28x28, 8x8 patch, 1 scale, 7 glimpses", "1.0", "0.6"),
    "translated-60": ("60x60 translated, 12x12, 3 scales, 8 glimpses", "1.1", "0.8"),
    "cluttered-60-fc": ("60x60 cluttered, 4 pieces, RAM's own fully connected glimpse network", "4.0", "3.0"),
    "cluttered-60": ("the same task, two convolutions", "1.7", "1.0"),
    "cluttered-100": ("100x100 cluttered, 8 pieces, 12x12, 4 scales, 8 glimpses", "5.0", "2.5"),
}
GAZES = ("learned", "random", "centre")
CNNS = {"centred-28": "cnn-28", "translated-60": "cnn-translated-60", "cluttered-60-fc": "cnn-cluttered-60"}
CNNS |= {"cluttered-60": "cnn-cluttered-60", "cluttered-100": "cnn-cluttered-100"}
RANDOM_BREAKOUT, HUMAN_BREAKOUT = RANDOM_AND_HUMAN["breakout"]


def error_of(results: Path, name: str) -> str:
    """The error of an evaluation in %."""
    return f"{read_json(results, f'{FOLDER}/{name}.json')['error_percent']:.2f}"


def errors_of_seeds(results: Path, row: str) -> list[str]:
    """Test error of each seed of a row that has a validation split, in %, with its standard error over digits."""
    found = [one["test"] for one in read_jsons(results, "glimpses/rows", f"{row}-learned-[0-9].json").values()]
    return [f"{test['error_percent']:.2f}, standard error {test['standard_error']:.2f}" for test in found]


def glimpses_of(results: Path, task: str) -> int:
    """Glimpses at an image, from the settings of a task."""
    settings = yaml.safe_load((results / "glimpses" / f"{task}.yml").read_text(encoding="utf-8"))
    (of_env,) = settings.values()
    return int(of_env["env_kwargs"]["glimpses"])


def digits(results: Path) -> list[str]:
    """Each task under each gaze."""
    rows = []
    for task, (about, mark, aim) in TASKS.items():
        report = read_json(results, f"{FOLDER}/{task}-0-learned.json")
        images = report["env_steps"] / glimpses_of(results, task) / 1e6
        errors = [error_of(results, f"{task}-0-{gaze}") for gaze in GAZES]
        name = f"{about} ([{task}](glimpses/{task}.yml))"
        rows.append([name, BEST[task], f"{mark} / {aim}", *errors, f"{images:.1f} M", f"{report['multiply_adds'] / 1e6:.1f} M"])
    head = ("task", "best to beat", "mark / aim", "error, learned gaze", "the same network, random gaze", "centre gaze")
    return table((*head, "images seen", "multiply-adds an image"), rows)


def alike(results: Path) -> list[str]:
    """Networks that were trained under each gaze, on the same few images."""
    rows = []
    for task, (about, *_) in TASKS.items():
        cells = []
        for gaze in GAZES:
            found = read_jsons(results, FOLDER, f"{task}-[0-9]-{gaze}-trained-alike.json").values()
            cells.append(", ".join(f"{one['error_percent']:.2f}" for one in found))
        cnn = read_json(results, f"glimpses/whole-image/{CNNS[task]}.json")
        rows.append([about, *cells, f"{cnn['error_percent']:.2f} ({cnn['multiply_adds'] / 1e6:.1f} M)", CNN_OF_RAM[task]])
    head = ("task", "learned gaze", "trained with a random gaze", "trained with the gaze at the centre")
    return table((*head, "CNN on the whole image (multiply-adds)", "CNN of two layers, Mnih et al. 2014"), rows)


def overview(results: Path) -> list[str]:
    """
    Cluttered digits beside RAM, whose glimpse network is fully connected, and beside the lowest error that is reported. The random
    gaze was tried on the validation digits, since the test digits are used once.
    """
    tasks = (
        ("cluttered-60-fc", "60x60, four pieces of clutter, ours fully connected as well"),
        ("cluttered-60", "60x60, four pieces of clutter, ours with two convolutions"),
        ("cluttered-100", "100x100, eight pieces of clutter, ours with two convolutions"),
    )
    rows = []
    for task, about in tasks:
        first = read_json(results, f"glimpses/rows/{task}-learned-0.json")
        figures = [
            f"{each['error_percent']:.2f}" for each in (first["validation"], first["validation_under_other_gazes"]["random"])
        ]
        rows.append([about, "; ".join(errors_of_seeds(results, task)), RAM[task], BEST_SEEN[task], *figures])
    head = ("", "ours, by seed", "Mnih et al., fully connected", "best seen", "seed 0, validation digits", "the same, random gaze")
    return table(head, rows)


def forced_gaze(results: Path) -> list[str]:
    """What it costs to learn from gazes that were never made: two trainings with each seed, and their difference."""
    runs = read_json(results, "glimpses/forced-gaze.json")["runs"]
    of = {(run["seed"], run["told"]): run for run in runs}
    seeds = [seed for seed, told in of if told and (seed, False) in of]
    more = [of[seed, False]["error_percent"] - of[seed, True]["error_percent"] for seed in seeds]
    rows = [
        [seed, *(error_text(of[seed, told], digits=1) for told in (True, False)), f"{one:+.1f}"]
        for seed, one in zip(seeds, more, strict=True)
    ]
    if len(more) > 1:
        error = float(standard_error(np.array(more)))
        rows.append(["mean", "", "", f"{np.mean(more):+.1f}, standard error over seeds {error:.1f}"])
    return table(("seed", "it hears that its gaze is forced", "it does not", "more errors, in points"), rows)


def _score(report: dict[str, Any]) -> str:
    """Older evaluations do not tell copies of a game; at least as many games differ as scores do."""
    scores = np.array(report["scores"])
    return f"{report['mean']:.1f}, {len(scores)} games with {len(np.unique(scores))} different scores"


def breakout(results: Path) -> list[str]:
    """Breakout through a fovea and with the full view."""
    names = {
        "breakout-0-learned": "glimpses ([breakout](glimpses/breakout.yml)), learned gaze",
        "breakout-0-random": "the same network, random gaze",
        "breakout-0-centre": "the same network, gaze at the centre",
        "breakout-full-view-0": "full view ([breakout-full-view](glimpses/breakout-full-view.yml): one scale of 84x84, the Nature "
        "DQN's convolutions, the gaze kept at the centre)",
    }
    rows = [[about, _score(read_json(results, f"{FOLDER}/{name}.json"))] for name, about in names.items()]
    return table(("", "mean score"), [*rows, ["random play / a human tester", f"{RANDOM_BREAKOUT} / {HUMAN_BREAKOUT}"]])


def caught(results: Path, name: str) -> str:
    """Share of the balls in Catch in an evaluation, in %, with its standard error. Each episode is a draw of its own."""
    report = read_json(results, f"{name}.json")
    share, episodes = 1 - report["error_percent"] / 100, report["episodes"]
    return f"{100 * share:.1f}, standard error {100 * (share * (1 - share) / episodes) ** 0.5:.1f}"


def catch(results: Path) -> list[str]:
    """Catch under each gaze: trained with it, then the network with the learned gaze, now and in an older run."""
    rows: list[list[object]] = []
    for gaze in GAZES:
        names = (f"{CATCH}/{gaze}-0-under-{gaze}", f"{CATCH}/learned-0-under-{gaze}", f"{FOLDER}/catch-0-{gaze}")
        rows.append([gaze, *(caught(results, name) if (results / f"{name}.json").exists() else "not run" for name in names)])
    reports = [read_json(results, f"{name}.json") for name in (f"{CATCH}/learned-0-under-learned", f"{FOLDER}/catch-0-learned")]
    steps = [f"{report['env_steps'] / 1e6:.1f} M env steps" for report in reports]
    head = (
        "gaze",
        f"trained with it, {steps[0]}",
        "the network of the learned gaze, under it",
        f"an older one, {steps[1]}, under it",
    )
    return table(head, rows)


TABLES = {
    "digits": digits,
    "digits-alike": alike,
    "digits-overview": overview,
    "digits-forced-gaze": forced_gaze,
    "breakout": breakout,
    "catch": catch,
}
VALUES = {f"catch-{gaze}": partial(caught, name=f"{CATCH}/{gaze}-0-under-{gaze}") for gaze in ("learned", "random")}
