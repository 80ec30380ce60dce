"""Another env like one that gymnasium has made, for code that has only the made one."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import gymnasium as gym
from gymnasium.envs.registration import EnvSpec
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.vec_env import DummyVecEnv, VecEnv, VecFrameStack, VecNormalize, is_vecenv_wrapped

from ..errors import NoEnvError, first_line

CHANGE_OBSERVATIONS = (VecNormalize, VecFrameStack)  # of SB3; what they are set to is not in the spec


def how_to_remake(env: VecEnv, id: str | None = None) -> Callable[..., VecEnv]:
    """
    How to make another env like a training env: ``remake(n_envs=, seed=, render_mode=)``.

    An env that says it by itself (``remake``) is asked. Otherwise the spec of gymnasium says it, with the arguments of each wrapper
    that keeps them, as gymnasium's own and ``GazeWrapper`` do. SB3's ``Monitor`` is left out: it changes neither observations nor
    actions.

    :param env: to train in
    :param id: of another env of gymnasium's, to be wrapped in the same way
    :raises NoEnvError: if it cannot be made again
    """
    own = vars(env).get("remake")
    if own is not None and id is None:
        return own
    for wrapper in CHANGE_OBSERVATIONS:
        if is_vecenv_wrapped(env, wrapper):
            raise NoEnvError(f"the training env is in a {wrapper.__name__}, which cannot be made again; give an env= of its own")
    try:
        (spec,) = env.get_attr("spec", [0])
    except AttributeError:
        spec = None
    if not isinstance(spec, EnvSpec) or "vectorization_mode" in spec.kwargs:  # of a batch, whose wrappers keep no arguments
        raise NoEnvError("the training env cannot be made again: it has no remake and no spec; give an env= of its own")
    kept = tuple(one for one in spec.additional_wrappers if one.name != "Monitor")
    unknown = [one.name for one in kept if one.kwargs is None]
    if unknown:
        raise NoEnvError(
            f"the training env has the wrapper {unknown[0]}, which does not say its arguments; give an env= of its own"
        )
    try:
        base = spec if id is None else gym.spec(id)
    except (gym.error.Error, ImportError) as error:
        raise NoEnvError(f"there is no env {id!r}: {first_line(error)}") from error
    return partial(_made, replace(base, additional_wrappers=kept))


def _made(spec: EnvSpec, n_envs: int, seed: int | None, render_mode: str | None = None) -> VecEnv:
    def one() -> gym.Env:
        shown: dict[str, Any] = {} if render_mode is None else {"render_mode": render_mode}
        return gym.make(spec, **shown)

    made = BaseAlgorithm._wrap_env(DummyVecEnv([one] * n_envs), verbose=0, monitor_wrapper=False)
    made.seed(seed)
    return made
