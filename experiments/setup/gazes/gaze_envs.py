"""Envs in which an agent chooses where to look."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import gymnasium as gym
from stable_baselines3.common.vec_env import VecEnv

from ....envs import make_atari
from ....envs.registration import task_class
from ....envs.tasks.digits import DigitsError, Split
from ...errors import EnvError
from ..env_kwargs import COPIES, PRICE, SMALLEST, SPILL, SPLIT, check_env_kwargs, check_gaze_kwargs, check_memory, has_splits
from ..env_names import check_env_name, task_id
from ..task_env import task_env
from ..values.culprit import made_with
from ..values.keywords import parameters
from .followed_agent import gaze_env
from .gaze_choice import without_teacher


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
    check_memory(env, env_kwargs, n_envs)

    def made(given: dict[str, Any]) -> VecEnv:
        of_env, of_gaze = dict(given.get("env_kwargs", {})), dict(given.get("gaze_kwargs", {}))
        if task_id(env) is not None:
            return _task_with_gaze(env, of_env, of_gaze, evaluation, split, device, n_envs=n_envs, seed=seed)
        wrapped, untaught = (partial(gaze_env, gaze_kwargs=x, device=device) for x in (of_gaze, without_teacher(of_gaze)))
        try:
            atari = make_atari(env, n_envs, seed, evaluation=evaluation, render_mode=render_mode, wrapper=wrapped, **of_env)
        except ValueError as error:  # the constructor checks the user's env_kwargs and gaze_kwargs
            raise EnvError(str(error)) from error
        assert atari.remake is not None
        atari.remake = partial(atari.remake, wrapper=untaught)
        return atari

    of_gaze = without_teacher(gaze_kwargs) if evaluation else gaze_kwargs
    return made_with(made, {"env_kwargs": env_kwargs, "gaze_kwargs": of_gaze}, env, EnvError)


def _task_with_gaze(
    env: str,
    env_kwargs: dict[str, Any],
    gaze_kwargs: dict[str, Any],
    evaluation: bool,
    split: Split,
    device: str,
    n_envs: int,
    seed: int | None,
    render_mode: str | None = None,  # as those who remake an env name it; films show the images that the retina sees
) -> VecEnv:
    name = task_id(env)
    assert name is not None
    # Several tries at an image, digits that hang over the edge, canvases of several sizes and a price for looks are for training.
    left_out = (COPIES, SPILL, SPLIT, SMALLEST, PRICE) if evaluation else (COPIES,)
    once = {key: value for key, value in env_kwargs.items() if key not in left_out}
    of_evaluation = _of_evaluation(name, env_kwargs, split, n_envs) if evaluation and has_splits(env) else {}
    given = {**(once if evaluation else env_kwargs), **of_evaluation}
    wrapper = partial(gaze_env, gaze_kwargs=gaze_kwargs, device=device)
    remake = partial(_task_with_gaze, env, once, without_teacher(gaze_kwargs), evaluation, split, device)
    try:
        return task_env(name, given, n_envs, seed, wrapper=wrapper, remake=remake)
    except DigitsError as error:
        raise EnvError(f"{error} (env_kwargs: dataset=digits)") from error
    # The two constructors check the user's env_kwargs and gaze_kwargs, and that a package is there which only this data set needs.
    except (ValueError, gym.error.DependencyNotInstalled) as error:
        raise EnvError(str(error)) from error


def _of_evaluation(name: str, env_kwargs: dict[str, Any], split: Split, n_envs: int) -> dict[str, Any]:
    """Each digit in turn, and where several things are named a reward of 1 for an episode in which all are right."""
    known = parameters(task_class(name))
    alone = "whole" in known or env_kwargs.get("digits", 1) == 1
    in_turn = {"in_turn": n_envs} if "in_turn" in known and alone else {}
    return {SPLIT: split, **in_turn, **({"whole": True} if "whole" in known else {})}
