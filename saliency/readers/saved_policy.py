"""The policy of any model that stable-baselines3 saved."""

import inspect
import json
import zipfile
from pathlib import Path
from typing import Any

import torch as th
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.save_util import load_from_zip_file
from stable_baselines3.common.utils import get_device
from stable_baselines3.common.vec_env.patch_gym import _convert_space

from ..errors import SavedPolicyError, first_line

NEEDED = ("policy_class", "observation_space", "action_space")
# SB3's algorithms keep it, and some of its policies take it.
PASSED_ON = ("use_sde",)


def load_policy(path: str | Path, device: th.device | str = "auto") -> BasePolicy:
    """
    The policy in a model's .zip, whatever the algorithm. The file names the policy's class and has everything to make it.

    Unlike the algorithm's own ``load``, this makes no env and no replay buffer. Like it, this runs the pickled parts of the file:
    load only what you trust. The policy's class must be importable.

    :param path: of the file
    :param device: of torch
    :return: in evaluation mode
    :raises SavedPolicyError: if the file is missing or damaged, or if SB3 did not save it
    """
    path = Path(path)
    if not path.exists() and path.with_name(f"{path.name}.zip").is_file():  # as SB3's own load takes it
        path = path.with_name(f"{path.name}.zip")
    if not path.is_file():
        raise SavedPolicyError(f"there is no file {path}")
    if not zipfile.is_zipfile(path):
        raise SavedPolicyError(f"{path} is not a .zip, or is damaged; model.save of stable-baselines3 writes a .zip")
    try:
        data, weights, _ = load_from_zip_file(path, device=device, custom_objects=_left_out(path))
    # Unpickling imports and runs other people's code, which may raise anything. So may damaged bytes. The message says what it was.
    except Exception as error:
        raise SavedPolicyError(
            f"{path} cannot be read ({first_line(error)}); it is damaged, or it needs packages or classes that are not installed"
        ) from error
    if data is None or "policy" not in weights or any(key not in data for key in NEEDED):
        raise SavedPolicyError(f"{path} is a .zip, but not one that model.save of stable-baselines3 writes")
    policy_class = data["policy_class"]
    if not (inspect.isclass(policy_class) and issubclass(policy_class, BasePolicy)):
        raise SavedPolicyError(f"{path} names {policy_class!r} as its policy, which cannot be imported; make its module importable")
    try:
        policy = _made(policy_class, data)
        _load_weights(policy, weights["policy"])  # type: ignore[arg-type]  # SB3 declares them as tensors
    # The policy's constructor may be anybody's and raise anything. The message says what it was.
    except Exception as error:
        raise SavedPolicyError(f"the {policy_class.__name__} of {path} cannot be rebuilt: {first_line(error)}") from error
    policy.to(get_device(device))
    policy.set_training_mode(False)
    return policy


def _left_out(path: Path) -> dict[str, Any]:
    """The entries that a policy does not need. They are not unpickled, because they may need modules that are not installed."""
    with zipfile.ZipFile(path) as archive:
        kept = json.loads(archive.read("data")) if "data" in archive.namelist() else {}
    return {name: None for name in kept if name not in (*NEEDED, "policy_kwargs", *PASSED_ON)}


def _made(policy_class: type[BasePolicy], data: dict[str, Any]) -> BasePolicy:
    arguments = dict(data.get("policy_kwargs") or {})
    arguments.pop("device", None)
    layers = arguments.get("net_arch")
    if isinstance(layers, list) and layers and isinstance(layers[0], dict):  # as SB3 wrote it before version 1.8
        arguments["net_arch"] = layers[0]
    taken = inspect.signature(policy_class.__init__).parameters
    everything = any(parameter.kind is parameter.VAR_KEYWORD for parameter in taken.values())
    for name in PASSED_ON:
        if name in data and name not in arguments and (name in taken or (everything and data[name])):
            arguments[name] = data[name]
    observed, chosen = (_convert_space(data[name]) for name in ("observation_space", "action_space"))  # of gym, in old files
    # The policies of ARS, which has no optimizer, take no learning rate.
    open_ended = any(parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD) for parameter in taken.values())
    rate: list[Any] = [lambda _: 0.0] if "lr_schedule" in taken or open_ended else []
    return policy_class(observed, chosen, *rate, **arguments)


def _load_weights(policy: BasePolicy, weights: dict[str, th.Tensor]) -> None:
    """Loads all weights. Before version 1.7 SB3 wrote the shared features extractor under one name, now it writes three."""
    missing, unknown = policy.load_state_dict(weights, strict=False)
    aliases = ("pi_features_extractor.", "vf_features_extractor.")
    missing = [name for name in missing if not (name.startswith(aliases) and getattr(policy, "share_features_extractor", False))]
    if missing or unknown:
        raise ValueError(f"its weights do not fit: {len(missing)} are missing, {len(unknown)} unknown")
