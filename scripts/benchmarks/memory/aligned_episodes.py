"""Episodes of tasks whose answers rest on one known step each, as the checks through time take them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.vec_env import VecEnv

from saccade.envs.tasks.copy_recall import CopyRecall
from saccade.envs.tasks.reorder.reorder import Reorder
from saccade.saliency.checks.through_time.episode import Episode
from saccade.saliency.states.names import attribute_of

NONE = -1  # no answer, no step
Game = Reorder | CopyRecall


def played_episodes(policy: BasePolicy, env: VecEnv) -> list[Episode]:
    """
    The first episode of each copy, played greedily. Every step that asks something is a decision.

    :param policy: with a memory
    :param env: Reorder or CopyRecall; it is reset
    """
    game: Any = attribute_of(env, "game")
    obs: Any = env.reset()
    infos, states, starts = env.unwrapped.reset_infos, None, np.ones(env.num_envs, dtype=bool)
    seen, gold = [], []
    for t in range(game.length):
        seen.append(np.array(obs))
        gold.append([aligned_step(game, info, t) for info in infos])
        actions, states = policy.predict(obs, states, starts, deterministic=True)
        obs, _, starts, infos = env.step(actions)
    steps = np.array(gold).T
    return [episode_of(game, np.stack([x[i] for x in seen]), steps[i]) for i in range(env.num_envs)]


def aligned_step(game: Game, info: dict[str, Any], t: int) -> int:
    """
    The step that the right answer at a step rests on; -1 where nothing is asked.

    :param game: that asks
    :param info: of that step
    :param t: the step
    """
    if isinstance(game, CopyRecall):
        return t - game.delay if info["answer"] >= 0 else NONE
    return int(info["alignment"])


def episode_of(game: Game, seen: np.ndarray, gold: Sequence[int] | np.ndarray) -> Episode:
    """
    An episode with what is known of it. In Reorder maps may point at the steps of reading, and the diagonal takes the k-th word
    that was read for the k-th word that is said. In CopyRecall they may point at any step so far, and there is no diagonal.

    :param game: that was played
    :param seen: (T, ...) observations
    :param gold: (T,) for each step the one that its right answer rests on, or -1
    """
    decisions = np.flatnonzero(np.asarray(gold) != NONE)
    alignment = np.asarray(gold)[decisions]
    if isinstance(game, CopyRecall):
        return Episode(seen, decisions.tolist(), alignment=alignment)
    first = game.words - len(decisions)  # a short sentence waits before its first word
    inputs = np.arange(len(seen)) < game.words
    return Episode(seen, decisions.tolist(), inputs, diagonal=first + np.arange(len(decisions)), alignment=alignment)


def silence(game: Game, seen: np.ndarray) -> np.ndarray:
    """
    The same steps without symbols: a dark picture in CopyRecall; in Reorder the place alone, as before a short sentence.

    :param game: that was played
    :param seen: (T, ...) observations
    :return: (T, ...)
    """
    silent = np.array(seen)
    if isinstance(game, CopyRecall):
        silent[:] = 0
    else:
        silent[:, : game.symbols] = 0
    return silent
