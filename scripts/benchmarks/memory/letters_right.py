"""How many letters of held-out words by held-out hands are named right."""

from typing import Any

import numpy as np
import torch as th
from sb3_contrib.common.recurrent.policies import RecurrentActorCriticPolicy

from saccade.envs.counter_random import uniforms
from saccade.envs.tasks.pen.letters import ALPHABET, TWINS
from saccade.envs.tasks.pen.pen_strokes import PenStrokes
from saccade.scripts.benchmarks.memory.figures import share
from saccade.scripts.benchmarks.memory.written import Written, answers_of, of_game

KINDS = {"with_dot": "".join(TWINS), "without_dot": "".join(TWINS.values()), "t_and_x": "tx"}
KINDS["others"] = "".join(letter for letter in ALPHABET if letter not in "".join(KINDS.values()))
DOTTED = {twin: letter for letter, twin in TWINS.items()}


def letter_figures(policy: RecurrentActorCriticPolicy, count: int, seed: int, env_kwargs: dict[str, Any]) -> dict[str, Any]:
    """
    Letters right as the env draws words, hands and missing dots. The answer "end" behind a word does not count.

    :param policy: recurrent
    :param count: episodes
    :param seed: of the first one
    :param env_kwargs: of the env
    """
    told = episodes(count, seed, env_kwargs)
    right, letters = answers_of(policy, told).argmax(-1) == told.answers, told.answers != told.game.end
    known = {word: number for number, word in enumerate(dict.fromkeys(map(with_dots, told.words)))}
    of_word = np.array([known[with_dots(word)] for word in told.words])
    clusters = np.broadcast_to(of_word[:, None], letters.shape)
    named = np.array([*ALPHABET, "end"])[told.answers]
    whole = (right | ~letters).all(1)
    found = {"letters": share(right[letters], clusters[letters]), "whole_words": share(whole, of_word)}
    found["ends"] = share(right[~letters], clusters[~letters])
    for kind, members in KINDS.items():
        own = np.isin(named, list(members))
        found[kind] = share(right[own], clusters[own])
    return {"episodes": count, "different_words": len(known), **found}


def episodes(count: int, seed: int, env_kwargs: dict[str, Any]) -> Written:
    """
    Episodes as the env draws them.

    :param count: of them
    :param seed: of the first one
    :param env_kwargs: of the env
    """
    game, keys = PenStrokes(**env_kwargs), th.arange(count) + seed
    game.begin(uniforms(keys, th.zeros_like(keys), game.draws), keys, th.zeros_like(keys))
    return of_game(game, tuple(game.word(i) for i in range(count)))


def with_dots(word: str) -> str:
    """A word with all its dots."""
    return "".join(DOTTED.get(letter, letter) for letter in word)
