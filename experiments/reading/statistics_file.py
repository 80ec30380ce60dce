"""The statistics of a VecNormalize, out of the file that it saves."""

import importlib.util
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from gymnasium import spaces
from stable_baselines3.common.running_mean_std import RunningMeanStd
from stable_baselines3.common.vec_env import VecNormalize

from ...saliency.errors import first_line
from ...saliency.loading.arrays import array_of, number_of
from ...saliency.loading.inert_pickle import Made, read_pickle
from ...saliency.loading.refusal import Refusal
from ...saliency.loading.spaces_of_models import space_of
from ..errors import ConfigError

LARGEST = 64 * 2**20  # bytes
OF_SB3 = "stable_baselines3.common.vec_env.vec_normalize.VecNormalize"
STATISTICS = "stable_baselines3.common.running_mean_std.RunningMeanStd"
NUMBERS = ("clip_obs", "clip_reward", "gamma", "epsilon")


def read_statistics(path: Path, trust: bool = False) -> VecNormalize:
    """
    The VecNormalize of a file, without an env. It normalises no rewards and learns nothing more.

    The file is a pickle. It is read as data, and a new VecNormalize gets its numbers.

    :param path: of the file, such as ``vecnormalize.pkl``
    :param trust: unpickle it as SB3 does, which runs the code in it
    :raises ConfigError: if it is missing or damaged, or holds something else
    """
    if not path.is_file():
        raise ConfigError(f"there is no file {path}")
    try:
        made = _unpickled(path) if trust else _read(path)
    except Refusal as refusal:
        raise ConfigError(f"{path} {refusal}") from refusal
    except Exception as error:  # unpickling may raise anything, and so may damaged bytes; the message says what it was
        raise ConfigError(f"{path} holds no VecNormalize: {first_line(error)}") from error
    made.training, made.norm_reward = False, False
    return made


class _OfGymnasium(pickle.Unpickler):
    """Reads spaces of gym, the package before gymnasium, as those of gymnasium: most models on the hub are as old as that."""

    def find_class(self, module: str, name: str) -> Any:
        if module.partition(".")[0] == "gym" and importlib.util.find_spec("gym") is None:
            module = f"gymnasium{module.removeprefix('gym')}"
        return super().find_class(module, name)


def _unpickled(path: Path) -> VecNormalize:
    with path.open("rb") as file:
        found = _OfGymnasium(file).load()
    if not isinstance(found, VecNormalize):
        raise Refusal(f"holds no VecNormalize, but {type(found).__name__}")
    return found


def _read(path: Path) -> VecNormalize:
    if path.stat().st_size > LARGEST:
        raise Refusal(f"has more than {LARGEST:,} bytes")
    try:
        found = read_pickle(path.read_bytes())
    except Refusal as refusal:
        raise Refusal(f"holds no VecNormalize that can be read: it {refusal}") from refusal
    if not (isinstance(found, Made) and found.calls(OF_SB3) and isinstance(found.state, dict)):
        raise Refusal("holds no VecNormalize; give the file that VecNormalize.save wrote")
    state = found.state
    seen, switched_on = space_of(state.get("observation_space")), state.get("norm_obs") is True
    keys = state.get("norm_obs_keys")
    names = [key for key in keys if isinstance(key, str)] if isinstance(keys, list) else None
    if names is None and isinstance(seen, spaces.Dict):  # as SB3 wrote it before it had keys
        names = list(seen.spaces)
    made = VecNormalize.__new__(VecNormalize)
    # What SB3 itself gives a VecNormalize out of a file. The wrapped env's own entries come with `set_venv`.
    made.__setstate__(
        {
            "observation_space": seen,
            "action_space": space_of(state.get("action_space")),
            "norm_obs": switched_on,
            "norm_obs_keys": names,
            "obs_rms": _statistics(state.get("obs_rms"), seen, names) if switched_on else None,
            "ret_rms": RunningMeanStd(shape=()),
            "old_reward": np.array([]),
            "num_envs": 0,
            "reset_infos": [],
            "_seeds": [],
            "_options": [],
            "metadata": {},
            **{name: float(number_of(state.get(name))) for name in NUMBERS},
        }
    )
    return made


def _statistics(node: Any, seen: spaces.Space, names: list[str] | None) -> Any:
    """Means and variances of one observation, or of the entries of a dict."""
    if isinstance(seen, spaces.Dict):
        if not isinstance(node, Mapping) or set(node) != set(names or ()) or not node.keys() <= seen.spaces.keys():
            raise Refusal("is damaged: its statistics are of other entries than its observations")
        return {name: _statistics(node[name], seen[name], None) for name in node}
    if not (isinstance(node, Made) and node.calls(STATISTICS) and isinstance(node.state, dict)):
        raise Refusal("is damaged: it lacks means and variances")
    mean, var = (_numbers(node.state.get(name)) for name in ("mean", "var"))
    if mean.shape != seen.shape or var.shape != seen.shape:
        raise Refusal(f"is damaged: its means have the shape {mean.shape}, its observations {seen.shape}")
    made = RunningMeanStd(shape=seen.shape)
    made.mean, made.var, made.count = mean, var, float(number_of(node.state.get("count")))
    return made


def _numbers(node: Any) -> np.ndarray:
    try:
        return array_of(node)
    except Refusal:  # of one number numpy makes no array
        return np.asarray(number_of(node))
