"""Episodes of tasks whose answers rest on one known step each, as the checks through time take them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.vec_env import VecEnv

from saccade.envs.tasks.copy_recall import CopyRecall
from saccade.envs.tasks.reorder.reorder import Reorder
from saccade.envs.tasks.reorder.sentence_forms import word_ranges
from saccade.saliency.checks.through_time.episode import Episode
from saccade.saliency.states.names import attribute_of
from saccade.saliency.statistics.alignment import NOBODY

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
        return t - game.delay if info["answer"] >= 0 else NOBODY
    return int(info["alignment"])


def episode_of(game: Game, seen: np.ndarray, gold: Sequence[int] | np.ndarray) -> Episode:
    """
    An episode with what is known of it. In Reorder maps may point at the steps of reading, and the diagonal takes the k-th word
    that was read for the k-th word that is said. In CopyRecall they may point at any step so far, and there is no diagonal.

    :param game: that was played
    :param seen: (T, ...) observations
    :param gold: (T,) for each step the one that its right answer rests on, or -1
    """
    decisions = np.flatnonzero(np.asarray(gold) != NOBODY)
    alignment = np.asarray(gold)[decisions]
    if isinstance(game, CopyRecall):
        return Episode(seen, decisions.tolist(), alignment=alignment)
    first = game.words - len(decisions)  # a short sentence waits before its first word
    inputs = np.arange(len(seen)) < game.words
    return Episode(seen, decisions.tolist(), inputs, diagonal=first + np.arange(len(decisions)), alignment=alignment)


def with_other_words(game: Game, seen: np.ndarray) -> np.ndarray:
    """
    What stands in a step that is taken away: in Reorder another word of the same kind, the next one, so that a sentence keeps its
    form; in CopyRecall a dark picture.

    :param game: that was played
    :param seen: (T, ...) observations without noise
    :return: (T, ...)
    """
    found = np.array(seen)
    if isinstance(game, CopyRecall):
        found[:] = 0
        return found
    for kind in kinds(game):
        found[:, kind] = np.roll(found[:, kind], 1, axis=1)  # silence is silent afterwards, too
    return found


def kinds(game: Reorder) -> list[np.ndarray]:
    """The symbols of each kind of words; of an order without grammar all symbols are of one kind."""
    return [np.array(kind) for kind in word_ranges(game.order, game.symbols).values()]


def along_replacements(game: Reorder, seen: np.ndarray, jacobian: np.ndarray) -> np.ndarray:
    """
    The Jacobian along replacements of a word by another one of its kind, which leave the form of a sentence as it is: of each step
    the norm of the derivatives by the symbols of its word's kind, minus their mean. A step without a word has 0.

    :param game: that was played
    :param seen: (T, D) observations without noise
    :param jacobian: (T_out, T, D)
    :return: (T_out, T)
    """
    found = np.zeros(jacobian.shape[:2])
    for kind in kinds(game):
        of_kind = seen[:, kind].any(axis=1)
        derivatives = jacobian[:, of_kind][..., kind]
        found[:, of_kind] = np.linalg.norm(derivatives - derivatives.mean(axis=-1, keepdims=True), axis=-1)
    return found
