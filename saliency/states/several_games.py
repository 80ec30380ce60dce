"""States of several games at once. Random or repeated actions make the games differ; greedy play alone repeats itself."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import torch as th
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.vec_env import VecEnv

from ..readers.entries import letters_of
from .game_pictures import env_that_draws, game_pictures
from .known_objects import SaidObjects
from .masks import masks_of
from .play import Recollection, act
from .states import OneState, States, one_of, together


class Moment(NamedTuple):
    """
    What N games show in one step.

    :ivar observations: (N, ...)
    :ivar memory: (N, M, H) of a recurrent policy before this step, or None
    :ivar masks: (N, A) which actions are allowed, or None
    :ivar games: (N,) a number of each game; the next game of an env has another one
    """

    observations: Any
    memory: th.Tensor | None
    masks: th.Tensor | None
    games: np.ndarray


def moments(policy: BasePolicy, env: VecEnv, seed: int = 0, *, sticky: float = 0.0, epsilon: float = 0.0) -> Iterator[Moment]:
    """
    Play without end, step by step. Where the env masks actions, play is greedy, because another action may be forbidden.

    :param policy: that plays
    :param env: N games; it is reset
    :param seed: of repeated and random actions
    :param sticky: probability that a game repeats its last action (Machado et al. 2018; here by env steps)
    :param epsilon: probability of a random action
    """
    random, count = np.random.default_rng(seed), env.num_envs
    env.action_space.seed(seed)
    obs: Any = env.reset()
    recollection, memory_of_act, last = Recollection(policy), None, None
    start, games = np.ones(count, dtype=bool), np.arange(count) - count
    while True:
        games = games + count * start
        memory, masks = recollection.before(start), masks_of(policy, env)
        yield Moment(obs, memory, masks, games)
        recollection.see(obs)
        actions, memory_of_act = act(policy, obs, memory_of_act, start, masks)
        if masks is None:
            for game in np.flatnonzero(random.random(count) < epsilon):
                actions[game] = env.action_space.sample()
            repeated = (random.random(count) < sticky) & ~start
            if last is not None:
                actions = np.where(repeated.reshape(-1, *[1] * (actions.ndim - 1)), last, actions)
        last = actions
        obs, _, start, _ = env.step(actions)


def state_of(moment: Moment, i: int) -> OneState:
    """
    A copy of one game's state.

    :param moment: of N games
    :param i: which one
    """
    memory, masks = (None if x is None else x[i] for x in (moment.memory, moment.masks))
    return OneState(one_of(moment.observations, i), memory=memory, masks=masks, game=int(moment.games[i]))


def states_of_games(
    policy: BasePolicy, make: Callable[[str | None], VecEnv], steps: np.ndarray, seed: int = 0, sticky: float = 0.25
) -> States:
    """
    States of N games in turn, with the pictures that the env draws and the things that it says. No state is picked.

    :param policy: that plays
    :param make: makes an env of N games with a render mode, or without pictures; it is closed
    :param steps: (B,) at which a state is taken, rising; the first one from the first game, the second one from the second game
    :param seed: of the repeated actions
    :param sticky: as for :func:`moments`
    """
    env = env_that_draws(make)
    try:
        kept: list[OneState] = []
        saying = SaidObjects(env)
        for step, moment in enumerate(moments(policy, env, seed, sticky=sticky)):
            due = len(kept) + np.arange(int((steps == step).sum()))
            if len(due):
                pictures, said = game_pictures(env), saying.now()
            for k in due:
                i = int(k % env.num_envs)
                frame = None if pictures is None else pictures[i]
                kept.append(replace(state_of(moment, i), frame=frame, objects=None if said is None else said[i]))
            if len(kept) == len(steps):
                break
    finally:
        env.close()
    return replace(together(kept), axes=letters_of(policy))
