"""
What V and A look at in Atari games, by the things on the screen, and whether A looks at cars where one is ahead.

    python scripts/benchmarks/object_maps.py RUN [RUN ...] --output objects.json

A run is a folder of ``saccade train`` in a game for which there is a finder. Each plays greedily, with a random action now and then
so that no two games are the same. All figures are means over states with bootstrap intervals. ``object_tables.py`` makes tables.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import tyro
from stable_baselines3.common.policies import BasePolicy

from saccade.envs import make_atari
from saccade.experiments.run_folder import RunFolder
from saccade.saliency import METHODS, States, load_policy
from saccade.saliency.checks.head_differences import Estimate, estimate, masses_of, ratio_of_strength
from saccade.saliency.checks.object_relevance import contrast_alone, covered_places, with_random_weights
from saccade.saliency.map_key import MapKey, Maps
from saccade.saliency.methods.map_making import make_maps
from saccade.saliency.objects import FINDERS, find_objects
from saccade.saliency.objects.enduro_traffic import car_ahead, road_free
from saccade.saliency.readers.entries import letters_of
from saccade.saliency.states.game_pictures import game_pictures
from saccade.saliency.states.play import act
from saccade.saliency.statistics.map_statistics import norms
from saccade.saliency.statistics.relevance import relevance_mass

HEADS = ("value", "advantage")
GAMES_AT_ONCE = 4
EPSILON = 0.01  # share of random actions, which makes the games differ
RANDOM_DRAWS = 3  # networks with random weights
KINDS = {"ahead": car_ahead, "free": road_free}  # of states in Enduro


def played_states(policy: BasePolicy, game: str, steps: int, every: int, seed: int) -> States:
    """
    States of several games, which share the steps.

    :param policy: plays greedily, with ``EPSILON`` random actions
    :param game: name of the ROM
    :param steps: env steps of each of ``GAMES_AT_ONCE`` games
    :param every: env steps between two states of a game
    :param seed: of games and random actions
    """
    env = make_atari(game, GAMES_AT_ONCE, seed, evaluation=True, render_mode="rgb_array")
    random, start, state = np.random.default_rng(seed), np.ones(GAMES_AT_ONCE, dtype=bool), None
    observations, frames = [], []
    choices = int(env.action_space.n)  # type: ignore[attr-defined]  # of an Atari game
    seen: Any = env.reset()
    for step in range(steps):
        if step % every == every - 1:
            pictures = game_pictures(env)
            assert pictures is not None  # ALE draws
            observations.append(seen.copy())
            frames.append(np.stack(pictures))
        actions, state = act(policy, seen, state, start)
        other = random.random(GAMES_AT_ONCE) < EPSILON
        actions = np.where(other, random.integers(choices, size=GAMES_AT_ONCE), actions)
        seen, _, start, _ = env.step(actions)
    env.close()
    whole = np.concatenate(frames)
    return States(np.concatenate(observations), whole, axes=letters_of(policy), objects=find_objects(game, whole))


def spread(rows: np.ndarray, most: int) -> np.ndarray:
    """At most so many of the rows, evenly spread over them: the rule by which states are taken."""
    return rows if len(rows) <= most else rows[(np.arange(most) * len(rows) + len(rows) // 2) // most]


class Measured:
    """Masses and sizes of a run's maps in some states, by method, of the trained network and of random ones."""

    def __init__(self, policy: BasePolicy, states: States, methods: Sequence[str], seed: int) -> None:
        used = {name: METHODS[name] for name in methods}
        covered = covered_places(states)
        assert covered is not None  # frames and finder are there
        self.count = len(states)
        self.contrast: dict[str, np.ndarray] = {
            name: relevance_mass(contrast_alone(states), share) for name, share in covered.items()
        }
        trained = make_maps(policy, states, HEADS, used)
        drawn = [with_random_weights(policy, states, trained, used, seed + draw) for draw in range(RANDOM_DRAWS)]
        self.sizes = {str(key): norms(signed) for key, signed in trained.items()}
        self.trained, self.newest = self._masses(trained, covered), self._masses(trained, covered, 1)
        of_random = [self._masses(maps, covered) for maps in drawn]
        self.random = {
            key: {name: np.mean([one[key][name] for one in of_random], axis=0) for name in covered} for key in self.trained
        }

    @staticmethod
    def _masses(maps: Maps, covered: Mapping[str, np.ndarray], newest: int | None = None) -> dict[str, dict[str, np.ndarray]]:
        return {str(key): masses_of(signed, covered, newest) for key, signed in maps.items()}


