"""Deletion and insertion of maps and of blind orders on states of play."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch as th
from stable_baselines3.common.policies import BasePolicy

from saccade.experiments import ConfigError
from saccade.experiments.run_folder import RunFolder
from saccade.experiments.setup.run_envs import run_env
from saccade.saliency import METHODS, Head, MapKey, NoMapError, States, load_policy
from saccade.saliency.checks.blind.orders import blind_orders_of
from saccade.saliency.checks.blind_rivals import SIGNS, BesideBlind, BlindFigures
from saccade.saliency.checks.random_weights.random_layers import unlearned
from saccade.saliency.loading.saved_policy import env_steps_of
from saccade.saliency.methods import methods_named
from saccade.saliency.methods.captum_methods import integrated_gradients_blurred
from saccade.saliency.methods.contrast_methods import jacobian_x_contrast, smoothed, summed
from saccade.saliency.methods.first_map import FIRST_OF_IMAGES
from saccade.saliency.methods.gradient_methods import Method
from saccade.saliency.methods.map_making import make_maps, strength_map
from saccade.saliency.readers.entries import Entries
from saccade.saliency.readers.head import head_names
from saccade.saliency.statistics.bootstrap import enough_groups
from saccade.saliency.statistics.map_statistics import magnitude
from saccade.scripts.benchmarks.measuring import Options as Benchmark
from saccade.scripts.benchmarks.measuring import circumstances
from saccade.scripts.benchmarks.runs.measured_runs import check_methods, name_of, opened, rounded
from saccade.scripts.benchmarks.shown_first.kept import Kept
from saccade.scripts.benchmarks.shown_first.randomised import heads_alike, over_games, randomised_rows
from saccade.scripts.benchmarks.shown_first.states import states_of_play
from saccade.scripts.benchmarks.shown_first.table import first_map_table
from saccade.scripts.benchmarks.timing import say

VARIANTS: dict[str, Method] = {  # that are measured, and are not methods of the suite
    "jacobian_x_contrast, smooth 4": smoothed(jacobian_x_contrast, 4.0),
    "jacobian_x_contrast, smooth 4, signed": smoothed(jacobian_x_contrast, 4.0, signed=True),
    "jacobian_x_contrast, summed, smooth 2": smoothed(summed(jacobian_x_contrast), 2.0),
    "integrated_gradients_blurred, summed": summed(integrated_gradients_blurred),
    "integrated_gradients_blurred, smooth 2": smoothed(integrated_gradients_blurred, 2.0),
}
USUAL = (  # the cheap ones first, so that they are there if it is stopped
    "jacobian",
    "jacobian_x_contrast",
    "jacobian_x_contrast_summed",
    "jacobian_x_contrast_smooth",
    "smoothgrad",
    "integrated_gradients_blurred",
    "greydanus",
)
RANDOMISED, ALIKE = "randomised", "heads_alike"  # in the file, beside the rows: the randomisation check, and V beside A
OTHER_DRAW = 1000  # of blind orders that are measured as if they were methods; far from the draws that they are compared with


@dataclass(frozen=True)
class Options:
    """Deletion and insertion of maps beside blind orders, on states of play."""

    runs: tuple[Path, ...]
    """Run folders, of which the newest checkpoint is asked."""
    methods: tuple[str, ...] = USUAL
    """Methods of the suite, by name, and VARIANTS of this file."""
    heads: tuple[str, ...] = ("value", "advantage")
    """Heads; those that a policy lacks are left out."""
    states: int = 64
    """Distinct states of play."""
    games: int = 16
    """Games at once. Intervals are over games, so more games tell more than more states of each."""
    spacing: int = 200
    """Env steps between two states of a game."""
    epsilon: float = 0.05
    """Probability of a random action in play."""
    steps: int = 16
    """Of deletion and insertion."""
    draws: int = 3
    """Of each random order."""
    weights: int = 3
    """Draws of random weights, whose maps each map is compared with, also by the randomisation check; 0 for none."""
    other_state: bool = True
    """Whether places are also removed by what another state shows there."""
    seed: int = 2_000_000
    """Of the games, of random actions, random orders, random weights and the bootstrap."""
    threads: int = 1
    """Of torch."""
    json: Path | None = None
    """File of the figures, written after each method. What it has of a method is not measured again."""


def measure(options: Options) -> None:
    """
    Measure, print the table, and write the figures.

    :raises ConfigError: if an option cannot be
    :raises OutputError: if the file is of another measurement, or two runs have the same name
    """
    check_methods(options.methods, [*METHODS, *VARIANTS])
    if min(options.states, options.games) < 2 or options.spacing < 1 or not 0 <= options.epsilon <= 1 or options.weights < 0:
        raise ConfigError("states and games must be at least 2, spacing at least 1, weights at least 0, and epsilon a probability")
    folders = opened(options.runs)
    th.set_num_threads(options.threads)
    about = {name: x for name, x in circumstances(Benchmark()).items() if name not in ("game", "seconds")}
    kept = Kept(options.json, about, {name: value for name, value in vars(options).items() if name not in ("runs", "json")})
    for folder in folders:
        measure_run(folder, options, kept)
    print(first_map_table(kept.found))


def measure_run(folder: RunFolder, options: Options, kept: Kept) -> None:
    """
    All figures of one run, a method at a time.

    :param folder: of the run; nothing is written there
    :param options: of the measurement
    :param kept: where the figures go
    """
    name = name_of(folder)
    known = kept.model_of(name, env_steps_of(folder.latest_checkpoint()))
    rows, randomised = ([*known.get(part, ())] for part in ("rows", RANDOMISED))  # older files have no randomised ones
    done, checked = ({row["method"] for row in part} for part in (rows, randomised))
    unchecked = [method for method in options.methods if method not in checked] if options.weights else []
    alike = known.get(ALIKE)
    if done >= set(options.methods) and not unchecked and alike is not None:
        say(f"{name}: all methods are measured")
        return
    policy, states, model = states_of_run(folder, options)
    heads = heads_of(policy, options.heads)
    if alike is None:
        alike = heads_alike(policy, states, heads, methods_named([FIRST_OF_IMAGES]), options.weights, options.seed)
    model = {**model, ALIKE: alike}
    if not done >= set(options.methods):
        for found in figures(policy, states, heads, options, done):
            rows += found
            kept.put({**model, RANDOMISED: randomised, "rows": rows})
    named = {method: _method(method) for method in unchecked}
    for found in randomised_rows(policy, over_games(states), heads, named, options.weights, options.seed) if named else ():
        randomised += found
        kept.put({**model, RANDOMISED: randomised, "rows": rows})


def _method(name: str) -> Method:
    return VARIANTS[name] if name in VARIANTS else methods_named([name])[name]


def heads_of(policy: BasePolicy, asked: Sequence[str]) -> list[str]:
    """
    The heads asked for, without those that a policy lacks.

    :raises ConfigError: if it lacks all of them
    """
    there = head_names(policy)
    found = [name for name in asked if name in there]
    if not found:
        raise ConfigError(f"the policy has none of the heads asked for; it has {', '.join(there)}")
    return found


def states_of_run(folder: RunFolder, options: Options) -> tuple[BasePolicy, States, dict[str, Any]]:
    """
    The newest policy of a run, states of its play, and what is to be said of both.

    :param folder: of the run; nothing is written there
    :param options: of the measurement
    """
    record, checkpoint = folder.read({"device": "cpu"}), folder.latest_checkpoint()
    policy, config = load_policy(checkpoint, "cpu"), record.config
    env = run_env(config.env, config.spec, record.hyperparameters, options.games, options.seed, True, None)
    try:
        states = states_of_play(policy, env, options.states, options.spacing, options.epsilon, options.seed)
    finally:
        env.close()
    assert states.games is not None  # play numbers them
    games = len(np.unique(states.games))
    say(f"{folder.path.name}: {len(states)} distinct states of {games} games")
    return (
        policy,
        states,
        {
            "run": name_of(folder),
            "env": config.env,
            "agent": config.agent,
            "seed": config.seed,
            "env_steps": env_steps_of(checkpoint),
            "states": len(states),
            "games": games,
            "intervals_over": "states" if enough_groups(states.games) is None else "games",
        },
    )


def figures(
    policy: BasePolicy, states: States, heads: list[str], options: Options, done: set[str] | None = None
) -> Iterator[list[dict[str, Any]]]:
    """
    Rows of every head, measure and removal, a method at a time; blind orders are the first.

    :param policy: of images
    :param states: B of them
    :param heads: names
    :param options: of the measurement
    :param done: methods that are not measured again
    """
    done = done or set()
    entries = Entries.of(policy, states.observations)
    entry = entries.pictured if len(entries.seen()) > 1 else ""
    tied = {name: Head(policy, name, memory=states.memory, masks=states.masks).at(entries.packed()) for name in heads}
    start = time.perf_counter()
    blind = BlindFigures.measured(
        tied[heads[0]],
        entries,
        entry,
        heads,
        options.steps,
        options.draws,
        options.seed,
        games=states.games,
        with_other_state=options.other_state,
        with_flips=False,
    )
    x = entries.tensors[entries.key_of(entry)]
    orders = {name: one.order(x, options.seed + OTHER_DRAW) for name, one in blind_orders_of(x).items() if name not in done}
    if orders:
        yield _rows(blind.beside({MapKey(head, name, entry): order for name, order in orders.items() for head in heads}))
    say(f"  blind orders: {time.perf_counter() - start:.1f} s")
    # Drawn once for all methods.
    random = [unlearned(policy, options.seed + draw) for draw in range(options.weights)]
    for name in options.methods:
        if name in done:
            continue
        method = _method(name)
        start = time.perf_counter()
        try:
            maps = make_maps(policy, states, heads, {name: method})
        except NoMapError as refusal:
            say(f"  {name}: no map. {refusal}")
            continue
        seconds = (time.perf_counter() - start) / len(states) / len(heads)
        ours = {key: magnitude(signed) for key, signed in maps.items() if key.entry == entry}
        controls = {  # of the same action
            key: [strength_map(method, replace(tied[key.head], policy=one), states.observations, entry) for one in random]
            for key in ours
        }
        made = time.perf_counter() - start
        beside = blind.beside(ours, controls)
        say(f"  {name}: maps {made:.1f} s, checks {time.perf_counter() - start - made:.1f} s")
        yield _rows(beside, seconds)


def _rows(found: Mapping[MapKey, BesideBlind], seconds: float | None = None) -> list[dict[str, Any]]:
    """
    Maps beside blind orders, as JSON.

    :param found: figures of each map
    :param seconds: that a map takes for a state and a head
    """
    return [
        {
            "head": key.head,
            "method": key.method,
            "measure": measure,
            "removal": removal,
            "good": "high" if SIGNS[measure] > 0 else "low",
            "ratio": rounded(ratio),
            "leads": {
                rival: [rounded(x) for x in lead]
                for (one, way, rival), lead in beside.leads.items()
                if (one, way) == (measure, removal)
            },
            "over_random_weights": [rounded(x) for x in beside.over_controls.get((measure, removal), ())] or None,
            "alike": rounded(beside.alike),
            "seconds_a_state": rounded(seconds),
        }
        for key, beside in found.items()
        for (measure, removal), ratio in beside.ratios.items()
    ]
