"""The figures of one run: how much of V's and of A's maps lies on the things of the frame, game by game."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from stable_baselines3.common.policies import BasePolicy

from saccade.saliency import METHODS, States
from saccade.saliency.checks.object_relevance import contrast_alone, covered_places, with_random_weights
from saccade.saliency.map_key import MapKey
from saccade.saliency.methods.map_making import make_maps
from saccade.saliency.objects import Objects, find_objects
from saccade.saliency.objects.enduro_traffic import car_ahead, cars_aside, own_way, road_free
from saccade.saliency.statistics.bootstrap import lag_one_autocorrelation
from saccade.saliency.statistics.map_statistics import magnitude, norms
from saccade.saliency.statistics.relevance import pointing, pointing_by_chance, relevance_mass
from saccade.scripts.benchmarks.objects.play import spread
from saccade.scripts.benchmarks.runs.measured_runs import rounded

HEADS = ("value", "advantage")
ALL = "all"  # the kind that every state is of
TRAFFIC: dict[str, Callable[[Objects], np.ndarray]] = {"ahead": car_ahead, "aside": cars_aside, "free": road_free}  # of Enduro
OF_TRAFFIC = ("other_cars", "own_way")  # things that are measured in these kinds of states
AT_ONCE = 100  # frames in which things are looked for
DIGITS = ".4g"  # that are kept
RUN_SEEDS = 1000  # between the first random weights of two runs

Row = dict[str, Any]


def run_rows(policy: BasePolicy, played: States, game: str, methods: Sequence[str], most: int, draws: int, seed: int) -> list[Row]:
    """
    Rows of a run, for each kind of states, method and thing.

    :param policy: with the heads value and advantage, of images
    :param played: states of its play, with frames and games
    :param game: name of the ROM
    :param methods: names
    :param most: states of each kind that get maps, evenly spread over all that were met, game after game
    :param draws: networks with random weights
    :param seed: of the run: another run has other random weights
    """
    rows: list[Row] = []
    for kind, of_kind in kinds_of(game, played.frames).items():
        chosen = spread(np.flatnonzero(of_kind), most)
        if len(chosen):
            some = played.some(chosen)
            found = find_objects(game, some.frames) or {}
            if kind != ALL:
                found = {name: x for name, x in {**found, "own_way": own_way(found)}.items() if name in OF_TRAFFIC}
            rows += [{"kind": kind, **row} for row in _rows(policy, replace(some, objects=found), methods, draws, RUN_SEEDS * seed)]
    return rows


def kinds_of(game: str, frames: np.ndarray | None) -> dict[str, np.ndarray]:
    """
    Of which kinds each state is.

    :param game: name of the ROM
    :param frames: (B, 210, 160, 3) uint8
    :return: {kind: (B,) bool}
    """
    assert frames is not None  # ALE draws
    found = {ALL: np.ones(len(frames), dtype=bool)}
    if game == "enduro":
        parts = [find_objects(game, frames[i : i + AT_ONCE]) or {} for i in range(0, len(frames), AT_ONCE)]
        found |= {kind: np.concatenate([of(part) for part in parts]) for kind, of in TRAFFIC.items()}
    return found


def _rows(policy: BasePolicy, seen: States, methods: Sequence[str], draws: int, seed: int) -> list[Row]:
    """Rows of one kind of states."""
    used = {name: METHODS[name] for name in methods}
    covered, games = covered_places(seen), seen.games
    assert covered is not None  # an Atari game has one picture
    assert games is not None  # play counts them
    maps = make_maps(policy, seen, HEADS, used)
    unlearned = [with_random_weights(policy, seen, maps, used, seed + draw) for draw in range(draws)]
    blind = contrast_alone(seen)
    rows = []
    for method in methods:
        keys = {head: MapKey(head, method) for head in HEADS}
        strengths = {head: magnitude(maps[key]) for head, key in keys.items()}
        newest = {head: magnitude(maps[key][:, -1:]) for head, key in keys.items()}
        random = {head: [magnitude(one[key]) for one in unlearned] for head, key in keys.items()}
        sizes = {head: norms(maps[key]) for head, key in keys.items()}
        of_random = {head: [norms(one[key]) for one in unlearned] for head, key in keys.items()}
        rows.append({"method": method, "thing": None, **by_game(games, sizes, of_random)})
        for thing, share in covered.items():
            figures = {"area": np.where(share.any(axis=(1, 2)), share.mean(axis=(1, 2)), np.nan)}
            figures |= {head: relevance_mass(strength, share) for head, strength in strengths.items()}
            figures |= {f"newest_{head}": relevance_mass(strength, share) for head, strength in newest.items()}
            figures["contrast"] = relevance_mass(blind, share)
            figures |= {f"pointing_{head}": pointing(strength, share) for head, strength in strengths.items()}
            figures["pointing_chance"] = pointing_by_chance(share)
            of_draws = {head: [relevance_mass(strength, share) for strength in drawn] for head, drawn in random.items()}
            row = by_game(games, figures, of_draws)
            if row["states"]:
                rows.append({"method": method, "thing": thing, **row})
    return rows


def by_game(games: np.ndarray, figures: Mapping[str, np.ndarray], of_draws: Mapping[str, Sequence[np.ndarray]]) -> Row:
    """
    Means by game. All figures are of the same states: those in which each of them is defined.

    :param games: (B,) of each state
    :param figures: {name: (B,)}, with ``value`` and ``advantage`` among them
    :param of_draws: {head: (B,) for each network with random weights}
    :return: ``games`` with such a state, their ``states``, the means of each figure in these games; ``random``, the means of each
        head and random network over all states; and ``alike``, the lag-1 autocorrelation within games of A minus V
    """
    every = np.stack([*figures.values(), *(x for drawn in of_draws.values() for x in drawn)])
    known = np.isfinite(every).all(axis=0)
    names, which = np.unique(games[known], return_inverse=True)
    counts = np.bincount(which, minlength=len(names))

    def means(x: np.ndarray) -> list[float | None]:
        return [rounded(mean, DIGITS) for mean in np.bincount(which, x[known], len(names)) / counts]

    difference = (figures["advantage"] - figures["value"])[known]
    return {
        "games": names.tolist(),
        "states": counts.tolist(),
        **{name: means(x) for name, x in figures.items()},
        "random": {head: [rounded(x[known].mean(), DIGITS) for x in drawn] for head, drawn in of_draws.items() if known.any()},
        "alike": rounded(lag_one_autocorrelation(difference[None], games[known]), DIGITS),
    }
