"""The policy of a model that anybody saved with stable-baselines3."""

import inspect
import zipfile
from pathlib import Path
from typing import Any

import torch as th
from gymnasium import spaces
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.save_util import load_from_zip_file
from stable_baselines3.common.utils import get_device

NEEDED = ("policy_class", "observation_space", "action_space")
# Kept by SB3's algorithms, and taken by some of its policies.
PASSED_ON = ("use_sde", "normalize_images")


class SavedPolicyError(ValueError):
    """What is wrong with a file, in one line that names it."""


def load_policy(path: str | Path, device: th.device | str = "auto") -> BasePolicy:
    """
    The policy in a model's .zip, of whatever algorithm: the file names the policy's class and has all that it is made from.

    Unlike the algorithm's own ``load`` this makes no env and no replay buffer. As with that, the file's pickled parts are run: load
    what you trust only. The policy's class must be importable.

    :param path: of the file
    :param device: of torch
    :return: in evaluation mode
    :raises SavedPolicyError: if the file is missing or damaged, or no model of SB3's
    """
    path = Path(path)
    if not path.is_file():
        raise SavedPolicyError(f"there is no file {path}")
    if not zipfile.is_zipfile(path):
        raise SavedPolicyError(f"{path} is no .zip as model.save of stable-baselines3 writes it")
    try:
        data, weights, _ = load_from_zip_file(path, device=device)
    # Unpickling runs other people's constructors, which may raise anything; besides, damaged archives do.
    except Exception as error:
        raise SavedPolicyError(f"{path} cannot be read ({_first_line(error)}); it is damaged, or it needs packages or classes that "
                               "are not here") from error
    if data is None or "policy" not in weights or any(key not in data for key in NEEDED):
        raise SavedPolicyError(f"{path} is a .zip, but not of a model that stable-baselines3 saved")
    policy_class = data["policy_class"]
    if not (inspect.isclass(policy_class) and issubclass(policy_class, BasePolicy)):
        raise SavedPolicyError(f"{path} names {policy_class!r} as its policy, which cannot be imported; make its module importable")
    try:
        policy = _made(policy_class, data)
        policy.load_state_dict(weights["policy"])  # type: ignore[arg-type]  # SB3 declares them as tensors
    # The policy's own constructor; torch tells of weights that do not fit in a RuntimeError.
    except Exception as error:
        raise SavedPolicyError(f"the {policy_class.__name__} of {path} cannot be made anew: {_first_line(error)}") from error
    policy.to(get_device(device))
    policy.set_training_mode(False)
    return policy


def _made(policy_class: type[BasePolicy], data: dict[str, Any]) -> BasePolicy:
    arguments = dict(data.get("policy_kwargs") or {})
    taken = inspect.signature(policy_class.__init__).parameters
    everything = any(parameter.kind is parameter.VAR_KEYWORD for parameter in taken.values())
    for name in PASSED_ON:
        if name in data and name not in arguments and (name in taken or (everything and data[name])):
            arguments[name] = data[name]
    arguments.pop("device", None)
    observed: spaces.Space = data["observation_space"]
    return policy_class(observed, data["action_space"], lambda _: 0.0, **arguments)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0] or type(error).__name__
