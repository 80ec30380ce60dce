"""Distinct states of many games."""

import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import torch as th
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.vec_env import VecEnv

from saccade.saliency import States
from saccade.saliency.readers.entries import letters_of
from saccade.saliency.states.game_pictures import game_pictures
from saccade.saliency.states.play import Recollection, act
from saccade.saliency.states.states import one_of, stacked


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

    States that are equal count once. So a game that goes like another one has no states here, and is no second game.

    :param policy: plays greedily but for the random actions
    :param env: Atari games that draw themselves; it is reset
    :param steps: env steps of each env
    :param every: env steps between two states of an env
    :param epsilon: probability of a random action
    :param seed: of the random actions
    """
    random, recollection, hidden = np.random.default_rng(seed), Recollection(policy), None
    choices = int(env.action_space.n)  # type: ignore[attr-defined]  # of an Atari game
    numbers, start = np.arange(env.num_envs), np.ones(env.num_envs, dtype=bool)
    kept: dict[bytes, tuple[int, Any, np.ndarray, th.Tensor | None]] = {}
    met = 0
    seen: Any = env.reset()
    for step in range(1, steps + 1):
        memory = recollection.before(start)
        if step % every == 0:
            pictures = game_pictures(env)
            assert pictures is not None  # ALE draws
            for i, number in enumerate(numbers):
                one, met = one_of(seen, i), met + 1
                kept.setdefault(_told(one), (int(number), one, pictures[i], None if memory is None else memory[i : i + 1]))
        recollection.see(seen)
        actions, hidden = act(policy, seen, hidden, start)
        other = random.random(env.num_envs) < epsilon
        actions = np.where(other, random.integers(choices, size=env.num_envs), actions)
        seen, _, start, _ = env.step(actions)
        numbers = np.where(start, numbers + env.num_envs, numbers)  # env i plays the games i, i + N, i + 2 N, ...
    found = sorted(kept.values(), key=lambda one: one[0])  # which leaves the order within a game
    games, ones, frames, memories = zip(*found, strict=True)
    states = States(
        stacked(ones),
        np.stack(frames),
        memory=None if memories[0] is None else th.cat(memories),
        axes=letters_of(policy),
        games=np.unique(games, return_inverse=True)[1],
    )
    assert states.games is not None
    return Played(states, np.bincount(states.games).tolist(), met - len(found))


def _told(observation: Any) -> bytes:
    """The same for equal observations."""
    parts = observation.values() if isinstance(observation, Mapping) else [observation]
    return hashlib.sha256(b"".join(np.ascontiguousarray(x).tobytes() for x in parts)).digest()


def spread(rows: np.ndarray, most: int) -> np.ndarray:
    """At most so many of the rows, evenly spread over them: the rule by which states are taken."""
    return rows if len(rows) <= most else rows[(np.arange(most) * len(rows) + len(rows) // 2) // most]
