"""
Whether the gaze goes with a thing of the game: python scripts/benchmarks/attentions/gaze_and_thing.py RUN [RUN ...] --thing ball

A gaze may be near a thing because of where it usually is. So each distance stands beside that to the same thing in other games.
Games begin alike, so a gaze that goes by the time alone is nearer as well. So it also stands beside the thing of other games at the
same look.
Each run gets a file of its own; then: make tables
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from saccade.scripts.door import open_door

if TYPE_CHECKING:
    from saccade.experiments.run_folder import RunFolder

FOLDER = Path("results/glimpses/atari/where")


@dataclass(frozen=True)
class Options:
    """How near the gaze is to a thing of the game. Each run gets a file when it is measured."""

    runs: tuple[Path, ...]
    """Run folders of agents with a gaze on Atari, of which the newest checkpoint plays."""
    thing: str = "ball"
    """Name of the thing, as saccade.saliency finds it in the frames."""
    output: Path = FOLDER
    """Folder of the files, one for each run. A run that has a file there already is left out."""
    games: int = 16
    """Games with sticky actions."""
    looks: int = 256
    """Looks in each game, from its beginning; if it ends before, the next one begins."""
    threads: int = 1
    """Of torch."""


def main(words: Sequence[str], program: str) -> None:
    """Measure what the words ask for."""
    import torch as th
    import tyro

    from saccade.experiments import ConfigError
    from saccade.scripts.benchmarks.runs.measured_runs import check_counts, measure_each, opened

    options = tyro.cli(Options, args=words, prog=program, config=(tyro.conf.PositionalRequiredArgs,))
    check_counts(options, "looks", "threads")
    if options.games < 2:
        raise ConfigError(f"is {options.games}; it must be at least 2, since each game is laid beside others", option="games")
    th.set_num_threads(options.threads)
    measure_each(opened(options.runs), options.output, lambda run: json.dumps(measured(run, options), indent=1, allow_nan=False))


def measured(folder: "RunFolder", options: Options) -> dict[str, Any]:
    """
    All figures of a run.

    :param folder: of the run; nothing is written there
    :param options: of the measurement
    :raises ConfigError: if the agent has no gaze, or there is no such thing in the game
    """
    from saccade.envs.game_names import resolve_game
    from saccade.experiments import ConfigError
    from saccade.experiments.circumstances import commit, hardware
    from saccade.experiments.evaluated.evaluated_run import Evaluated
    from saccade.experiments.reporting import SILENT
    from saccade.experiments.scoring.game_kinds import STICKY
    from saccade.saliency import record_gazes
    from saccade.saliency.objects import find_objects

    asked = Evaluated.of(folder, None, "test", 0, "cpu", SILENT, {})
    config = asked.record.config
    if not config.spec.looks:
        raise ConfigError(f"{folder.path} has no gaze; leave it out")
    env = asked.env(1, "rgb_array", STICKY)
    try:
        policy = folder.load_policy(asked.checkpoint, env, "cpu", trust=False)
        records = [record_gazes(policy, env, seed, options.looks) for seed in range(options.games)]
    finally:
        env.close()
    places = []
    for record in records:
        found = find_objects(resolve_game(config.env), record.frames)
        if found is None or options.thing not in found:
            raise ConfigError(f"no {options.thing!r} is found in {config.env}; known are: {', '.join(found or {})}")
        places.append(centres(found[options.thing]))
    games = np.repeat(np.arange(options.games), options.looks)
    figures = figures_of(np.concatenate([one.gazes[:, 0] for one in records]), np.concatenate(places), games)
    gaze = "taught" if "taught" in asked.hyperparameters["gaze_kwargs"] else (config.gaze or "learned").partition(":")[0]
    about = {"env": config.env, "agent": config.agent, "gaze": gaze, "seed": config.seed, "checkpoint": asked.checkpoint.name}
    played = {"thing": options.thing, "games": options.games, "looks": len(games), "sticky_actions": STICKY}
    return {**about, **played, "commit": commit(), "hardware": hardware("cpu"), **figures}


def centres(masks: np.ndarray) -> np.ndarray:
    """
    The centre of a thing as a gaze would name it.

    :param masks: (T, H, W) bool
    :return: (T, 2), x and y from -1 to 1, means over its pixels; NaN where there is none
    """
    height, width = masks.shape[1:]
    x, y = ((2 * np.arange(size) + 1) / size - 1 for size in (width, height))
    count = masks.sum(axis=(1, 2))
    sums = np.stack([masks.sum(axis=1) @ x, masks.sum(axis=2) @ y], axis=1)
    return np.divide(sums, count[:, None], out=np.full(sums.shape, np.nan), where=count[:, None] > 0)


def figures_of(gazes: np.ndarray, places: np.ndarray, games: np.ndarray) -> dict[str, Any]:
    """
    How near gazes are to a thing, where there is one. Distances are in half images.

    :param gazes: (T, 2)
    :param places: (T, 2), of the thing; NaN where there is none
    :param games: (T,), the game of each look; the looks of a game are in their order
    :return: ``seen``, in how many looks there is one; ``distance``, the mean from the gaze to the thing; ``elsewhere``, the mean to
        the thing in all looks of other games; ``nearer``, the second minus the first; ``nearer_than_at_that_time``, the mean to the
        thing of other games at the same look, minus the first, over looks at which another game has one. All with 95 % intervals
        over games; None where there is no such look
    """
    from saccade.saliency.statistics.bootstrap import mean_interval
    from saccade.scripts.benchmarks.runs.measured_runs import rounded

    seen = ~np.isnan(places[:, 0])
    looks = np.arange(len(games)) - np.searchsorted(games, games)  # within its game
    gazes, places, games, looks = gazes[seen], places[seen], games[seen], looks[seen]
    own = np.linalg.norm(gazes - places, axis=1)
    elsewhere = np.array(
        [np.linalg.norm(gaze - places[games != game], axis=1).mean() for gaze, game in zip(gazes, games, strict=True)]
    )
    means = {"distance": own, "elsewhere": elsewhere, "nearer": elsewhere - own}
    found = {name: mean_interval(each, games) for name, each in means.items()}
    rivals = [(looks == look) & (games != game) for look, game in zip(looks, games, strict=True)]
    at_that_time = np.array(
        [np.linalg.norm(gaze - places[at], axis=1).mean() if at.any() else np.nan for gaze, at in zip(gazes, rivals, strict=True)]
    )
    known = ~np.isnan(at_that_time)
    if known.any():
        found["nearer_than_at_that_time"] = mean_interval((at_that_time - own)[known], games[known])
    return {
        "seen": int(seen.sum()),
        "nearer_than_at_that_time": None,
        **{name: [rounded(x) for x in (one.estimate, one.low, one.high)] for name, one in found.items()},
    }


if __name__ == "__main__":
    open_door(main)
