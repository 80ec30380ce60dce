"""Raw and human-normalised scores of a trained run, and a video with the maps laid over: python scripts/evaluate.py RUN_DIR"""

import openmp_spinning  # noqa: F401, I001  # before torch

import json
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import tyro
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.off_policy_algorithm import OffPolicyAlgorithm

from agent_setup import ALGORITHMS, check_device, make_env
from plain_errors import UserError, plain_errors
from run_folder import RunFolder
from saccade.envs.game_names import resolve_game
from saccade.envs.human_scores import human_normalized
from saccade.saliency import head_jacobians
from saccade.saliency.heads import head_names
from saccade.saliency.saliency_event import stretch_panels
from saccade.saliency.sightings import OwnEnv
from saccade.saliency.video import write_mp4
from training_callbacks import play_games

MAPS_AT_ONCE = 64  # observations


@dataclass(frozen=True)
class Options:
    """Play whole games with the newest checkpoint of a run."""

    run: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="RUN_DIR")]
    """Run folder of train.py."""
    games: int = 10
    """Whole games to play, greedily, each from a start of its own."""
    seed: int = 1_000_000
    """Seed of the games."""
    video_steps: int = 450
    """Env steps of play in the video (15 a second); 0 for none."""
    device: str = "auto"
    """Device of torch."""


def main(options: Options) -> None:
    if options.games < 1 or options.video_steps < 0:
        raise UserError("--games must be at least 1 and --video-steps at least 0")
    check_device(options.device)
    run = RunFolder.check_existing(options.run)
    trained = run.read_config()["options"]
    checkpoint = run.latest_checkpoint()
    folder = run.path / "evaluation"
    report, video = folder / f"{checkpoint.stem}-seed{options.seed}.json", folder / f"{checkpoint.stem}-seed{options.seed}.mp4"
    for path in (report, *([video] if options.video_steps else [])):
        if path.exists():
            raise UserError(f"{path} exists already and is not overwritten; choose another --seed, or delete it")

    env = make_env(trained["env"], min(options.games, 8), options.seed, evaluation=True)
    try:
        if trained["agent"] not in ALGORITHMS:
            raise UserError(f"{run.path} was trained with the unknown agent {trained['agent']!r}")
        algorithm = ALGORITHMS[trained["agent"]]
        small = {"buffer_size": 1} if issubclass(algorithm, OffPolicyAlgorithm) else {}
        model = run.load(algorithm, checkpoint, env=env, device=options.device, **small)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            scores = play_games(model, env, options.games)
    finally:
        env.close()
    result = summary(trained["env"], scores)
    folder.mkdir(exist_ok=True)
    report.write_text(json.dumps({"checkpoint": checkpoint.name, "env_steps": model.num_timesteps, "seed": options.seed, **result},
                                 indent=1))
    print(f"{trained['env']} after {model.num_timesteps:,} env steps: {result['mean']:.1f} +- {result['std']:.1f} "
          f"(min {result['min']:.0f}, median {result['median']:.0f}, max {result['max']:.0f}) over {options.games} games")
    if result["human_normalized_percent"] is not None:
        print(f"human-normalised: {result['human_normalized_percent']:.1f} % (0 is random play, 100 a human tester)")
    if options.video_steps:
        film(model, trained["env"], options, video)
        print(f"video: {video}")


def summary(env: str, scores: np.ndarray) -> dict[str, object]:
    """
    Scores and their spread.

    :param env: as given to train.py
    :param scores: (games,) raw
    """
    try:
        normalized = human_normalized(resolve_game(env), float(scores.mean()))
    except ValueError:
        normalized = None  # not an Atari game
    return {
        "mean": float(scores.mean()), "std": float(scores.std()), "min": float(scores.min()), "max": float(scores.max()),
        "median": float(np.median(scores)), "human_normalized_percent": normalized, "scores": scores.tolist(),
    }


def film(model: BaseAlgorithm, env: str, options: Options, path: Path) -> None:
    """A stretch of greedy play with every head's map beside it."""

    def remake(n_envs: int, seed: int, render_mode: str | None) -> object:
        return make_env(env, n_envs, options.seed, evaluation=True, render_mode=render_mode)

    source = OwnEnv(remake, model.observation_space, probe_count=1)  # type: ignore[arg-type]
    try:
        stretch = source.stretch(model, options.video_steps)
    finally:
        source.close()
    assert stretch is not None
    known = head_names(model.policy)
    heads = ("value", "advantage") if "advantage" in known else known
    jacobians = head_jacobians(model.policy, stretch.observations, heads, chunk_size=MAPS_AT_ONCE)
    write_mp4(path, stretch_panels(stretch, {head: maps.cpu().numpy() for head, maps in jacobians.items()}))  # type: ignore[union-attr]


if __name__ == "__main__":
    with plain_errors():
        main(tyro.cli(Options))
