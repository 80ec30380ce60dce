"""The drawing of an episode that an env may offer, with its steps in colours of their strength."""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
from stable_baselines3.common.vec_env import VecEnv, unwrap_vec_normalize

from ..states.game_pictures import as_rgb
from ..states.names import attribute_of, in_processes

METHOD = "drawn"  # of an env or its game: (observations (T, ...), strengths (T,) in [0, 1] or None) -> (H, W, 3) uint8
DECISION = "decision"  # a further argument of it, if it has one: the step of the decision
Drawing = Callable[[Any, np.ndarray | None, int | None], np.ndarray | None]


def drawing_of(env: VecEnv) -> Drawing | None:
    """
    How an env draws one episode, from its observations alone: as ink, say, or as a row of symbols.

    :param env: any; it may have a method ``drawn(observations, strengths)`` or ``drawn(observations, strengths, decision)``, or a
        ``game`` that has one. Envs in other processes are not asked, because a method there cannot be fetched
    :return: takes the observations (T, ...) of an episode as the policy sees them, the strength of each step (T,) from 0 to 1 or
        None, and the step of the decision in this episode or None. It gives a picture (H, W, 3) uint8, or None if the env draws
        something else. None: the env offers no drawing
    """
    if in_processes(env):
        return None
    of_env = attribute_of(env, METHOD)
    own = of_env if callable(of_env) else getattr(attribute_of(env, "game"), METHOD, None)
    if not callable(own):
        return None
    statistics, takes_decision = unwrap_vec_normalize(env), _takes(own, DECISION)

    def draw(observations: Any, strengths: np.ndarray | None, decision: int | None) -> np.ndarray | None:
        raw = observations if statistics is None else statistics.unnormalize_obs(observations)
        return as_rgb(own(raw, strengths, **({DECISION: decision} if takes_decision else {})))

    return draw


def _takes(function: Callable[..., Any], name: str) -> bool:
    try:
        return name in inspect.signature(function).parameters
    except ValueError:  # compiled functions may not say what they take
        return False


def shares(norms: np.ndarray) -> np.ndarray:
    """
    Strengths as a drawing takes them.

    :param norms: (T,), non-negative
    :return: (T,) shares of the largest; zeros if all are zero
    """
    most = norms.max(initial=0.0)
    return norms / most if most > 0 else np.zeros_like(norms)
