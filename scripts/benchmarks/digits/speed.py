"""How fast the items of the digit tables train."""

import time
from collections.abc import Callable, Mapping
from typing import Any

import torch as th

from saccade.experiments import RunConfig
from saccade.experiments.setup.models import build_model
from saccade.experiments.setup.run_envs import run_env
from saccade.experiments.whole_image.canvases import canvas_size, digits_game
from saccade.experiments.whole_image.fitting import Fitting
from saccade.experiments.whole_image.networks import make_network
from saccade.scripts.benchmarks.digits.items import Item

EPISODES, BATCH = 2, 256


def measured_speed(item: Item, env_kwargs: Mapping[str, Any], seconds: float) -> float:
    """
    Images a second of an item's training in one thread, without evaluations. Nothing of the training is kept.

    The seconds are those of the processor that this process got, so other programs on the machine hardly change the result.

    :param item: whose training is timed
    :param env_kwargs: in addition to those of the settings
    :param seconds: of the processor, to train at least
    """
    learn, images = (_of_network if item.is_network else _of_agent)(item, dict(env_kwargs))
    learn()  # buffers and threads
    start, seen = time.process_time(), 0
    while time.process_time() - start < seconds:
        learn()
        seen += images
    return seen / (time.process_time() - start)


def _of_agent(item: Item, env_kwargs: dict[str, Any]) -> tuple[Callable[[], object], int]:
    """A function that trains a little, and how many images it learns from."""
    env, _ = item.settings
    config = RunConfig(env=env, env_kwargs=env_kwargs, gaze=item.variant, hyperparameters=item.settings_file, device="cpu")
    hyperparameters = config.fitted
    n_envs = hyperparameters["n_envs"]
    made = run_env(env, config.spec, hyperparameters, n_envs, 0)
    model = build_model(config.spec, hyperparameters, made, 0, "cpu")
    steps = EPISODES * n_envs * hyperparameters["env_kwargs"]["glimpses"]
    return lambda: model.learn(steps), EPISODES * n_envs


def _of_network(item: Item, env_kwargs: dict[str, Any]) -> tuple[Callable[[], object], int]:
    env, hyperparameters = item.settings
    game = digits_game(env, {**hyperparameters["env_kwargs"], **env_kwargs}, None, "cpu")
    th.manual_seed(0)
    network = make_network(item.variant, canvas_size(game), game.n_answers * game.n_classes, game.length, item.network_kwargs)

    def learn() -> None:
        Fitting(network, game, EPISODES, BATCH, 1e-3, 0).run()

    return learn, EPISODES * BATCH
