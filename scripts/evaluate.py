"""Raw and human-normalised scores of a trained run, and a video with the maps laid over: python scripts/evaluate.py RUN_DIR"""

import before_torch  # noqa: F401, I001  # before torch

import json
import os
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch as th
import tyro
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.off_policy_algorithm import OffPolicyAlgorithm

from agent_setup import ALGORITHMS, GLIMPSE_AGENTS, check_device, check_seed
from gaze_envs import EPISODES_AT_ONCE, FORCED, PASSES, GazeChoice, play_in_turn, task_id
from model_env import env_of_run
from multiply_adds import multiply_adds
from plain_errors import UserError, fail, plain_errors
from run_folder import RunFolder
from saccade.envs.game_names import resolve_game
from saccade.envs.human_scores import human_normalized
from saccade.policies import GlimpsePolicy
from saccade.saliency import head_jacobians, record_gazes
from saccade.saliency.pictures.gaze_picture import gaze_frames, path_picture
from saccade.saliency.pictures.picture import contact_sheet, write_png
from saccade.saliency.states.play import Player
from saccade.saliency.records.saliency_event import stretch_panels
from saccade.saliency.pictures.video import write_mp4
from training_callbacks import play_games

MAPS_AT_ONCE = 64  # observations
DRAWN = 8  # episodes


@dataclass(frozen=True)
class Options:
    """Play whole games with the newest checkpoint of a run."""

    run: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="RUN_DIR")]
    """Run folder of train.py."""
    games: int | None = None
    """Whole games to play, greedily, each from a start of its own. Default: 10; of the suite's own envs 1,000, of digits every test
    digit on 5 fresh canvases."""
    gaze: GazeChoice | None = None
    """For agents with a gaze: learned, random or centre, instead of what the run was trained with."""
    seed: int = 1_000_000
    """Seed of the games."""
    video_steps: int = 450
    """Env steps of play in the video (15 a second); 0 for none."""
    device: str = "auto"
    """Device of torch."""


def main(options: Options) -> None:
    if (options.games is not None and options.games < 1) or options.video_steps < 0:
        raise UserError("--games must be at least 1 and --video-steps at least 0")
    check_seed(options.seed)
    check_device(options.device)
    run = RunFolder.check_existing(options.run)
    config = run.read_config()
    trained = config["options"]
    if trained["agent"] not in ALGORITHMS:
        raise UserError(f"{run.path} was trained with the unknown agent {trained['agent']!r}")
    looks = trained["agent"] in GLIMPSE_AGENTS
    if options.gaze is not None and not looks:
        raise UserError(
            f"--gaze is for agents with a gaze ({', '.join(GLIMPSE_AGENTS)}); {run.path} was trained with {trained['agent']}"
        )
    if looks and options.gaze is not None:
        config["hyperparameters"]["gaze_kwargs"]["forced"] = FORCED[options.gaze]
    checkpoint = run.latest_checkpoint()
    folder = run.path / "evaluation"
    name = f"{checkpoint.stem}-seed{options.seed}" + (f"-{options.gaze}" if options.gaze is not None else "")
    report, video = folder / f"{name}.json", folder / f"{name}.mp4"
    paths = folder / f"{name}-paths.png"
    task = task_id(trained["env"])
    own = task is not None
    for path in (report, *([paths if own else video] if options.video_steps else [])):
        if path.exists():
            raise UserError(f"{path} exists already and is not overwritten; choose another --seed, or delete it")
    if not os.access(folder if folder.exists() else run.path, os.W_OK | os.X_OK):
        raise UserError(f"{folder} is not a folder one may write to; copy the run to where you may, and evaluate the copy")

    games = options.games or (1000 if own else 10)
    env = env_of_run(config, min(games, EPISODES_AT_ONCE if own else 8), options.seed)
    if task is not None and options.games is None and "MNIST" in task:
        games = PASSES * len(env.get_attr("game", [0])[0].canvas.labels)
    try:
        algorithm = ALGORITHMS[trained["agent"]]
        small = {"buffer_size": 1} if issubclass(algorithm, OffPolicyAlgorithm) else {}
        model = run.load(algorithm, checkpoint, env=env, device=options.device, **small)
        env.seed(options.seed)  # loading has given it the seed of training
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            scores = play_in_turn(model, env, games) if own else play_games(model, env, games)
    finally:
        env.close()
    result = summary(trained["env"], scores, games)
    if own:
        result["multiply_adds"] = arithmetic(model, config)
    folder.mkdir(exist_ok=True)
    if looks:
        result["gaze"] = config["hyperparameters"]["gaze_kwargs"].get("forced") or "learned"
    report.write_text(
        json.dumps({"checkpoint": checkpoint.name, "env_steps": model.num_timesteps, "seed": options.seed, **result}, indent=1)
    )
    if own:
        print(
            f"{trained['env']} after {model.num_timesteps:,} env steps: {result['error_percent']:.2f} % wrong of {games:,} "
            f"episodes, {result['multiply_adds']:,} multiply-adds each"
        )
    else:
        print(
            f"{trained['env']} after {model.num_timesteps:,} env steps: {result['mean']:.1f} +- {result['std']:.1f} "
            f"(min {result['min']:.0f}, median {result['median']:.0f}, max {result['max']:.0f}) over {games} games"
        )
        if result["human_normalized_percent"] is not None:
            print(f"human-normalised: {result['human_normalized_percent']:.1f} % (0 is random play, 100 a human tester)")
    if not options.video_steps:
        return
    try:
        if own:
            draw(model, config, options.seed, paths)
            print(f"gazes: {paths}")
        else:
            film(model, config, options, video)
            print(f"video: {video}")
    except KeyboardInterrupt:
        fail(f"interrupted; the scores are kept in {report}, its pictures are not made", status=130)


