"""Deletion and insertion of maps and of blind orders on states of play."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch as th
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.vec_env import VecEnv

from saccade.experiments import ConfigError, OutputError
from saccade.experiments.run_folder import RunFolder
from saccade.experiments.setup.run_envs import run_env
from saccade.saliency import METHODS, Head, MapKey, NoMapError, States, load_policy
from saccade.saliency.checks.blind.orders import blind_orders_of
from saccade.saliency.checks.blind_rivals import SIGNS, BesideBlind, beside_blind
from saccade.saliency.loading.saved_policy import env_steps_of
from saccade.saliency.methods import methods_named
from saccade.saliency.methods.captum_methods import integrated_gradients_blurred
from saccade.saliency.methods.contrast_methods import jacobian_x_contrast, smoothed, summed
from saccade.saliency.methods.gradient_methods import Method
from saccade.saliency.methods.map_making import make_maps
from saccade.saliency.readers.entries import Entries
from saccade.saliency.readers.head import head_names
from saccade.saliency.states.masks import masks_of
from saccade.saliency.states.play import Recollection, act
from saccade.saliency.states.states import one_of, stacked
from saccade.saliency.statistics.map_statistics import magnitude
from saccade.scripts.benchmarks.first_map_table import first_map_table
from saccade.scripts.benchmarks.measuring import circumstances
from saccade.scripts.benchmarks.timing import say

GAMES = 8  # at once
VARIANTS: dict[str, Method] = {  # that are measured, and are no methods of the suite
    "jacobian_x_contrast, smooth 4": smoothed(jacobian_x_contrast, 4.0),
    "jacobian_x_contrast, smooth 4, signed": smoothed(jacobian_x_contrast, 4.0, signed=True),
    "jacobian_x_contrast, summed, smooth 2": smoothed(summed(jacobian_x_contrast), 2.0),
    "integrated_gradients_blurred, summed": summed(integrated_gradients_blurred),
    "integrated_gradients_blurred, smooth 2": smoothed(integrated_gradients_blurred, 2.0),
}
USUAL = (
    "jacobian",
    "jacobian_x_contrast",
    "jacobian_x_contrast_summed",
    "jacobian_x_contrast_smooth",
    "smoothgrad",
    "integrated_gradients_blurred",
    "integrated_gradients_blurred, summed",
    "greydanus",
)


@dataclass(frozen=True)
class Options:
    """Deletion and insertion of maps beside blind orders, on states of play."""

    runs: tuple[Path, ...]
    """Run folders, of which the newest checkpoint is asked."""
    methods: tuple[str, ...] = USUAL
    """Methods of the suite, by name, and VARIANTS of this file."""
    heads: tuple[str, ...] = ("value", "advantage", "gap")
    """Heads; those that a policy lacks are left out."""
    states: int = 64
    """Distinct states of play."""
    spacing: int = 100
    """Env steps between two states of a game."""
    epsilon: float = 0.05
    """Probability of a random action in play."""
    steps: int = 16
    """Of deletion and insertion."""
    draws: int = 3
    """Of each random order."""
    seed: int = 2_000_000
    """Of the games, of random actions, random orders and the bootstrap."""
    threads: int = 1
    """Of torch."""
    json: Path | None = None
    """File to write the figures to; it must not exist yet."""


def measure(options: Options) -> None:
    """
    Measure, print the table, and write the figures.

    :raises ConfigError: if an option cannot be
    :raises OutputError: if the file exists
    """
    unknown = [name for name in options.methods if name not in METHODS and name not in VARIANTS]
    if unknown:
        raise ConfigError(f"there is no method {unknown[0]!r}; it must be one of: {', '.join([*METHODS, *VARIANTS])}")
    if options.states < 2 or options.spacing < 1 or not 0 <= options.epsilon <= 1:
        raise ConfigError("states must be at least 2, spacing at least 1, and epsilon a probability")
    if options.json is not None and (options.json.exists() or not options.json.parent.is_dir()):
        raise OutputError(f"{options.json} exists, or its folder does not; choose another --json file")
    th.set_num_threads(options.threads)
    asked = {name: value for name, value in vars(options).items() if name not in ("runs", "json")}
    about = {name: x for name, x in circumstances_of().items() if name not in ("game", "seconds")}
    models = [model_figures(run, options) for run in options.runs]
    found = {**about, "options": asked, "models": models}
    print(first_map_table(found))
    if options.json is not None:
        with options.json.open("x", encoding="utf-8") as file:
            json.dump(found, file, indent=1, allow_nan=False)


def circumstances_of() -> dict[str, Any]:
    """Date, commit, hardware and versions, as the benchmarks have them."""
    from saccade.scripts.benchmarks.measuring import Options as Benchmark

    return circumstances(Benchmark())


def model_figures(run: Path, options: Options) -> dict[str, Any]:
    """
    All figures of one run.

    :param run: its folder; nothing is written there
    :param options: of the measurement
    """
    folder = RunFolder.check_existing(run)
    record, checkpoint = folder.read({"device": "cpu"}), folder.latest_checkpoint()
    policy, config = load_policy(checkpoint, "cpu"), record.config
    env = run_env(config.env, config.spec, record.hyperparameters, GAMES, options.seed, True, None)
    try:
        states = states_of_play(policy, env, options.states, options.spacing, options.epsilon, options.seed)
    finally:
        env.close()
    say(f"{run.name}: {len(states)} distinct states")
    heads = [name for name in options.heads if name in head_names(policy)]
    rows, seconds = figures(policy, states, heads, options)
    return {
        "run": run.name,
        "env": config.env,
        "agent": config.agent,
        "seed": config.seed,
        "env_steps": env_steps_of(checkpoint),
        "states": len(states),
        "seconds_a_state": seconds,
        "rows": rows,
    }


def figures(
    policy: BasePolicy, states: States, heads: Sequence[str], options: Options
) -> tuple[list[dict[str, Any]], dict[str, float]]:
    """
    Rows of every head, method, measure and removal; and the seconds that a method takes for a state and a head.

    :param policy: of images
    :param states: B of them
    :param heads: names
    :param options: of the measurement
    """
    entries = Entries.of(policy, states.observations)
    entry = entries.pictured if len(entries.seen()) > 1 else ""
    strengths: dict[MapKey, np.ndarray] = {}
    seconds = {}
    for name in options.methods:
        start = time.perf_counter()
        method = VARIANTS[name] if name in VARIANTS else methods_named([name])[name]
        try:
            made = make_maps(policy, states, heads, {name: method})
        except NoMapError as refusal:
            say(f"  {name}: no map. {refusal}")
            continue
        seconds[name] = (time.perf_counter() - start) / len(states) / len(heads)
        strengths |= {key: magnitude(signed) for key, signed in made.items() if key.entry == entry}
        say(f"  {name}: {time.perf_counter() - start:.1f} s")
    x = entries.tensors[entries.key_of(entry)]
    for name, blind in blind_orders_of(x).items():  # as if they were methods; other draws than those that they are compared with
        strengths |= {MapKey(head, name, entry): blind.order(x, options.seed + 1000) for head in heads}
    tied = Head(policy, heads[0], memory=states.memory, masks=states.masks).at(entries.packed())
    found = beside_blind(tied, entries, strengths, options.steps, options.draws, options.seed)
    return [row for key, beside in found.items() for row in rows_of(key, beside)], seconds


def rows_of(key: MapKey, beside: BesideBlind) -> list[dict[str, Any]]:
    """
    One map beside blind orders, as JSON.

    :param key: of the map
    :param beside: its figures
    """
    return [
        {
            "head": key.head,
            "method": key.method,
            "measure": measure,
            "removal": removal,
            "good": "high" if SIGNS[measure] > 0 else "low",
            "ratio": _rounded(ratio),
            "leads": {
                rival: [_rounded(x) for x in lead]
                for (one, way, rival), lead in beside.leads.items()
                if (one, way) == (measure, removal)
            },
        }
        for (measure, removal), ratio in beside.ratios.items()
    ]


def _rounded(x: float) -> float | None:
    """For JSON, which has no NaN."""
    return round(float(x), 4) if np.isfinite(x) else None


def states_of_play(policy: BasePolicy, env: VecEnv, count: int, spacing: int, epsilon: float, seed: int) -> States:
    """
    Distinct states of play with some random actions. No state is picked: from every game one comes after so many steps.

    :param policy: that plays, greedily but for the random actions
    :param env: games
    :param count: of states
    :param spacing: env steps between two states of a game
    :param epsilon: probability of a random action
    :param seed: of the random actions
    """
    random = np.random.default_rng(seed)
    env.action_space.seed(seed)
    obs: Any = env.reset()
    recollection, memory_of_act = Recollection(policy), None
    start, step = np.ones(env.num_envs, dtype=bool), 0
    kept: dict[bytes, tuple[Any, th.Tensor | None, th.Tensor | None]] = {}
    while len(kept) < count:
        memory, masks = recollection.before(start), masks_of(policy, env)
        if step and step % spacing == 0:
            for i in range(env.num_envs):
                one = one_of(obs, i)
                told = b"".join(x.tobytes() for x in (one.values() if isinstance(one, dict) else [one]))
                kept.setdefault(told, (one, *(None if x is None else x[i : i + 1] for x in (memory, masks))))
        recollection.see(obs)
        actions, memory_of_act = act(policy, obs, memory_of_act, start, masks)
        for game in np.flatnonzero(random.random(env.num_envs) < epsilon) if masks is None else ():
            actions[game] = env.action_space.sample()
        obs, _, start, _ = env.step(actions)
        step += 1
        if step > 100 * spacing * (1 + count // env.num_envs):
            raise ConfigError(f"play shows {len(kept)} distinct states only; ask for fewer", option="states")
    ones, memories, allowed = zip(*list(kept.values())[:count], strict=True)
    return States(
        stacked(ones),
        memory=None if memories[0] is None else th.cat(memories),
        masks=None if allowed[0] is None else th.cat(allowed),
    )
