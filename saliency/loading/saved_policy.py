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
from . import weights
from .archive import Archive
from .class_names import class_of
from .json_entries import LARGEST as LARGEST_ENTRIES
from .json_entries import JsonEntries
from .keywords_of_policy import keywords_of
from .refusal import Refusal
from .size_budget import SizeBudget
from .spaces_of_models import space_of

NEEDED = ("policy_class", "observation_space", "action_space")
# SB3's algorithms keep it, and some of its policies take it.
PASSED_ON = ("use_sde",)
NOT_OF_SB3 = "is a .zip, but not one that model.save of stable-baselines3 writes"
EXTRA_NUMBERS = 1_000_000  # that a policy may have beside three times its weights: buffers, and layers that it replaces


def load_policy(path: str | Path, device: th.device | str = "auto", trust: bool = False, own_module: str = "") -> BasePolicy:
    """
    The policy in a model's .zip, whatever the algorithm. The file names the policy's class and has everything to make it.

    Unlike the algorithm's own ``load``, this makes no env and no replay buffer. No code in the file is run, unless ``trust`` says
    so: pickles are read as data, classes are taken from SB3, sb3-contrib, saccade and torch only, and sizes have limits.

    :param path: of the file
    :param device: of torch
    :param trust: read the file as SB3 does. This runs whatever code is in it. Needed for classes and functions of one's own, which
        must be importable
    :param own_module: a module of yours. Classes that the file names are then taken from its package, too. They are imported and
        made with the arguments in the file
    :return: in evaluation mode
    :raises SavedPolicyError: if the file is missing or damaged, if SB3 did not save it, or if it needs ``trust``
    """
    path = found_file(path)
    try:
        policy = _trusted(path, device) if trust else _untrusted(path, own_module)
    except Refusal as refusal:
        raise SavedPolicyError(f"{path} {refusal}") from refusal
    except OSError as error:
        raise SavedPolicyError(f"{path} cannot be read: {error}") from error
    policy.to(get_device(device))
    policy.set_training_mode(False)
    return policy


def weights_of(path: str | Path) -> dict[str, th.Tensor]:
    """
    The weights of a model's policy alone. They need no class, so a policy of one's own has them, too; no code in the file is run.

    :param path: of the file
    :return: tensors by name, on the CPU
    :raises SavedPolicyError: if the file is missing or damaged, or if SB3 did not save it
    """
    path = found_file(path)
    try:
        with path.open("rb") as file:
            archive = Archive(file)
            if "policy.pth" not in archive.members:
                raise Refusal(NOT_OF_SB3)
            return weights.read_weights(archive.read("policy.pth", weights.LARGEST))
    except Refusal as refusal:
        raise SavedPolicyError(f"{path} {refusal}") from refusal
    except OSError as error:
        raise SavedPolicyError(f"{path} cannot be read: {error}") from error


def env_steps_of(path: Path) -> int:
    """
    The env steps of training that a model has had; 0 if its file does not say it.

    :param path: of the file
    :raises SavedPolicyError: if the file is damaged
    """
    try:
        with path.open("rb") as file:
            steps = JsonEntries(Archive(file).read("data", LARGEST_ENTRIES)).node("num_timesteps")
    except Refusal as refusal:
        raise SavedPolicyError(f"{path} {refusal}") from refusal
    return steps if type(steps) is int else 0


def found_file(path: str | Path) -> Path:
    """
    The file that a path means; ``.zip`` may be left out, as SB3's own load takes it.

    :raises SavedPolicyError: if there is none
    """
    path = Path(path)
    if not path.exists() and path.with_name(f"{path.name}.zip").is_file():
        path = path.with_name(f"{path.name}.zip")
    if not path.is_file():
        raise SavedPolicyError(f"there is no file {path}")
    return path


def _untrusted(path: Path, own: str) -> BasePolicy:
    with path.open("rb") as file:
        archive = Archive(file)
        if "data" not in archive.members or "policy.pth" not in archive.members:
            raise Refusal(NOT_OF_SB3)
        entries = JsonEntries(archive.read("data", LARGEST_ENTRIES))
        if any(name not in entries for name in NEEDED):
            raise Refusal(NOT_OF_SB3)
        policy_class = class_of(entries.node("policy_class"), (BasePolicy,), own)
        data = {
            "observation_space": space_of(entries.node("observation_space")),
            "action_space": space_of(entries.node("action_space")),
            "policy_kwargs": keywords_of(entries.node("policy_kwargs"), own),
            **{name: _switch(entries.node(name), name) for name in PASSED_ON if name in entries},
        }
        state = weights.read_weights(archive.read("policy.pth", weights.LARGEST))
    try:
        with SizeBudget(3 * weights.numbers_of(state) + EXTRA_NUMBERS):
            policy = _made(policy_class, data)
        _load_weights(policy, state)
    except Refusal:
        raise
    # The constructors of SB3 and contrib raise whatever they like when arguments do not fit. The message says what it was.
    except Exception as error:
        raise Refusal(f"has a {policy_class.__name__} that cannot be rebuilt: {first_line(error)}") from error
    return policy


def _switch(node: Any, name: str) -> bool:
    if node is not None and not isinstance(node, bool):
        raise Refusal(f"is damaged: its {name} is neither true nor false")
    return bool(node)


def _trusted(path: Path, device: th.device | str) -> BasePolicy:
    if not zipfile.is_zipfile(path):
        raise Refusal("is not a .zip, or is damaged; model.save of stable-baselines3 writes a .zip")
    try:
        data, kept, _ = load_from_zip_file(path, device=device, custom_objects=_left_out(path))
    # Unpickling imports and runs other people's code, which may raise anything. So may damaged bytes. The message says what it was.
    except Exception as error:
        raise Refusal(
            f"cannot be read ({first_line(error)}); it is damaged, or it needs packages or classes that are not installed"
        ) from error
    if data is None or "policy" not in kept or any(key not in data for key in NEEDED):
        raise Refusal(NOT_OF_SB3)
    policy_class = data["policy_class"]
    if not (inspect.isclass(policy_class) and issubclass(policy_class, BasePolicy)):
        raise Refusal(f"names {policy_class!r} as its policy, which cannot be imported; make its module importable")
    try:
        policy = _made(policy_class, data)
        _load_weights(policy, kept["policy"])  # type: ignore[arg-type]  # SB3 declares them as tensors
    # The policy's constructor may be anybody's and raise anything. The message says what it was.
    except Exception as error:
        raise Refusal(f"has a {policy_class.__name__} that cannot be rebuilt: {first_line(error)}") from error
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


def _load_weights(policy: BasePolicy, state: dict[str, th.Tensor]) -> None:
    """Loads all weights. Before version 1.7 SB3 wrote the shared features extractor under one name, now it writes three."""
    missing, unknown = policy.load_state_dict(state, strict=False)
    aliases = ("pi_features_extractor.", "vf_features_extractor.")
    missing = [name for name in missing if not (name.startswith(aliases) and getattr(policy, "share_features_extractor", False))]
    if missing or unknown:
        raise ValueError(f"its weights do not fit: {len(missing)} are missing, {len(unknown)} unknown")
