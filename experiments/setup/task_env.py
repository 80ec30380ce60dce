"""One of the suite's tasks as an env for SB3."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import gymnasium as gym
from gymnasium.vector import VectorEnv
from gymnasium.wrappers.vector import RecordEpisodeStatistics
from stable_baselines3.common.vec_env import VecEnv

from ...envs import GymnasiumVecEnv
from .env_names import task_id


def task_env(
    name: str,
    env_kwargs: Mapping[str, Any],
    n_envs: int,
    seed: int | None,
    render_mode: str | None = None,
    *,
    wrapper: Callable[[VectorEnv], VectorEnv] | None = None,
    remake: Callable[..., VecEnv] | None = None,
    **copies: int,
) -> VecEnv:
    """
    One of the suite's tasks, with pictures as it gives them.

    :param name: of the task
    :param env_kwargs: for the env
    :param n_envs: copies
    :param seed: of the first copy
    :param render_mode: for pictures
    :param wrapper: of the batch, such as a gaze
    :param remake: makes another env of the same kind; by default the same task without a wrapper
    :param copies: further arguments for this env alone, not for those that are made like it
    """
    given: dict[str, Any] = {**env_kwargs, **copies}
    batch: VectorEnv = gym.make_vec(task_id(name) or name, num_envs=n_envs, render_mode=render_mode, **given)
    whole = batch if wrapper is None else wrapper(batch)
    env = GymnasiumVecEnv(RecordEpisodeStatistics(whole), remake=remake or partial(task_env, name, env_kwargs))
    if seed is not None:
        env.seed(seed)
    return env
