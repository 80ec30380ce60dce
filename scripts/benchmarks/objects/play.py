"""Distinct states of many games."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.vec_env import VecEnv

from saccade.saliency import States
from saccade.saliency.memory.stretch_of_play import evenly
from saccade.saliency.readers.entries import letters_of
from saccade.saliency.states.game_pictures import game_pictures
from saccade.saliency.states.several_games import moments, state_of
from saccade.saliency.states.states import OneState, together
from saccade.scripts.benchmarks.shown_first.states import key_of


class Played(NamedTuple):
    """
    States of play.

    :ivar states: sorted by game, and within a game by step; with frames and without things. Games are 0, 1, ...
    :ivar games: how many states each game has
    :ivar copies: how many further states were equal to one of these and are left out
    """

    states: States
    games: list[int]
    copies: int


def play(policy: BasePolicy, env: VecEnv, steps: int, every: int, epsilon: float, seed: int) -> Played:
    """
    Play on, game after game, in each env.

    States that are equal count once. So a game that goes like another one has no states here, and is not a second game.

    :param policy: plays greedily but for the random actions
    :param env: Atari games that draw themselves; it is reset
    :param steps: env steps of each env
    :param every: env steps between two states of an env
    :param epsilon: probability of a random action
    :param seed: of the random actions
    """
    kept: dict[bytes, OneState] = {}
    met = 0
    for step, moment in enumerate(moments(policy, env, seed, epsilon=epsilon), start=1):
        if step % every == 0:
            pictures = game_pictures(env)
            assert pictures is not None  # ALE draws
            for i, picture in enumerate(pictures):
                one, met = state_of(moment, i), met + 1
                kept.setdefault(key_of(one.observation), replace(one, frame=picture))
        if step == steps:
            break
    states = together(sorted(kept.values(), key=lambda one: one.game or 0))  # which leaves the order within a game
    assert states.games is not None  # `together` knows them
    numbers = np.unique(states.games, return_inverse=True)[1]
    return Played(replace(states, axes=letters_of(policy), games=numbers), np.bincount(numbers).tolist(), met - len(kept))


def spread(rows: np.ndarray, most: int) -> np.ndarray:
    """At most so many of the rows, evenly spread over them: the rule by which states are taken."""
    return rows[evenly(most, len(rows))]
