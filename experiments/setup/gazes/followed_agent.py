"""A trained agent whose Jacobian moves or teaches another agent's gaze."""

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
    A ``VectorGazeWrapper``, whose gaze may follow an agent, or learn from one.

    :param env: to be wrapped
    :param gaze_kwargs: for the wrapper; ``forced`` or ``taught`` may be ``follow:RUN``
    :param device: of the other agent
    :raises ConfigError: if there is no such agent, or if it sees something else
    """
    gaze_kwargs = with_whole_path(gaze_kwargs)
    tiles = None if gaze_kwargs.get("relative") else gaze_kwargs.get("tiles")
    whole = tuple(tiles) if isinstance(tiles, list | tuple) else tiles
    gazes: dict[str, JacobianGaze] = {}
    for name, verb in (("forced", "follow"), ("taught", "learn from")):
        followed = Followed.of(gaze_kwargs.get(name))
        if followed is None:
            continue
        refused = f"the gaze cannot {verb} {followed.model}"
        try:
            gaze = _loaded(followed.model, followed.model.stat().st_mtime_ns, followed.head, whole or FINE, device)
        except (SaliencyError, OSError) as error:
            raise EnvError(f"{refused}: {first_line(error)}") from error
        seen, given = gaze.policy.observation_space, env.single_observation_space
        if not (isinstance(given, spaces.Box) and seen.shape == given.shape and seen.dtype == given.dtype):
            raise EnvError(f"{refused}: it sees {seen}, but this env shows {given}")
        gazes[name] = gaze
    return VectorGazeWrapper(env, **{**gaze_kwargs, **gazes})


@lru_cache(maxsize=2)
def _loaded(model: Path, written: int, head: str | None, tiles: int | tuple[int, int], device: str) -> JacobianGaze:
    """One network for all envs of a run; ``written`` is the time of the file, so that a new file is read."""
    return JacobianGaze(load_policy(model, device), head, tiles)
