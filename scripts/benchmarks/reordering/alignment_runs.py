"""Runs measured one after the other, and the file that all their figures go to."""

import json
import shlex
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch as th
import tyro

from saccade.experiments.circumstances import commit, hardware, installed
from saccade.experiments.run_folder import RunFolder
from saccade.experiments.scoring.answers.asked import ask_in_turn
from saccade.experiments.setup.env_names import short_name
from saccade.experiments.setup.run_envs import run_env
from saccade.saliency import load_policy
from saccade.saliency.loading.saved_policy import env_steps_of
from saccade.saliency.states.names import attribute_of
from saccade.saliency.whole_file import write_text
from saccade.scripts.benchmarks.reordering.aligned_episodes import Game, played_episodes
from saccade.scripts.benchmarks.reordering.alignment_figures import DIGITS, alignment_figures
from saccade.scripts.benchmarks.runs.measured_runs import check_counts, folders_on, name_of, rounded, weight_decay
from saccade.scripts.benchmarks.timing import say

TASKS = ("Reorder", "CopyRecall")
PACKAGES = ("saccade-rl", "stable-baselines3", "sb3-contrib", "torch", "gymnasium", "numpy")
MOST_COPIES = 1000
NOISE = "noise"  # of training alone


@dataclass(frozen=True)
class Options:
    """Answers and alignments of agents with a memory, on new episodes without noise."""

    runs: tyro.conf.Positional[tuple[Path, ...]]
    """Run folders, of which the newest checkpoint is asked."""
    output: Path = Path("results/memory/reorder.json")
    """File of all figures. What it has of other runs stays."""
    answers: int = 1000
    """Episodes whose answers count."""
    episodes: int = 50
    """Episodes that get maps."""
    seed: Annotated[int, tyro.conf.arg(metavar="INT")] = 1_000_000
    """Of the episodes."""
    threads: int = 1
    """Of torch."""


def measure(options: Options, command: Sequence[str]) -> None:
    """
    Measure run after run, and write the file after each.

    :param options: what is measured
    :param command: the words of the call, which are kept
    :raises ConfigError: if a run is of another env, or an option cannot be; before anything is measured
    :raises OutputError: if two runs have the same name
    """
    check_counts(options, "answers", "episodes", "threads")
    known_in = f"alignments are known in {' and '.join(TASKS)} only"
    folders = folders_on(options.runs, lambda env: short_name(env) in TASKS, known_in)
    th.set_num_threads(options.threads)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    for folder in folders:
        row = measured(folder, options)
        known = json.loads(options.output.read_text(encoding="utf-8"))["runs"] if options.output.exists() else []
        others = [one for one in known if one["run"] != row["run"]]
        row["command"] = shlex.join(command)
        rows = sorted([*others, row], key=lambda one: (one["task"], one["agent"], one["run"]))
        write_text(options.output, as_text(rows))
        say(f"{row['run']}: {row['answers']['right_percent']:.2f} % right; {options.output}")


def measured(folder: RunFolder, options: Options) -> dict[str, Any]:
    """
    All figures of a run.

    :param folder: of the run; nothing is written there
    :param options: of the measurement
    """
    start, used = time.perf_counter(), time.process_time()
    record, checkpoint = folder.read({"device": "cpu"}), folder.latest_checkpoint()
    config, policy = record.config, load_policy(checkpoint, "cpu")

    arguments = dict(record.hyperparameters["env_kwargs"])

    def env_of(copies: int, seed: int) -> Any:
        without_noise = {**record.hyperparameters, "env_kwargs": {name: x for name, x in arguments.items() if name != NOISE}}
        return run_env(config.env, config.spec, without_noise, copies, seed, evaluation=True, split="test")

    env = env_of(min(options.answers, MOST_COPIES), options.seed)
    env.seed(options.seed)
    answers = ask_in_turn(policy, env, options.answers)
    env.close()
    env = env_of(options.episodes, options.seed + options.answers)
    env.seed(options.seed + options.answers)  # other copies than those that have answered
    game: Game = attribute_of(env, "game")
    episodes = played_episodes(policy, env)
    env.close()
    return {
        "run": name_of(folder), "task": short_name(config.env), "agent": config.agent or config.spec.name,
        "env_kwargs": arguments, "seed": config.seed,
        "env_steps": env_steps_of(checkpoint), "weight_decay": weight_decay(policy),
        "commit": commit(), "hardware": hardware("cpu"), "versions": {name: installed(name) for name in PACKAGES},
        "settings": {"answers": options.answers, "episodes": options.episodes, "seed": options.seed},
        "symbols": game.symbols,
        "answers": rounded({
            "episodes": answers.count, "questions": len(answers.right), "right_percent": answers.right_percent,
            "standard_error": answers.standard_error, "faultless_percent": answers.faultless_percent,
        }, DIGITS),
        "by_length": by_length(answers.right, answers.episodes),
        **alignment_figures(policy, game, episodes, options.seed),
        "seconds": round(time.perf_counter() - start), "cpu_seconds": round(time.process_time() - used),
    }  # fmt: skip


def by_length(right: np.ndarray, episodes: np.ndarray) -> dict[str, list[int]]:
    """
    Right answers and questions by how many questions an episode has.

    :param right: (n,) 1 for a right answer
    :param episodes: (n,) the episode of each
    :return: {questions of an episode: [right answers, questions]}
    """
    counts = np.bincount(episodes)[episodes]
    return {str(n): [int(right[counts == n].sum()), int((counts == n).sum())] for n in np.unique(counts).tolist()}


def as_text(rows: Sequence[dict[str, Any]]) -> str:
    """JSON with a line for each field, so that a changed figure is a changed line."""
    return json.dumps({"runs": list(rows)}, indent=1, allow_nan=False) + "\n"
