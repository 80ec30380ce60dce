"""How one item of the digit tables is trained and evaluated."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch as th

from saccade.experiments import ErrorRate, OutputError, Reporter, RunConfig, evaluate, resume, train, train_on_whole_images
from saccade.experiments.circumstances import commit, hardware
from saccade.experiments.curves.curve import read_scores
from saccade.experiments.reporting import SILENT
from saccade.experiments.run_folder import RunFolder
from saccade.experiments.scoring.answers.naming_rate import NamingRate
from saccade.saliency.loading.saved_policy import env_steps_of
from saccade.saliency.whole_file import write_text
from saccade.scripts.benchmarks.digits.items import Item

POINTS = 15  # of the curve of validation errors
FIGURES = ("error_percent", "standard_error", "digits", "episodes")


class Stopped(Exception):
    """A training was stopped; it goes on when it is started again."""


def finish(
    item: Item,
    rows: Path,
    runs: Path,
    env_kwargs: Mapping[str, Any] | None = None,
    share: float = 1.0,
    eval_games: int = 10_000,
    reporter: Reporter = SILENT,
    device: str = "cpu",
) -> dict[str, Any]:
    """
    Train an item, or go on with it, evaluate it and write its JSON.

    The test digits are used once, after the end of the training, and by the final network alone: other gazes are looked at on the
    validation digits.

    :param item: to be finished
    :param rows: folder of the JSONs
    :param runs: folder of run folders and of the networks' checkpoints
    :param env_kwargs: in addition to those of the settings, such as the dataset
    :param share: of the full length, for a trial
    :param eval_games: validation episodes of each point of the curve
    :param reporter: gets what a command line prints
    :param device: of torch; a training that was begun on another one goes on here
    :return: the content of the JSON
    :raises Stopped: if the training was stopped
    :raises OutputError: if it was begun with another length or other arguments
    """
    way = _network if item.is_network else _agent
    found = way(item, runs / item.name, dict(env_kwargs or {}), share, eval_games, reporter, device)
    about = {
        "row": item.row,
        "variant": item.variant,
        "seed": item.seed,
        "short": item.short,
        "settings": f"results/glimpses/{item.settings_file.name}",
    }
    more = dict(env_kwargs or {})
    circumstances = {
        "commit": commit(),
        "hardware": hardware(device),
        "share_of_full_length": share,
        "added_env_kwargs": more,
    }
    content = {**about, **circumstances, **found}
    rows.mkdir(parents=True, exist_ok=True)
    write_text(rows / f"{item.name}.json", json.dumps(content, indent=1))
    return content


def _agent(
    item: Item, run: Path, env_kwargs: dict[str, Any], share: float, eval_games: int, reporter: Reporter, device: str
) -> dict[str, Any]:
    env, _ = item.settings
    steps = round(share * item.images) * item.glimpses
    if run.exists() and not RunFolder(run).kept_checkpoints():
        shutil.rmtree(run)  # it was killed before its first checkpoint, so there is nothing to go on with
    if run.exists():
        _check_begun(run, {"total_timesteps": steps, "env_kwargs": env_kwargs})
        stopped = _going_on(run, reporter, device)
    else:
        config = RunConfig(
            env=env,
            env_kwargs=env_kwargs,
            gaze=item.variant,  # variants of agents are named as gazes are
            total_timesteps=steps,
            seed=item.seed,
            device=device,
            wandb="disabled",
            output=run,
            hyperparameters=item.settings_file,
            eval_every=max(steps // POINTS, 1),
            eval_games=eval_games,
            checkpoint_every=max(steps // 100, 1),
        )
        stopped = train(config, reporter=reporter).stopped
    if stopped:
        raise Stopped(item.name)
    curve = read_scores(RunFolder(run))
    others = [gaze for gaze in ("random", "centre") if item.variant == "learned"]
    under_others = {gaze: _figures(_validated(run, device, gaze)) for gaze in others}
    validation = _figures(_validated(run, device))
    test = evaluate(run, video_steps=0, force=True, device=device)
    return {
        "env": env,
        "env_steps": test.env_steps,
        "images": test.env_steps // _glimpses(run),
        "validation_curve": [
            {
                "env_steps": one.env_steps,
                "images": one.env_steps // _glimpses(run),
                "seconds": one.seconds,
                "error_percent": 100 * (1 - one.mean),
            }
            for one in curve
        ],
        "validation": validation,
        "test": _figures(test),
        "validation_under_other_gazes": under_others,
        "multiply_adds": test.multiply_adds if isinstance(test, ErrorRate) else None,
        **({"mean_looks": test.named.mean_looks} if isinstance(test, NamingRate) else {}),
        "seconds": curve[-1].seconds,
    }


def _validated(run: Path, device: str, gaze: str | None = None) -> Any:
    return evaluate(run, gaze=gaze, split="validation", video_steps=0, force=True, device=device)


def _check_begun(run: Path, asked: Mapping[str, Any]) -> None:
    """:raises OutputError: if a run was begun with other options, since its JSON would tell those of the last call"""
    begun = RunFolder.check_existing(run).read().config
    for name, value in asked.items():
        if (known := getattr(begun, name)) != value:
            raise OutputError(
                f"{run} was begun with {name} {known}, not {value}; give the same --share and --env-kwargs, or other --runs"
            )


def _going_on(run: Path, reporter: Reporter, device: str) -> bool:
    """Go on with a run; whether it was stopped again. A run that is complete stays as it is."""
    folder = RunFolder.check_existing(run)
    total = folder.read().hyperparameters["n_timesteps"]
    if any(score.env_steps >= total for score in read_scores(folder)):
        return False
    return resume(run, reporter=reporter, device=device).stopped


def _network(
    item: Item, folder: Path, env_kwargs: dict[str, Any], share: float, _: int, reporter: Reporter, device: str
) -> dict[str, Any]:
    env, hyperparameters = item.settings
    given = {**hyperparameters["env_kwargs"], **env_kwargs}
    images = max(round(share * item.images_of_each), 256)
    try:
        result = train_on_whole_images(
            env, network=item.variant, network_kwargs=item.network_kwargs, env_kwargs=given, images=images,
            learning_rates=item.rates, early_stop=item.stops_early, curve=item.short, seed=item.seed, device=device,
            checkpoints=folder, reporter=reporter,
        )  # fmt: skip
    except KeyboardInterrupt:
        raise Stopped(item.name) from None
    best = min(result.validation, key=lambda one: one["error_percent"])
    test = {name: getattr(result, name, None) for name in FIGURES}
    return {
        "env": env,
        "images": sum(one["images"] for one in result.validation),
        "most_images_of_each_rate": images,
        "converged": best["converged"],
        "learning_rate": result.learning_rate,
        "validation_of_rates": result.validation,
        "validation_curve": best["curve"],
        "validation": {name: best.get(name) for name in FIGURES},
        "test": test,
        "multiply_adds": result.multiply_adds,
        "seconds": result.seconds,
    }


def _glimpses(run: Path) -> int:
    """Env steps for each image of a run."""
    return int(RunFolder(run).read_content()["hyperparameters"]["env_kwargs"]["glimpses"])


def _figures(scores: Any) -> dict[str, Any]:
    return {name: getattr(scores, name) for name in FIGURES}


def images_seen(item: Item, runs: Path) -> int:
    """How many images an unfinished item has learned from."""
    folder = runs / item.name
    if item.is_network:
        states = [th.load(file, weights_only=True) for file in sorted(folder.glob("*.pt"))]
        return sum(state["done"] * state["about"]["batch_size"] for state in states)
    kept = RunFolder(folder).kept_checkpoints() if (folder / "config.yml").exists() else []
    return env_steps_of(kept[-1]) // _glimpses(folder) if kept else 0
