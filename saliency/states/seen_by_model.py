"""What a model in training has seen lately, for a callback that is not shown each step."""

from typing import Any

import numpy as np
from stable_baselines3.common.base_class import BaseAlgorithm


def seen_by_model(model: BaseAlgorithm, most: int) -> list[Any]:
    """
    The latest observations of the first training env that the model still has, the oldest first.

    They come from the rollout buffer or SB3's own replay buffer. Where there is none, or it keeps observations in another form,
    there is only the last observation. Nothing is drawn at random, so training goes on as it would have.

    :param model: in training
    :param most: how many at most
    :return: observations of one env, (...) each, or dicts of them; empty before the first step
    """
    buffer: Any = getattr(model, "rollout_buffer", None) or getattr(model, "replay_buffer", None)
    kept = getattr(buffer, "observations", None)
    count = 0 if buffer is None else buffer.buffer_size if buffer.full else buffer.pos
    arrays = list(kept.values()) if isinstance(kept, dict) else [kept]
    if count and all(_is_by_env(array, buffer) for array in arrays):
        end = buffer.pos + count  # of a ring, where the next one goes
        return [_row(kept, (place % count, 0)) for place in range(end - min(most, count), end)]
    last = model._last_obs
    return [] if last is None else [_row(last, 0)]


def _is_by_env(array: Any, buffer: Any) -> bool:
    """Whether the first two axes are time and env. A rollout buffer that is being learned from has them in one."""
    return isinstance(array, np.ndarray) and array.shape[:2] == (buffer.buffer_size, buffer.n_envs) and array.ndim >= 2


def _row(observations: Any, place: Any) -> Any:
    if isinstance(observations, dict):
        return {key: np.array(values[place]) for key, values in observations.items()}
    return np.array(observations[place])
