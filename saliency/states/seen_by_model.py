"""What a model in training has seen lately, for a callback that is not shown each step."""

from typing import Any

import numpy as np
from gymnasium import spaces
from stable_baselines3.common.base_class import BaseAlgorithm

from .states import one_of


def seen_by_model(model: BaseAlgorithm, most: int) -> list[Any]:
    """
    The latest observations of the first training env that the model still has, the oldest first.

    They come from the rollout buffer or SB3's own replay buffer, as the policy saw them: a replay buffer keeps what is not
    normalised yet. Where there is no buffer, or it keeps observations in another form, there is only the last observation. Nothing
    is drawn at random, so training goes on as it would have.

    :param model: in training
    :param most: how many at most
    :return: observations of one env, (...) each, or dicts of them; empty before the first step
    """
    buffer: Any = getattr(model, "rollout_buffer", None) or getattr(model, "replay_buffer", None)
    buffer = buffer if hasattr(buffer, "full") else None  # that of PQN, which is on the device, perhaps in another form
    kept = getattr(buffer, "observations", None)
    count = 0 if buffer is None else buffer.buffer_size if buffer.full else buffer.pos
    arrays = list(kept.values()) if isinstance(kept, dict) else [kept]
    if count and all(_is_by_env(array, buffer) for array in arrays):
        end = buffer.pos + count  # of a ring, where the next one goes
        met = [_met(model, kept, place % count) for place in range(end - min(most, count), end)]
        normaliser = None if buffer is getattr(model, "rollout_buffer", None) else model.get_vec_normalize_env()
        return met if normaliser is None else [normaliser.normalize_obs(one) for one in met]
    last: Any = model._last_obs
    return [] if last is None else [one_of(last, 0)]


def _is_by_env(array: Any, buffer: Any) -> bool:
    """Whether the first two axes are time and env. A rollout buffer that is being learned from has them in one."""
    return isinstance(array, np.ndarray) and array.shape[:2] == (buffer.buffer_size, buffer.n_envs) and array.ndim >= 2


def _met(model: BaseAlgorithm, kept: Any, place: int) -> Any:
    """One observation of the first env as the env gave it. Buffers keep a whole number, such as one of Discrete, in an axis."""
    space = model.observation_space
    if isinstance(kept, dict):
        assert isinstance(space, spaces.Dict)
        return {key: np.array(values[place, 0]).reshape(space[key].shape or ()) for key, values in kept.items()}
    return np.array(kept[place, 0]).reshape(space.shape or ())
