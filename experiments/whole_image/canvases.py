"""The canvases of a task, and the answers that a network gives to them."""

from collections.abc import Mapping
from typing import Any

import gymnasium as gym
import numpy as np
import torch as th
from gymnasium import spaces
from torch import nn

from ...envs.counter_random import uniforms
from ...envs.registration import TASKS, task_class
from ...envs.tasks.cluttered_mnist import ClutteredMNIST
from ...envs.tasks.digits import DigitsError, Split
from ...envs.tasks.naming.naming_game import NamingGame
from ..errors import ConfigError, EnvError
from ..scoring.games import EPISODES_AT_ONCE, PASSES
from ..scoring.shown_digits import ITEM, item_names
from ..setup.env_kwargs import SMALLEST, SPILL, SPLIT, check_env_kwargs, has_splits
from ..setup.env_names import task_id
from ..setup.values.keywords import parameters
from .looks import answers_of
from .network import all_right

PIXELS_AT_ONCE = 5_000_000  # of canvases that a network answers at once, so that large ones fit into memory


def digits_game(env: str, env_kwargs: Mapping[str, Any], split: Split | None, device: str) -> NamingGame:
    """
    The task's canvases.

    :param env: its name
    :param env_kwargs: its keyword arguments
    :param split: to be tested on; None for the digits to learn from, which ``env_kwargs`` may name
    :param device: of torch
    :raises ConfigError: if there is no such task, or its data are missing
    """
    name = task_id(env)
    if name is None or not has_splits(env) or not issubclass(task_class(name), NamingGame):
        able = [task for task in TASKS if issubclass(task_class(task), NamingGame)]
        raise EnvError(f"{env} has no digits; it must be one of: {', '.join(able)}")
    check_env_kwargs(env, env_kwargs)
    if "copies" in env_kwargs:
        raise ConfigError("copies is for agents that try each canvas several times, not for a network on whole canvases")
    ours = {key: value for key, value in ((SPILL, 0), (SMALLEST, None)) if key in parameters(task_class(name))}
    of_testing = {} if split is None else {SPLIT: split, **ours}
    arguments: dict[str, Any] = {**gym.spec(name).kwargs, **env_kwargs, **of_testing, "device": device}
    try:
        game: NamingGame = task_class(name)(**arguments)
        return game
    except (ValueError, DigitsError) as error:  # the constructor checks the user's env_kwargs
        raise EnvError(str(error)) from error


def canvas_size(game: NamingGame) -> tuple[int, int]:
    """Height and width of the canvases in pixels."""
    space = game.observation_space
    shape = (space["image"] if isinstance(space, spaces.Dict) else space).shape
    assert shape is not None  # of images
    return shape[1], shape[2]


def answered(network: nn.Module, game: NamingGame, canvases: int | None = None) -> tuple[np.ndarray, np.ndarray | None]:
    """
    Which answers are right, of every digit of a split on several canvases each. Where a canvas has several answers, all must be.
    Of several digits on a canvas the first one comes in turn, as when an agent is evaluated.

    :param network: from canvases (B, 1, H, W) from 0 to 1 to logits (B, answers * classes); of several looks the last one counts
    :param game: draws the canvases
    :param canvases: that are asked at most, for a quick look; None for all
    :return: (n,) 1 for a right answer, else 0; which digits were shown, (n,) one to a canvas, or (n, digits) several, -1 for none
    """
    count = game.n_items
    assert count is not None  # of a game with a data set
    numbers = th.arange(min(PASSES * count, canvases or PASSES * count), device=game.device)
    in_turn = not isinstance(game, ClutteredMNIST) or game.canvas.n_digits == 1  # as in the envs
    right, shown = [], []
    height, width = canvas_size(game)
    with th.no_grad():
        for some in th.split(numbers, max(min(EPISODES_AT_ONCE, PIXELS_AT_ONCE // (height * width)), 1)):
            # Training has other keys, and other digits.
            drawn = uniforms(th.full_like(some, -1), some, game.draws)
            first = some % count if in_turn else None
            images, answers = game.draw(drawn, first)
            right.append(all_right(answers_of(network, images / 255)[-1], answers))
            shown.append(_shown(game, drawn, first))
    return th.cat(right).double().cpu().numpy(), th.cat(shown).cpu().numpy()


def _shown(game: NamingGame, drawn: th.Tensor, first: th.Tensor | None) -> th.Tensor:
    """Which digits are on the canvases: (n,) one to a canvas, or (n, digits)."""
    items = game.items(drawn, first)
    names = item_names(items)
    return items[ITEM] if names == [ITEM] else th.stack([items[name] for name in names], dim=1)
