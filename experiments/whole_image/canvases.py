"""The canvases of a task, and the answers that a network gives to them."""

from collections.abc import Mapping
from typing import Any

import gymnasium as gym
import numpy as np
import torch as th
from torch import nn

from ...envs.counter_random import uniforms
from ...envs.tasks.cluttered_mnist import ClutteredMNIST
from ...envs.tasks.digits import DigitsError, Split
from ..errors import ConfigError, EnvError
from ..scoring.games import EPISODES_AT_ONCE, PASSES
from ..setup.env_names import task_id
from ..setup.gaze_envs import SMALLEST, SPILL, SPLIT, check_env_kwargs, has_splits
from .looks import answers_of

PIXELS_AT_ONCE = 5_000_000  # of canvases that a network answers at once, so that large ones fit into memory


def digits_game(env: str, env_kwargs: Mapping[str, Any], split: Split | None, device: str) -> ClutteredMNIST:
    """
    The task's canvases.

    :param env: its name
    :param env_kwargs: its keyword arguments
    :param split: to be tested on; None for the digits to learn from, which ``env_kwargs`` may name
    :param device: of torch
    :raises ConfigError: if there is no such task, or its data are missing
    """
    name = task_id(env)
    if name is None or not has_splits(env):
        raise EnvError(f"{env} has no digits; it must be ClutteredMNIST or TranslatedMNIST")
    check_env_kwargs(env, env_kwargs)
    if "copies" in env_kwargs:
        raise ConfigError("copies is for agents that try each canvas several times, not for a network on whole canvases")
    of_testing = {} if split is None else {SPLIT: split, SPILL: 0, SMALLEST: None}
    arguments: dict[str, Any] = {**gym.spec(name).kwargs, **env_kwargs, **of_testing, "device": device}
    try:
        return ClutteredMNIST(**arguments)
    except (ValueError, DigitsError) as error:  # the constructor checks the user's env_kwargs
        raise EnvError(str(error)) from error


def answered(network: nn.Module, game: ClutteredMNIST, canvases: int | None = None) -> tuple[np.ndarray, np.ndarray | None]:
    """
    Which answers are right, of every digit of a split on several canvases each.

    :param network: from canvases (B, 1, size, size) from 0 to 1 to logits; the last answer counts
    :param game: draws the canvases
    :param canvases: that are asked at most, for a quick look; None for all
    :return: (n,) 1 for a right answer, else 0; (n,) which digit it was, None for canvases with several digits
    """
    count = len(game.canvas.labels)
    numbers = th.arange(min(PASSES * count, canvases or PASSES * count), device=game.device)
    one, right = game.canvas.n_digits == 1, []
    with th.no_grad():
        for some in th.split(numbers, max(min(EPISODES_AT_ONCE, PIXELS_AT_ONCE // game.canvas.size**2), 1)):
            # Training has other keys, and other digits.
            drawn = uniforms(th.full_like(some, -1), some, game.draws)
            images, labels, _ = game.canvas.draw(drawn, some if one else None)
            right.append(answers_of(network, images[:, None] / 255)[-1].argmax(1) == labels)
    return th.cat(right).double().cpu().numpy(), (numbers % count).cpu().numpy() if one else None
