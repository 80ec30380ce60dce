"""A trained agent whose Jacobian moves another agent's gaze."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from gymnasium import spaces
from gymnasium.vector import VectorEnv

from ....envs import VectorGazeWrapper
from ....saliency.errors import SaliencyError, first_line
from ....saliency.jacobian_gaze import JacobianGaze
from ....saliency.loading.saved_policy import load_policy
from ...errors import EnvError
from .gaze_choice import Followed, with_whole_path

FINE = 7  # tiles on each side, where the gaze itself has none


def gaze_env(env: VectorEnv, gaze_kwargs: Mapping[str, Any], device: str = "auto") -> VectorGazeWrapper:
    """
    A ``VectorGazeWrapper``, whose gaze may follow an agent.

    :param env: to be wrapped
    :param gaze_kwargs: for the wrapper; ``forced`` may be ``follow:RUN``
    :param device: of the agent that is followed
    :raises ConfigError: if the agent cannot be followed
    """
    gaze_kwargs = with_whole_path(gaze_kwargs)
    followed = Followed.of(gaze_kwargs.get("forced"))
    if followed is None:
        return VectorGazeWrapper(env, **gaze_kwargs)
    tiles = None if gaze_kwargs.get("relative") else gaze_kwargs.get("tiles")
    whole = tuple(tiles) if isinstance(tiles, list | tuple) else tiles
    try:
        gaze = _loaded(followed.model, followed.model.stat().st_mtime_ns, followed.head, whole or FINE, device)
    except (SaliencyError, OSError) as error:
        raise EnvError(f"the gaze cannot follow {followed.model}: {first_line(error)}") from error
    seen, given = gaze.policy.observation_space, env.single_observation_space
    if not (isinstance(given, spaces.Box) and seen.shape == given.shape and seen.dtype == given.dtype):
        raise EnvError(f"the gaze cannot follow {followed.model}: it sees {seen}, but this env shows {given}")
    return VectorGazeWrapper(env, **{**gaze_kwargs, "forced": gaze})


@lru_cache(maxsize=2)
def _loaded(model: Path, written: int, head: str | None, tiles: int | tuple[int, int], device: str) -> JacobianGaze:
    """One network for all envs of a run; ``written`` is the time of the file, so that a new file is read."""
    return JacobianGaze(load_policy(model, device), head, tiles)
