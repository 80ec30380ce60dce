"""Keyword arguments of an env and of its gaze: which of them a run may have, and which are for training alone."""

from collections.abc import Mapping
from typing import Any

from ...envs import VectorGazeWrapper, make_atari
from ...envs.registration import task_class
from ..errors import ConfigError
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
