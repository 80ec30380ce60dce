"""The statistics of a VecNormalize, out of the file that it saves."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from stable_baselines3.common.running_mean_std import RunningMeanStd
from stable_baselines3.common.vec_env import VecEnv, VecNormalize

from ...saliency.errors import first_line
from ...saliency.loading.arrays import array_of, number_of
from ...saliency.loading.inert_pickle import Made, read_pickle
from ...saliency.loading.refusal import Refusal
from ..errors import ConfigError

LARGEST = 64 * 2**20  # bytes
OF_SB3 = "stable_baselines3.common.vec_env.vec_normalize.VecNormalize"
STATISTICS = "stable_baselines3.common.running_mean_std.RunningMeanStd"
NUMBERS = ("clip_obs", "clip_reward", "gamma", "epsilon")


def normalized(env: VecEnv, path: Path, trust: bool = False) -> VecNormalize:
    """
    An env whose observations are normalised as in training, with statistics that do not change.

    The file is a pickle. It is read as data, and a new VecNormalize gets its numbers.

    :param env: to wrap
    :param path: of the file, such as ``vecnormalize.pkl``
    :param trust: unpickle it as SB3 does, which runs the code in it
    :raises ConfigError: if it is missing or damaged, or of another env; the env is closed then
    """
    try:
        if not path.is_file():
            raise ConfigError(f"there is no file {path}")
        made = VecNormalize.load(str(path), env) if trust else _read(env, path)
    except ConfigError:
        env.close()
        raise
    except Refusal as refusal:
        env.close()
        raise ConfigError(f"{path} {refusal}") from refusal
    except Exception as error:  # unpickling may raise anything, and so may statistics of another env; the message says what it was
        env.close()
        raise ConfigError(f"{path} holds no VecNormalize for this env: {first_line(error)}") from error
    made.training, made.norm_reward = False, False
    return made


def _read(env: VecEnv, path: Path) -> VecNormalize:
    if path.stat().st_size > LARGEST:
        raise Refusal(f"has more than {LARGEST:,} bytes")
    try:
        found = read_pickle(path.read_bytes())
    except Refusal as refusal:
        raise Refusal(f"holds no VecNormalize that can be read: it {refusal}") from refusal
    if not (isinstance(found, Made) and found.calls(OF_SB3) and isinstance(found.state, dict)):
        raise Refusal("holds no VecNormalize; give the file that VecNormalize.save wrote")
    state = found.state
    keys = state.get("norm_obs_keys")
    numbers = {name: float(number_of(state.get(name))) for name in NUMBERS}
    switched_on = state.get("norm_obs") is True
    names = [key for key in keys if isinstance(key, str)] if isinstance(keys, list) else None
    made = VecNormalize(env, training=False, norm_obs=switched_on, norm_reward=False, norm_obs_keys=names, **numbers)
    if switched_on:
        _fill(made.obs_rms, state.get("obs_rms"))
    return made


def _fill(statistics: Any, node: Any) -> None:
    """Put the file's numbers in the place of fresh ones, of one observation or of the entries of a dict."""
    if isinstance(statistics, Mapping):
        if not isinstance(node, dict) or node.keys() != statistics.keys():
            raise Refusal("holds no VecNormalize for this env: it normalises other entries")
        for key, one in statistics.items():
            _fill(one, node[key])
        return
    assert isinstance(statistics, RunningMeanStd)
    if not (isinstance(node, Made) and node.calls(STATISTICS) and isinstance(node.state, dict)):
        raise Refusal("is damaged: it lacks means and variances")
    mean, var = (_numbers(node.state.get(name)) for name in ("mean", "var"))
    if mean.shape != statistics.mean.shape or var.shape != mean.shape:
        raise Refusal(f"holds no VecNormalize for this env: it is of shape {mean.shape}, the env's is {statistics.mean.shape}")
    statistics.mean, statistics.var, statistics.count = mean, var, float(number_of(node.state.get("count")))


def _numbers(node: Any) -> np.ndarray:
    try:
        return array_of(node)
    except Refusal:  # of one number numpy makes no array
        return np.asarray(number_of(node))
