"""How an env was wrapped in training, where that is known."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gymnasium as gym
from stable_baselines3.common.atari_wrappers import AtariWrapper
from stable_baselines3.common.vec_env import VecEnv, VecEnvWrapper

from ...envs.game_names import full_id

# Arguments of AtariWrapper that an evaluation keeps. The others end episodes at lost lives and clip rewards, for training only.
KEPT = ("noop_max", "frame_skip", "screen_size", "action_repeat_probability")


@dataclass(frozen=True)
class Wrapping:
    """
    :param env_wrappers: (class, keyword arguments) of the wrappers of each env, the innermost first
    :param vec_wrappers: the same for the vector env; they come before normalisation and stacks
    :param frame_stack: observations in a stack of VecFrameStack; 1 for none, None if unknown
    """

    env_wrappers: tuple[tuple[type[gym.Wrapper], Mapping[str, Any]], ...] = ()
    vec_wrappers: tuple[tuple[type[VecEnvWrapper], Mapping[str, Any]], ...] = ()
    frame_stack: int | None = None

    def wrap(self, env: gym.Env) -> gym.Env:
        """One env in its wrappers."""
        for wrapper, arguments in self.env_wrappers:
            env = wrapper(env, **arguments)
        return env

    def wrap_vector(self, env: VecEnv) -> VecEnv:
        """The vector env in its wrappers, before normalisation and stacks."""
        for wrapper, arguments in self.vec_wrappers:
            env = wrapper(env, **arguments)
        return env

    def as_make_atari(self, env: str) -> dict[str, Any] | None:
        """
        The keyword arguments with which ``make_atari`` gives the same observations; None if it does not.

        :param env: id of an Atari game
        """
        if len(self.env_wrappers) != 1 or self.vec_wrappers or self.frame_stack is None:
            return None
        wrapper, arguments = self.env_wrappers[0]
        # The other ids skip frames and repeat actions by themselves, before the wrapper does.
        own = gym.spec(full_id(env)).kwargs
        skips = env in gym.registry and (own.get("frameskip"), own.get("repeat_action_probability")) != (1, 0.0)
        if wrapper is not AtariWrapper or skips:
            return None
        return {"frame_stack": self.frame_stack, **{name: arguments[name] for name in KEPT if name in arguments}}
