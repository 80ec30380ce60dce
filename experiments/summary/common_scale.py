"""A scale that the scores of several envs have in common."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...envs.game_names import rom_of
from ...envs.human_scores import RANDOM_AND_HUMAN, human_normalized
from ..setup.env_names import has_answers, is_atari


@dataclass(frozen=True)
class CommonScale:
    """
    Scores of one env are as they are. Of several Atari games they are human-normalised, of several tasks they are shares of right
    answers.

    :param label: what is measured, with its unit
    :param envs: that have it
    :param normalised: whether 0 is random play and 100 a human tester
    """

    label: str
    envs: tuple[str, ...]
    normalised: bool = False

    @classmethod
    def of(cls, envs: Sequence[str]) -> "CommonScale | None":
        """
        :param envs: short names, each once
        :return: the scale that most of them have; None if no two of several have one
        """
        if len(envs) == 1:
            return cls("right answers, %" if has_answers(envs[0]) else "score", tuple(envs))
        games = tuple(env for env in envs if random_and_human(env) is not None)
        tasks = tuple(env for env in envs if has_answers(env))
        if max(len(games), len(tasks)) < 2:
            return None
        return cls("right answers, %", tasks) if len(tasks) > len(games) else cls("human-normalised score, %", games, True)

    def shown(self, env: str, scores: np.ndarray) -> np.ndarray:
        """
        Scores on this scale.

        :param env: one of ``envs``
        :param scores: raw, of any shape
        """
        return normalised(env, scores) if self.normalised else 100 * scores if has_answers(env) else scores


def random_and_human(env: str) -> tuple[float, float] | None:
    """
    Scores of random play and of a human tester.

    :param env: short name
    :return: None for all but Atari games with known scores
    """
    if not is_atari(env):
        return None
    return RANDOM_AND_HUMAN.get(rom_of(env) or "")


def normalised(env: str, scores: np.ndarray) -> np.ndarray:
    """
    100 * (score - random) / (human - random), in percent.

    :param env: with known scores of both
    :param scores: raw
    """
    found = human_normalized(rom_of(env) or "", scores)
    assert found is not None
    return found
