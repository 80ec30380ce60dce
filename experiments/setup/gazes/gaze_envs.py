"""Envs in which an agent chooses where to look."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import gymnasium as gym
from gymnasium.vector import VectorEnv
from gymnasium.wrappers.vector import RecordEpisodeStatistics
from stable_baselines3.common.vec_env import VecEnv

from ...envs import GymnasiumVecEnv, VectorGazeWrapper, make_atari
from ...envs.registration import task_class
from ...envs.tasks.digits import DigitsError, Split
from ..errors import ConfigError, EnvError
from .device_and_seed import check_device
from .env_names import check_env_name, task_id
from .gazes.followed_agent import gaze_env
from .keywords import check_keywords, parameters

SEEDS_APART = 4096  # copy i of an env has the run's seed + i, and two runs must not share their episodes
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


def make_gaze_env(
    env: str,
    n_envs: int,
    seed: int | None,
    env_kwargs: Mapping[str, Any],
    gaze_kwargs: Mapping[str, Any],
    evaluation: bool = False,
    render_mode: str | None = None,
    split: Split = "validation",
    device: str = "auto",
) -> VecEnv:
    """
    One of the suite's tasks, or an Atari game, with the gaze as an action.

    :param env: its name
    :param n_envs: copies
    :param seed: of the first copy
    :param env_kwargs: for the env
    :param gaze_kwargs: for ``VectorGazeWrapper``
    :param evaluation: each digit of ``split`` in turn; whole games and raw rewards
    :param render_mode: as ``make_atari`` takes it; tasks have none
    :param split: of the digits in evaluation. Training has those that ``env_kwargs`` say
    :param device: of an agent that the gaze follows
    :raises ConfigError: if the env cannot be made so
    """
    check_env_name(env)
    check_env_kwargs(env, env_kwargs)
    check_gaze_kwargs(gaze_kwargs)
    wrapped = partial(gaze_env, gaze_kwargs=dict(gaze_kwargs), device=device)
    if task_id(env) is not None:
        return _task_env(env, dict(env_kwargs), dict(gaze_kwargs), evaluation, split, device, n_envs=n_envs, seed=seed)
    try:
        return make_atari(env, n_envs, seed, evaluation=evaluation, render_mode=render_mode, wrapper=wrapped, **env_kwargs)
    except ValueError as error:  # the constructor checks the user's env_kwargs and gaze_kwargs
        raise EnvError(str(error)) from error


def _task_env(
    env: str,
    env_kwargs: dict[str, Any],
    gaze_kwargs: dict[str, Any],
    evaluation: bool,
    split: Split,
    device: str,
    n_envs: int,
    seed: int | None,
    render_mode: str | None = None,
) -> VecEnv:
    name = task_id(env)
    assert name is not None
    # Several tries at an image, digits that hang over the edge, canvases of several sizes and a price for looks are for training.
    left_out = (COPIES, SPILL, SPLIT, SMALLEST, PRICE) if evaluation else (COPIES,)
    once = {key: value for key, value in env_kwargs.items() if key not in left_out}
    of_evaluation = _of_evaluation(name, env_kwargs, split, n_envs) if evaluation and has_splits(env) else {}
    try:
        batch: VectorEnv = gym.make_vec(name, num_envs=n_envs, **{**(once if evaluation else env_kwargs), **of_evaluation})
        looking = gaze_env(batch, gaze_kwargs, device)
    except DigitsError as error:
        raise EnvError(f"{error} (env_kwargs: dataset=digits)") from error
    # The two constructors check the user's env_kwargs and gaze_kwargs, and that a package is there which only this data set needs.
    except (ValueError, gym.error.DependencyNotInstalled) as error:
        raise EnvError(str(error)) from error
    remake = partial(_task_env, env, once, gaze_kwargs, evaluation, split, device)
    made = GymnasiumVecEnv(RecordEpisodeStatistics(looking), remake=remake)
    if seed is not None:
        made.seed(seed)
    return made


def _of_evaluation(name: str, env_kwargs: dict[str, Any], split: Split, n_envs: int) -> dict[str, Any]:
    """Each digit in turn, and where several things are named a reward of 1 for an episode in which all are right."""
    known = parameters(task_class(name))
    alone = "whole" in known or env_kwargs.get("digits", 1) == 1
    in_turn = {"in_turn": n_envs} if "in_turn" in known and alone else {}
    return {SPLIT: split, **in_turn, **({"whole": True} if "whole" in known else {})}


def _copies(copies: int = 1) -> None:
    """The argument that every task's vector env takes beside the task's own."""
