"""The env that a saved policy was trained for."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.vec_env import DummyVecEnv, VecEnv, VecFrameStack, VecNormalize

from ...envs import make_atari
from ...envs.actions_from_zero import ActionsFromZero
from ...saliency.errors import first_line
from ...saliency.readers.head_reader import head_reader
from ..errors import ConfigError, EnvError
from .env_names import is_atari, task_id
from .gaze_envs import OURS, make_gaze_env
from .keywords import check_keywords
from .run_envs import rendered


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
    def for_policy(
        cls,
        policy: BasePolicy,
        env: str,
        env_kwargs: Mapping[str, Any],
        gaze_kwargs: Mapping[str, Any],
        vec_normalize: Path | None = None,
    ) -> "ModelEnv":
        """
        An env by name, in the form that a policy sees.

        Atari is preprocessed as SB3 does it, with as many frames as the policy takes. Other envs are wrapped as SB3 wraps them, and
        stacked if need be. Where the policy has a gaze, the env has one too.

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


def looks(policy: BasePolicy) -> bool:
    """Whether a policy chooses where to look."""
    return head_reader(policy).chooses_gaze


def check_fits(policy: BasePolicy, env: VecEnv, name: str) -> None:
    """
    Check that a policy can play an env.

    :raises EnvError: if its observations or actions are others; the env is closed then
    """
    for kind, wanted, given in (
        ("sees", policy.observation_space, env.observation_space),
        ("chooses from", policy.action_space, env.action_space),
    ):
        if not _alike(wanted, given):
            env.close()
            raise EnvError(f"the model {kind} {wanted}, but {name} has {given}; give the env that it was trained in")


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
    env_kwargs: Mapping[str, Any],
    gaze_kwargs: Mapping[str, Any],
    n_envs: int,
    seed: int,
    render_mode: str | None,
) -> VecEnv:
    if "render_mode" in env_kwargs:
        raise ConfigError("takes no render_mode; experiments choose it", option="env_kwargs")
    seen = policy.observation_space
    image = seen["image"] if isinstance(seen, spaces.Dict) and "image" in seen.spaces else seen
    shape = image.shape or ()
    if looks(policy):
        size = {"size": shape[1]} if task_id(env) is not None else {}
        gaze = {"first": "center", **_square_tiles(policy.action_space, gaze_kwargs), **gaze_kwargs}
        return make_gaze_env(env, n_envs, seed, {**size, **env_kwargs}, gaze, True, render_mode)
    if gaze_kwargs:
        raise ConfigError("are for policies with a gaze, and this policy has none", option="gaze_kwargs")
    if is_atari(env) and len(shape) == 3 and image.dtype == np.uint8 and shape[1:] != (210, 160):
        stack, *screen = shape
        check_keywords(env_kwargs, [make_atari], env, OURS)
        every = isinstance(policy.action_space, spaces.Discrete) and policy.action_space.n == 18
        arguments = {"full_action_space": every, "frame_stack": stack, "screen_size": tuple(screen), **env_kwargs}
        try:
            return make_atari(env, n_envs, seed, evaluation=True, render_mode=render_mode, **arguments)
        except ValueError as error:  # the constructor checks the user's game and env_kwargs
            raise EnvError(str(error)) from error
    return _gymnasium(policy, env, env_kwargs, n_envs, seed, render_mode)


def _square_tiles(actions: spaces.Space, gaze_kwargs: Mapping[str, Any]) -> dict[str, int]:
    if not isinstance(actions, spaces.MultiDiscrete) or "tiles" in gaze_kwargs:
        return {}
    count = int(actions.nvec[1])
    if math.isqrt(count) ** 2 != count:
        raise ConfigError(f"the model looks at one of {count} tiles; say how they lie: gaze_kwargs tiles=[rows,columns]")
    return {"tiles": math.isqrt(count)}


def _gymnasium(
    policy: BasePolicy, env: str, env_kwargs: Mapping[str, Any], n_envs: int, seed: int, render_mode: str | None
) -> VecEnv:
    def one() -> gym.Env:
        made = rendered(task_id(env) or env, render_mode, **env_kwargs)
        # A model that was trained on the env as it is sent 0 to n - 1, because SB3 ignores `start`: it must do the same here.
        return made if policy.action_space == made.action_space else ActionsFromZero(made)

    try:
        made: VecEnv = BaseAlgorithm._wrap_env(DummyVecEnv([one] * n_envs), verbose=0, monitor_wrapper=False)
    except Exception as error:  # runs the env's own code, which may raise anything; the message says what it was
        raise EnvError(f"the env {env!r} cannot be made: {first_line(error)}") from error
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
        raise ConfigError(f"there is no file {path}")
    try:
        normalized = VecNormalize.load(str(path), env)
    except Exception as error:  # unpickling may raise anything, and so may damaged bytes; the message says what it was
        env.close()
        raise ConfigError(f"{path} holds no VecNormalize for this env: {first_line(error)}") from error
    normalized.training, normalized.norm_reward = False, False
    return normalized
