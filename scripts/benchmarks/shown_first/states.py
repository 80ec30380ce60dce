"""Distinct states of several games, of which none is picked."""

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.vec_env import VecEnv

from saccade.experiments import ConfigError
from saccade.saliency import States
from saccade.saliency.states.several_games import moments, state_of
from saccade.saliency.states.states import OneState, together


def states_of_play(policy: BasePolicy, env: VecEnv, count: int, spacing: int, epsilon: float, seed: int) -> States:
    """
    Distinct states of play with some random actions. No state is picked: from every game one comes after so many steps.

    :param policy: that plays, greedily but for the random actions
    :param env: games
    :param count: of states
    :param spacing: env steps between two states of a game
    :param epsilon: probability of a random action
    :param seed: of the random actions
    :raises ConfigError: if play shows too few distinct states
    """
    kept: dict[bytes, OneState] = {}
    for step, moment in enumerate(moments(policy, env, seed, epsilon=epsilon)):
        if step and step % spacing == 0:
            for i in range(env.num_envs):
                one = state_of(moment, i)
                kept.setdefault(key_of(one.observation), one)
        if len(kept) >= count:
            break
        if step > 100 * spacing * (1 + count // env.num_envs):
            raise ConfigError(f"play shows {len(kept)} distinct states only; ask for fewer", option="states")
    return together(list(kept.values())[:count])


def key_of(observation: Any) -> bytes:
    """
    The same for equal observations, and different for others.

    :param observation: of one env: an array, or a dict of them
    """
    parts = observation.values() if isinstance(observation, Mapping) else [observation]
    return hashlib.sha256(b"".join(np.ascontiguousarray(x).tobytes() for x in parts)).digest()