def summary(env: str, scores: np.ndarray, games: int) -> dict[str, object]:
    """
    Scores and their spread.

    :param env: as given to train.py
    :param scores: (games,) raw
    :param games: their number
    """
    if task_id(env) is not None:
        return {"episodes": games, "error_percent": 100 * (1 - float(scores.mean()))}
    try:
        normalized = human_normalized(resolve_game(env), float(scores.mean()))
    except ValueError:
        normalized = None  # not an Atari game
    return {
        "mean": float(scores.mean()),
        "std": float(scores.std()),
        "min": float(scores.min()),
        "max": float(scores.max()),
        "median": float(np.median(scores)),
        "human_normalized_percent": normalized,
        "scores": scores.tolist(),
    }


def arithmetic(model: BaseAlgorithm, config: dict[str, Any]) -> int:
    """Multiply-adds in an episode of one of the suite's own envs."""
    policy = model.policy
    assert isinstance(policy, GlimpsePolicy)
    env = env_of_run(config, 1, 0)
    obs, _ = policy.obs_to_tensor(env.reset())  # type: ignore[arg-type]
    steps = int(env.get_attr("game")[0].length)
    env.close()
    start = th.ones(1, device=policy.device)
    return steps * multiply_adds(lambda: policy.get_distribution(obs, policy.start_states(1), start))


def draw(model: BaseAlgorithm, config: dict[str, Any], seed: int, path: Path) -> None:
    """Where the agent looks in a few episodes, as a picture."""
    policy = model.policy
    assert isinstance(policy, GlimpsePolicy)
    env = env_of_run(config, DRAWN, seed)
    record = record_gazes(policy, env, seed)
    env.close()
    write_png(path, contact_sheet([path_picture(record, i, policy.retina.scales) for i in range(DRAWN)]))


def film(model: BaseAlgorithm, config: dict[str, Any], options: Options, path: Path) -> None:
    """A stretch of greedy play with every head's map beside it, or for an agent with a gaze with its fovea marked."""
    if isinstance(model.policy, GlimpsePolicy):
        env = env_of_run(config, 1, options.seed)
        record = record_gazes(model.policy, env, options.seed, options.video_steps)
        env.close()
        retina = model.policy.retina
        write_mp4(path, gaze_frames(record, retina.scales, retina.size))
        return

    env = env_of_run(config, 1, options.seed, "rgb_array")
    try:
        stretch = Player(env).record(model, options.video_steps)
    finally:
        env.close()
    jacobians = head_jacobians(model.policy, stretch.observations, chunk_size=MAPS_AT_ONCE, memory=stretch.memory)
    write_mp4(path, stretch_panels(stretch, {head: maps.cpu().numpy() for head, maps in jacobians.items()}))  # type: ignore[union-attr]


if __name__ == "__main__":
    with plain_errors():
        main(tyro.cli(Options))
