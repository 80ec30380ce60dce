"""The env that a saved policy was trained for, one way or another."""

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.vec_env import DummyVecEnv, VecEnv, VecFrameStack, VecNormalize

from agent_setup import is_atari, run_env
from gaze_envs import make_gaze_env, task_id
from plain_errors import UserError
from saccade.envs import make_atari
from saccade.policies import GlimpsePolicy
from saccade.saliency.errors import first_line


@dataclass(frozen=True)
class ModelEnv:
    """
    Makes the env of a policy.

    :param make: ``make(n_envs, seed, render_mode)``
    :param name: for messages
    """

    make: Callable[[int, int, str | None], VecEnv]
    name: str

    @classmethod
    def of_run(cls, config: dict[str, Any]) -> "ModelEnv":
        """
        That of a run of train.py.

        :param config: its config.yml
        """
        return cls(lambda n_envs, seed, render_mode: env_of_run(config, n_envs, seed, render_mode), config["options"]["env"])

    @classmethod
    def for_policy(
        cls, policy: BasePolicy, env: str, env_kwargs: dict[str, Any], gaze_kwargs: dict[str, Any], vec_normalize: Path | None
    ) -> "ModelEnv":
        """
        An env by name, in the form that a policy sees: Atari as SB3 preprocesses it, with as many frames as the policy takes;
        others as SB3 wraps them, stacked if need be; with a gaze where the policy has one.

        :param policy: that was trained in it
        :param env: Atari game in any spelling, one of the suite's tasks, or a gymnasium id
        :param env_kwargs: for the env
        :param gaze_kwargs: for its ``VectorGazeWrapper``
        :param vec_normalize: file with the statistics of a VecNormalize
        """

        def make(n_envs: int, seed: int, render_mode: str | None) -> VecEnv:
            made = _raw(policy, env, env_kwargs, gaze_kwargs, n_envs, seed, render_mode)
            if vec_normalize is not None:
                made = _normalized(made, vec_normalize)
            check_fits(policy, made, env)
            return made

        return cls(make, env)


def env_of_run(config: dict[str, Any], n_envs: int, seed: int, render_mode: str | None = None) -> VecEnv:
    """The env that a run is evaluated in."""
    trained = config["options"]
    return run_env(trained["env"], trained["agent"], config["hyperparameters"], n_envs, seed, True, render_mode)


def check_fits(policy: BasePolicy, env: VecEnv, name: str) -> None:
    """
    Whether a policy can play an env.

    :raises UserError: if it sees or does something else; the env is closed then
    """
    for kind, wanted, given in (
        ("sees", policy.observation_space, env.observation_space),
        ("chooses from", policy.action_space, env.action_space),
    ):
        if not _alike(wanted, given):
            env.close()
            raise UserError(f"the model {kind} {wanted}, but {name} has {given}; give the --env that it was trained in")


def _alike(wanted: spaces.Space, given: spaces.Space) -> bool:
    """Bounds may differ: wrappers state them more or less exactly."""
    if isinstance(wanted, spaces.Dict) and isinstance(given, spaces.Dict):
        return wanted.keys() == given.keys() and all(_alike(wanted[key], given[key]) for key in wanted)
    if isinstance(wanted, spaces.Box) and isinstance(given, spaces.Box):
        return wanted.shape == given.shape and wanted.dtype == given.dtype
    return wanted == given


def _raw(
    policy: BasePolicy,
    env: str,
    env_kwargs: dict[str, Any],
    gaze_kwargs: dict[str, Any],
    n_envs: int,
    seed: int,
    render_mode: str | None,
) -> VecEnv:
    seen = policy.observation_space
    image = seen["image"] if isinstance(seen, spaces.Dict) and "image" in seen.spaces else seen
    shape = image.shape or ()
    if isinstance(policy, GlimpsePolicy):
        size = {"size": shape[1]} if task_id(env) is not None else {}
        gaze = {"first": "center", **_square_tiles(policy.action_space, gaze_kwargs), **gaze_kwargs}
        return make_gaze_env(env, n_envs, seed, {**size, **env_kwargs}, gaze, True, render_mode)
    if gaze_kwargs:
        raise UserError("--gaze-kwargs are for policies with a gaze, which this one is not")
    if is_atari(env) and len(shape) == 3 and image.dtype == np.uint8 and shape[1:] != (210, 160):
        stack, *screen = shape
        arguments: dict[str, Any] = {"frame_stack": stack, "screen_size": tuple(screen), **env_kwargs}
        every = isinstance(policy.action_space, spaces.Discrete) and policy.action_space.n == 18
        try:
            return make_atari(env, n_envs, seed, evaluation=True, render_mode=render_mode, full_action_space=every, **arguments)
        except (ValueError, TypeError) as error:
            raise UserError(str(error)) from error
    return _gymnasium(policy, env, env_kwargs, n_envs, seed, render_mode)


def _square_tiles(actions: spaces.Space, gaze_kwargs: dict[str, Any]) -> dict[str, int]:
    if not isinstance(actions, spaces.MultiDiscrete) or "tiles" in gaze_kwargs:
        return {}
    count = int(actions.nvec[1])
    if math.isqrt(count) ** 2 != count:
        raise UserError(f"the model looks at one of {count} tiles; say how they lie: --gaze-kwargs tiles=[rows,columns]")
    return {"tiles": math.isqrt(count)}


def _gymnasium(policy: BasePolicy, env: str, env_kwargs: dict[str, Any], n_envs: int, seed: int, render_mode: str | None) -> VecEnv:
    def one() -> gym.Env:
        name = task_id(env) or env
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # gymnasium's, where the env has no pictures of its own
            try:
                return gym.make(name, render_mode=render_mode, **env_kwargs)
            except (TypeError, gym.error.Error):  # no pictures, or an env that cannot be made at all
                return gym.make(name, **env_kwargs)

    try:
        made: VecEnv = BaseAlgorithm._wrap_env(DummyVecEnv([one] * n_envs), verbose=0, monitor_wrapper=False)
    except Exception as error:  # imports and runs the env's own code, which may raise anything; the user is told what
        raise UserError(f"the env {env!r} cannot be made: {first_line(error)}") from error
    made.seed(seed)
    seen, given = policy.observation_space, made.observation_space
    if isinstance(seen, spaces.Box) and isinstance(given, spaces.Box) and len(seen.shape) == len(given.shape) == 3:
        frames, left = divmod(seen.shape[0], given.shape[0])
        if frames > 1 and not left and seen.shape[1:] == given.shape[1:]:
            made = VecFrameStack(made, frames, channels_order="first")
    return made


def _normalized(env: VecEnv, path: Path) -> VecEnv:
    if not path.is_file():
        env.close()
        raise UserError(f"there is no file {path}")
    try:
        normalized = VecNormalize.load(str(path), env)
    except Exception as error:  # unpickling runs any code, and damaged bytes raise anything; the user is told what
        env.close()
        raise UserError(f"{path} holds no VecNormalize for this env: {first_line(error)}") from error
    normalized.training, normalized.norm_reward = False, False
    return normalized
