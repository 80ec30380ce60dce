"""The named things in a state: an env says them, or they are found on the screen of a game that is known."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
from gymnasium.envs.registration import EnvSpec
from stable_baselines3.common.vec_env import VecEnv

from ..objects import Objects, find_objects
from .names import attribute_of, in_processes
from .states import States

METHOD = "objects"  # of an env that knows its things: () -> {name: (H, W) bool}, of the present observation
MARK = "says_objects"  # attribute of an env in another process that has this method; it is true
AnyStates = TypeVar("AnyStates", bound=States)


class SaidObjects:
    """
    What the envs of a batch say of their present observations.

    :param env: any; it says nothing unless each of its envs has a method ``objects``, and in other processes also the attribute
        ``says_objects = True``. A method of this name that means something else might raise, and that ends a process
    """

    def __init__(self, env: VecEnv) -> None:
        self._env: VecEnv | None = env if _has_method(env) else None

    def now(self) -> list[Objects] | None:
        """{name: (H, W) bool} of each env; None if they say nothing, or something else."""
        if self._env is None:
            return None
        try:
            said = self._env.env_method(METHOD)
        except Exception:  # an env's own code, which may take arguments or raise; things are an extra
            said = None
        if said is None or not all(map(_are_masks, said)):
            self._env = None  # it does not mean this
            return None
        return said


def game_of(env: VecEnv) -> str:
    """
    Which Atari game an env plays.

    :param env: any
    :return: name of ALE's ROM, such as ``enduro``; empty if it is not known, or no Atari game
    """
    if in_processes(env):
        return ""
    rom = attribute_of(env, "rom")  # of `make_atari`
    spec = attribute_of(env, "spec")
    if not isinstance(rom, str) and isinstance(spec, EnvSpec) and spec.namespace in ("ALE", None):
        rom = spec.kwargs.get("game")  # of ALE's own ids in gymnasium
    return rom if isinstance(rom, str) else ""


def with_objects(states: AnyStates, game: str) -> AnyStates:
    """
    States with the things on their frames.

    :param states: any; what is known of their things already stays
    :param game: as :func:`game_of` gives it
    :return: the same states if nothing is found
    """
    if states.objects is not None or not game:
        return states
    found = find_objects(game, states.frames)
    return states if found is None else replace(states, objects=found)


def _has_method(env: VecEnv) -> bool:
    try:
        if in_processes(env):  # a method there cannot be fetched, it can only be called
            return env.has_attr(MARK) and all(said is True for said in env.get_attr(MARK))
        return env.has_attr(METHOD) and callable(attribute_of(env, METHOD))
    except Exception:  # envs and wrappers raise what they like for a name that they do not have; things are an extra
        return False


def _are_masks(said: Any) -> bool:
    return isinstance(said, Mapping) and all(
        isinstance(name, str) and isinstance(x, np.ndarray) and x.dtype == np.bool_ and x.ndim == 2 for name, x in said.items()
    )
