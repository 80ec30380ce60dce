"""Keyword arguments of an env and of its gaze: which of them a run may have, and which are for training alone."""

from collections.abc import Mapping, Sequence
from typing import Any

import psutil

from ...envs import VectorGazeWrapper, make_atari
from ...envs.registration import task_class
from ..errors import ConfigError, EnvError
from .device_and_seed import check_device
from .env_names import task_id
from .values.keywords import check_keywords, parameters

# Keyword arguments of tasks that are for training only.
COPIES, SPILL, SPLIT, SMALLEST, PRICE = "copies", "spill", "split", "smallest", "look_price"
TO_LEARN_FROM = ("train", "train+validation")  # splits
OURS = ("game", "env", "n_envs", "num_envs", "seed", "evaluation", "render_mode", "wrapper")  # the run decides these


def check_env_kwargs(env: str, env_kwargs: Mapping[str, Any]) -> None:
    """
    Check names and plain types of an env's keyword arguments.

    :param env: name of a task or of an Atari game
    :param env_kwargs: its keyword arguments
    :raises ConfigError: if there is no such argument, or if the run decides it
    """
    task = task_id(env)
    if task is not None and "in_turn" in env_kwargs:
        raise ConfigError("in_turn cannot be given: agents learn from random digits, and evaluation shows each digit in turn")
    if has_splits(env) and env_kwargs.get(SPLIT, TO_LEARN_FROM[0]) not in TO_LEARN_FROM:
        raise ConfigError(
            f"split cannot be {env_kwargs[SPLIT]!r}: agents learn from 'train', or from 'train+validation', as published results "
            "on digits do; no agent learns from the test split"
        )
    if "render_mode" in env_kwargs:
        raise ConfigError("takes no render_mode; experiments choose it", option="env_kwargs")
    check_keywords(env_kwargs, [task_class(task), _copies] if task is not None else [make_atari], env, OURS)
    if "device" in env_kwargs:
        check_device(str(env_kwargs["device"]))


def check_memory(env: str, env_kwargs: Mapping[str, Any], n_envs: int) -> None:
    """
    Check that a batch of pictures fits into memory, before a system without any left kills the process.

    :param env: name of a task or of an Atari game
    :param env_kwargs: its keyword arguments, checked
    :param n_envs: copies
    :raises EnvError: if it does not
    """
    name = "size" if "size" in env_kwargs else "screen_size"
    sides = env_kwargs.get(name, 1)
    if isinstance(sides, Sequence):
        height, width = (*sides, 1, 1)[:2]
    else:
        height = width = sides
    if not all(isinstance(side, int) for side in (height, width)):  # the env says what is wrong
        return
    least = (3 * n_envs + 2) * height * width * env_kwargs.get("frame_stack", 1)  # a batch, and the bounds of its space and of one
    free = psutil.virtual_memory().available
    if least > free:
        raise EnvError(
            f"{env}: a batch of {n_envs} with {name}={sides} needs {least / 2**30:,.0f} GiB of memory at least, and "
            f"{free / 2**30:,.0f} GiB are free; give a smaller {name} or fewer n_envs"
        )


def has_splits(env: str) -> bool:
    """Whether an env shows things of a data set, such as digits, which has splits."""
    task = task_id(env)
    return task is not None and SPLIT in parameters(task_class(task))


def known_digits(env_kwargs: Mapping[str, Any]) -> str | None:
    """What to say of the validation digits of a run that learns from them, too; None if it does not."""
    if env_kwargs.get(SPLIT) != TO_LEARN_FROM[1]:
        return None
    return "its validation digits were trained on (split train+validation), so errors on them say nothing about new digits"


def check_gaze_kwargs(gaze_kwargs: Mapping[str, Any]) -> None:
    """
    Check names and plain types of the arguments of ``VectorGazeWrapper``.

    :raises ConfigError: if there is no such argument
    """
    check_keywords(gaze_kwargs, [VectorGazeWrapper], "the gaze", ("env",))


def _copies(copies: int = 1) -> None:
    """The argument that every task's vector env takes beside the task's own."""
