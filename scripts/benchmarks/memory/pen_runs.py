"""Measures runs on PenStrokes, and writes a file for each."""

import json
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import torch as th
import tyro

from saccade.envs.tasks.pen.words import common_words, words_of
from saccade.experiments.circumstances import commit, hardware
from saccade.experiments.run_folder import RunFolder
from saccade.experiments.setup.env_names import task_id
from saccade.saliency import load_policy
from saccade.saliency.loading.saved_policy import env_steps_of
from saccade.scripts.benchmarks.memory.dots import dot_figures
from saccade.scripts.benchmarks.memory.endings import ending_figures
from saccade.scripts.benchmarks.memory.letters_right import letter_figures
from saccade.scripts.benchmarks.memory.pairs import pairs
from saccade.scripts.benchmarks.memory.written import env_kwargs_of
from saccade.scripts.benchmarks.runs.measured_runs import (
    Which,
    asked_checkpoint,
    check_counts,
    folders_on,
    measure_each,
    name_of,
    rounded,
    weight_decay,
)
from saccade.scripts.benchmarks.timing import say

ENV = "saccade/PenStrokes-v0"
CONTROL = "at once"


@dataclass(frozen=True)
class Options:
    """Letters right, dots and endings of networks that read a pen. Each run gets a file when it is measured."""

    runs: tyro.conf.Positional[tuple[Path, ...]]
    """Run folders."""
    checkpoint: Which = "newest"
    """Which one of a run is asked; best is the one with the most letters right on validation words."""
    output: Path = Path("results/memory")
    """Folder of the files, one for each run."""
    episodes: int = 4000
    """Episodes of held-out words and hands, for the letters right."""
    pairs: int = 600
    """Words with an i, each with its twin."""
    endings: int = 200
    """Words in -ing."""
    maps: int = 100
    """Words with an i that get maps."""
    ending_maps: int = 21
    """Words in -ing that get maps."""
    seed: Annotated[int, tyro.conf.arg(metavar="INT")] = 3_000_000
    """Of hands, sizes and noise."""
    threads: int = 1
    """Of torch."""


def measure(options: Options) -> None:
    """
    Measure run after run.

    :raises ConfigError: if an option cannot be, or a run is of another env; before anything is measured
    :raises OutputError: if two runs have the same name
    """
    check_counts(options, "episodes", "pairs", "endings", "maps", "ending_maps", "threads")
    folders = folders_on(options.runs, lambda env: task_id(env) == ENV, "only runs on PenStrokes can be measured")
    th.set_num_threads(options.threads)
    measure_each(folders, options.output, lambda folder: as_text(measured(folder, options)))


def measured(folder: RunFolder, options: Options) -> dict[str, Any]:
    """
    All figures of a run.

    :param folder: of the run; nothing is written there
    :param options: of the measurement
    """
    start, used = time.perf_counter(), time.process_time()
    record, checkpoint = folder.read({"device": "cpu"}), asked_checkpoint(folder, options.checkpoint)
    policy: Any = load_policy(checkpoint, "cpu")
    kwargs = env_kwargs_of(record.hyperparameters)
    at_once = {**kwargs, "dots": CONTROL}
    longest = kwargs.get("max_letters", 8)
    words = words_of("test", kwargs.get("words") or common_words(), longest)
    found: dict[str, Any] = {}
    say(f"{folder.path.name}: letters right")
    found["letters"] = letter_figures(policy, options.episodes, options.seed, kwargs)
    say(f"{folder.path.name}: dots")
    found["dots"] = dot_figures(policy, pairs(words, options.pairs, options.seed, kwargs), options.maps, options.seed)
    say(f"{folder.path.name}: the control, dots at once")
    found["letters_at_once"] = letter_figures(policy, options.episodes, options.seed, at_once)
    found["dots_at_once"] = dot_figures(policy, pairs(words, options.pairs, options.seed, at_once), options.maps, options.seed)
    say(f"{folder.path.name}: endings")
    found["endings"] = ending_figures(policy, words, options.endings, options.ending_maps, options.seed, kwargs)
    return {
        "run": name_of(folder), "env": ENV, "agent": record.config.agent, "seed": record.config.seed,
        "env_kwargs": record.hyperparameters.get("env_kwargs") or {},
        "weight_decay": weight_decay(policy),
        "env_steps": env_steps_of(checkpoint), "commit": commit(), "hardware": hardware("cpu"), "torch": version("torch"),
        "settings": {name: x for name, x in vars(options).items() if name not in ("runs", "output")},
        "seconds": round(time.perf_counter() - start), "cpu_seconds": round(time.process_time() - used),
        **found,
    }  # fmt: skip


def as_text(found: dict[str, Any]) -> str:
    """JSON with a line for each field, so that a changed figure is a changed line."""
    return json.dumps(rounded(found, ".6g"), indent=1, allow_nan=False) + "\n"
