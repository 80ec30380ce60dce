"""A recurrent policy that is asked, step by step."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from stable_baselines3.common.type_aliases import PolicyPredictor
from stable_baselines3.common.vec_env import VecEnv

from ....agents.episodic.told_answers import ANSWER
from ..clusters import clustered_standard_error
from ..games import EvaluationStopped


@dataclass(frozen=True)
class Answers:
    """
    Answers to all questions of some episodes.

    :param right: (n,) 1 for a right answer, else 0
    :param episodes: (n,) the episode of each answer, from 0
    """

    right: np.ndarray
    episodes: np.ndarray

    @property
    def right_percent(self) -> float:
        return 100 * float(self.right.mean())

    @property
    def standard_error(self) -> float | None:
        """Of ``right_percent``; answers of one episode are a cluster. None for one episode."""
        error = 100 * clustered_standard_error(self.right, self.episodes)
        return None if np.isnan(error) else error

    @property
    def faultless_percent(self) -> float:
        """Share of episodes without a wrong answer."""
        wrong = np.bincount(self.episodes, weights=1 - self.right)[np.unique(self.episodes)]
        return 100 * float((wrong == 0).mean())

    @property
    def count(self) -> int:
        """Episodes in which something was asked."""
        return len(np.unique(self.episodes))


def ask_in_turn(
    model: PolicyPredictor,
    env: VecEnv,
    episodes: int,
    stop: Callable[[], bool] = lambda: False,
    progress: Callable[[int], None] = lambda ended: None,
) -> Answers:
    """
    The answers of whole episodes, played without exploration.

    All episodes must have the same length, as in the suite's tasks.

    :param model: the player, or its policy
    :param env: is reset; tells the right actions as ``info["answer"]``
    :param episodes: in total
    :param stop: asked after every step whether to break off
    :param progress: told after every step how many episodes have ended
    :raises EvaluationStopped: if ``stop`` said so
    """
    obs, states, starts = env.reset(), None, np.ones(env.num_envs, dtype=bool)
    expected = _expected(env.unwrapped.reset_infos)
    right: list[np.ndarray] = []
    numbers: list[np.ndarray] = []
    done = 0
    while done < episodes:
        actions, states = model.predict(obs, states, starts, deterministic=True)  # type: ignore[arg-type]
        asked = np.flatnonzero((expected >= 0) & (done + np.arange(env.num_envs) < episodes))
        right.append(actions[asked] == expected[asked])
        numbers.append(done + asked)
        obs, _, starts, infos = env.step(actions)
        done += env.num_envs if starts.all() else 0
        expected = _expected(env.unwrapped.reset_infos if starts.all() else infos)
        progress(min(done, episodes))
        if stop():
            raise EvaluationStopped
    return Answers(np.concatenate(right).astype(np.float64), np.concatenate(numbers))


def _expected(infos: list[dict[str, Any]]) -> np.ndarray:
    """The right actions at the present step, (N,)."""
    return np.array([info[ANSWER] for info in infos], dtype=np.int64)