def rows_of(runs: Sequence[Measured], methods: Sequence[str]) -> list[dict[str, Any]]:
    """A row for each method and thing: masses of V and A, their difference, and the same of the controls."""
    rows = [_row(runs, method, thing) for method in methods for thing in runs[0].contrast]
    return [row for row in rows if row["value"]["states"]]


def _row(runs: Sequence[Measured], method: str, thing: str) -> dict[str, Any]:
    row: dict[str, Any] = {"method": method, "thing": thing}
    for name, networks in (
        ("", [run.trained for run in runs]),
        ("newest_frame_", [run.newest for run in runs]),
        ("random_", [run.random for run in runs]),
    ):
        value, advantage = ([one[str(MapKey(head, method))][thing] for one in networks] for head in HEADS)
        row[f"{name}value"], row[f"{name}advantage"] = estimate(value).as_json(), estimate(advantage).as_json()
        row[f"{name}difference"] = estimate([a - v for a, v in zip(advantage, value, strict=True)]).as_json()
    return {**row, "contrast": estimate([run.contrast[thing] for run in runs]).as_json()}


def growth(ahead: Sequence[Measured], free: Sequence[Measured], method: str) -> Estimate:
    """How much more A's maps grow than V's where a car is ahead."""
    value, advantage = (str(MapKey(head, method)) for head in HEADS)
    where_ahead, where_free = ([(run.sizes[advantage], run.sizes[value]) for run in kind] for kind in (ahead, free))
    return ratio_of_strength(where_ahead, where_free)


def measured(
    runs: Sequence[Path], methods: Sequence[str], states: int, steps: int, every: int, seed: int, device: str
) -> dict[str, Any]:
    """All figures of all runs, as JSON takes them."""
    by_game: dict[str, list[Measured]] = {}
    by_kind: dict[str, list[Measured]] = {kind: [] for kind in KINDS}
    about = []
    for path in runs:
        folder = RunFolder.check_existing(path)
        record = folder.read({"device": device})
        game = record.config.env.lower()
        if game not in FINDERS:
            sys.exit(f"{path} plays {record.config.env}, and there are finders for {', '.join(FINDERS)}; leave it out")
        policy = load_policy(folder.latest_checkpoint(), device)
        played = played_states(policy, game, steps, every, seed)
        print(f"{path}: {len(played)} states of {game}", flush=True)
        chosen = {"all": played.some(spread(np.arange(len(played)), states))}
        if game == "enduro":
            assert played.objects is not None
            chosen |= {kind: played.some(spread(np.flatnonzero(of(played.objects)), states)) for kind, of in KINDS.items()}
        for kind, some in chosen.items():
            if len(some):
                found = Measured(policy, some, methods, seed)
                (by_game.setdefault(game, []) if kind == "all" else by_kind[kind]).append(found)
        about.append({"run": folder.path.resolve().name, "game": game, "seed": record.config.seed, "states": len(played)})
    both = all(by_kind.values()) and len({len(kind) for kind in by_kind.values()}) == 1
    return {
        "runs": about,
        "settings": {
            "states": states, "steps": steps, "every": every, "seed": seed, "epsilon": EPSILON, "random_draws": RANDOM_DRAWS,
            "torch": version("torch"), "ale-py": version("ale-py"),
        },
        "games": {game: rows_of(found, methods) for game, found in by_game.items()},
        "claim": {kind: rows_of(found, methods) for kind, found in by_kind.items() if found},
        "growth_of_advantage_over_value": {
            method: growth(by_kind["ahead"], by_kind["free"], method).as_json() for method in (methods if both else ())
        },
    }  # fmt: skip


def main(
    runs: tuple[Path, ...],
    /,
    output: Path = Path("objects.json"),
    methods: tuple[str, ...] = ("jacobian", "jacobian_x_contrast"),
    states: int = 64,
    steps: int = 3000,
    every: int = 20,
    seed: int = 0,
    device: str = "cpu",
) -> None:
    """
    Masses of V's and A's maps on the things of the screen.

    :param runs: Run folders, of one or several seeds.
    :param output: File to write.
    :param methods: Methods; those that this version does not have are left out.
    :param states: States that get maps, of each kind and run.
    :param steps: Env steps that each of four games plays.
    :param every: Env steps between two states of a game.
    :param seed: Of games, random actions and random weights.
    :param device: Of torch.
    """
    known = [name for name in methods if name in METHODS]
    found = measured(runs, known, states, steps, every, seed, device)
    output.write_text(json.dumps(found, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    print(output)


if __name__ == "__main__":
    tyro.cli(main)
