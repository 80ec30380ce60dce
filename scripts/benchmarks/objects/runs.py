"""Runs played and measured one after the other, each with a file of its own."""

import json
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import torch as th
import tyro
from stable_baselines3.common.policies import BasePolicy

from saccade.experiments import ConfigError
from saccade.experiments.circumstances import commit
from saccade.experiments.run_folder import RunFolder
from saccade.experiments.setup.run_envs import run_env
from saccade.saliency import load_policy
from saccade.saliency.loading.saved_policy import env_steps_of
from saccade.saliency.objects import FINDERS
from saccade.saliency.readers.head import head_names
from saccade.saliency.states.known_objects import game_of
from saccade.scripts.benchmarks.objects.measuring import HEADS, run_rows
from saccade.scripts.benchmarks.objects.play import Played, play
from saccade.scripts.benchmarks.runs.measured_runs import (
    Which,
    asked_checkpoint,
    check_counts,
    check_methods,
    measure_each,
    name_of,
    opened,
)
from saccade.scripts.benchmarks.timing import say


@dataclass(frozen=True)
class Options:
    """How much of V's and of A's maps lies on the things of the frame. Each run gets a file when it is measured."""

    runs: tyro.conf.Positional[tuple[Path, ...]]
    """Run folders, of which one checkpoint is asked."""
    output: Path = Path("results/objects")
    """Folder of the files, one for each run. A run that has a file there already is left out."""
    checkpoint: Which = "newest"
    """Which checkpoint is asked: the newest, or the one with the best score while it learned."""
    methods: tuple[str, ...] = ("jacobian", "jacobian_x_contrast")
    """Methods, by name."""
    games: int = 12
    """Games that are played at once."""
    steps: int = 3400
    """Env steps of each game. A day of Enduro has fewer, so snow, dusk, night and fog are among the states."""
    every: int = 20
    """Env steps between two states of a game."""
    states: int = 96
    """States of each kind that get maps, evenly spread over all that were met."""
    epsilon: float = 0.01
    """Probability of a random action in play, without which games would be copies of each other."""
    draws: int = 5
    """Networks with random weights."""
    seed: Annotated[int, tyro.conf.arg(metavar="INT")] = 3_000_000
    """Of the games and of random actions."""
    threads: int = 1
    """Of torch."""
    device: str = "cpu"
    """Of torch."""


def measure(options: Options) -> None:
    """
    Measure run after run.

    :raises ConfigError: if an option cannot be, or there is no finder for a run's game; before anything is measured
    :raises OutputError: if two runs have the same name
    """
    _check(options)
    folders = opened(options.runs)
    for folder in folders:
        _check_game(folder, options)
    th.set_num_threads(options.threads)
    measure_each(folders, options.output, lambda folder: as_text(measured(folder, options)))


def measured(folder: RunFolder, options: Options) -> dict[str, Any]:
    """
    All figures of a run.

    :param folder: of the run; nothing is written there
    :param options: of the measurement
    """
    start, used = time.perf_counter(), time.process_time()
    policy, played, game = played_states(folder, options)
    config = folder.read({"device": options.device}).config
    say(f"{folder.path.name}: {len(played.states)} states of {len(played.games)} games of {game}")
    rows = run_rows(policy, played.states, game, options.methods, options.states, options.draws, config.seed or 0)
    return {
        "run": name_of(folder), "game": game, "agent": config.agent, "seed": config.seed,
        "env_steps": env_steps_of(asked_checkpoint(folder, options.checkpoint)), "checkpoint": options.checkpoint,
        "commit": commit(), "torch": version("torch"), "ale-py": version("ale-py"),
        "games": len(played.games), "states": len(played.states), "states_by_game": played.games, "copies": played.copies,
        "settings": {name: x for name, x in vars(options).items() if name not in ("runs", "output", "checkpoint", "device")},
        "seconds": round(time.perf_counter() - start), "cpu_seconds": round(time.process_time() - used),
        "rows": rows,
    }  # fmt: skip


def played_states(folder: RunFolder, options: Options) -> tuple[BasePolicy, Played, str]:
    """
    A policy of a run, the states of its play, and the name of the game.

    :param folder: of the run; nothing is written there
    :param options: of the measurement
    :raises ConfigError: if the agent has no heads value and advantage
    """
    record, checkpoint = folder.read({"device": options.device}), asked_checkpoint(folder, options.checkpoint)
    config, policy = record.config, load_policy(checkpoint, options.device)
    lacking = [head for head in HEADS if head not in head_names(policy)]
    if lacking:
        raise ConfigError(f"{folder.path} has no head {lacking[0]}; only an agent with value and advantage can be asked")
    env = run_env(config.env, config.spec, record.hyperparameters, options.games, options.seed, True, "rgb_array")
    try:
        return policy, play(policy, env, options.steps, options.every, options.epsilon, options.seed), game_of(env)
    finally:
        env.close()


def as_text(found: dict[str, Any]) -> str:
    """JSON with one line for each field and each row, so that a changed row is a changed line."""
    fields = [f"{json.dumps(name)}: {json.dumps(x)}" for name, x in found.items() if name != "rows"]
    rows = ",\n".join(json.dumps(row, allow_nan=False) for row in found["rows"])
    return "{" + ",\n".join([*fields, f'"rows": [\n{rows}\n]']) + "}\n"


def _check(options: Options) -> None:
    check_methods(options.methods)
    check_counts(options, "games", "steps", "every", "states", "draws", "threads")
    if options.steps < options.every:
        raise ConfigError(f"is {options.steps}, but there is a state every {options.every} steps only", option="steps")
    if not 0 <= options.epsilon <= 1:
        raise ConfigError(f"is {options.epsilon}; it must be from 0 to 1", option="epsilon")


def _check_game(folder: RunFolder, options: Options) -> None:
    """:raises ConfigError: if there is no finder for the game of a run"""
    record = folder.read({"device": options.device})
    config = record.config
    env = run_env(config.env, config.spec, record.hyperparameters, 1, 0, True, None)
    game = game_of(env)
    env.close()
    if game not in FINDERS:
        raise ConfigError(f"{folder.path} plays {config.env}; things can be found in {', '.join(FINDERS)} only. Leave it out")
