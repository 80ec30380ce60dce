"""What RL Zoo's files say of a model's env."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gymnasium as gym
from stable_baselines3.common.vec_env import VecEnvWrapper

from ..errors import ConfigError, ZooError
from ..model_envs.wrapping import Wrapping
from ..setup.values.plain_values import plain
from .wrapper_names import named_wrappers
from .zoo_yaml import Unread, read_zoo_yaml

FILES = ("args.yml", "config.yml", "env_kwargs.yml")


@dataclass(frozen=True)
class ZooSettings:
    """
    :param env: gymnasium id
    :param algo: RL Zoo's name of the algorithm
    :param env_kwargs: keyword arguments of the env
    :param wrapping: its wrappers
    :param normalised: whether observations were normalised in training
    :param packages: modules that register the env
    :param notes: what was not read, in lines
    """

    env: str | None = None
    algo: str | None = None
    env_kwargs: Mapping[str, Any] | None = None
    wrapping: Wrapping | None = None
    normalised: bool = False
    packages: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @classmethod
    def read(cls, files: Mapping[str, Path], trust: bool) -> "ZooSettings":
        """
        :param files: those of :data:`FILES` that there are, by name
        :param trust: whether wrappers may be of any package
        :raises ZooError: if one cannot be used
        """
        content = {name: read_zoo_yaml(path) for name, path in files.items()}
        args, config, chosen = (content.get(name, {}) for name in FILES)
        unread = [f"{name}: {key} has {found.tag}" for name, one in content.items() for key, found in one.items() if _odd(found)]
        env_kwargs: dict[str, Any] = {}
        for name, given in (("config.yml", config.get("env_kwargs")), ("args.yml", args.get("env_kwargs")), (FILES[2], chosen)):
            # As RL Zoo does it: the command line's take the place of those of the file.
            env_kwargs = _keyword_arguments(given, name) if given else env_kwargs
        env_kwargs.pop("render_mode", None)  # experiments choose it
        return cls(
            _text(args.get("env"), "args.yml: env"),
            _text(args.get("algo"), "args.yml: algo"),
            env_kwargs,
            _wrapping(config, trust) if "config.yml" in files else None,
            _normalised(config.get("normalize", False)),
            _packages(args.get("gym_packages")),
            tuple(f"{line}, which is not read." for line in unread),
        )


def _odd(value: Any) -> bool:
    return isinstance(value, Unread)


def _text(value: Any, what: str) -> str | None:
    if value is not None and not isinstance(value, str):
        raise ZooError(f"{what} is {value!r}; it must be a name")
    return value


def _packages(given: Any) -> tuple[str, ...]:
    if not isinstance(given or [], list) or not all(isinstance(name, str) for name in given or []):
        raise ZooError(f"args.yml: gym_packages is {given!r}; it must be a list of names")
    return tuple(given or ())


def _keyword_arguments(given: Any, name: str) -> dict[str, Any]:
    given = _literal(given, f"{name}: env_kwargs")
    if not (isinstance(given, dict) and all(isinstance(key, str) for key in given)):
        raise ZooError(f"{name}: env_kwargs is {given!r}; it must be keyword arguments by name")
    try:
        return dict(plain(dict(given), f"{name}: env_kwargs"))
    except ConfigError as error:
        raise ZooError(str(error)) from error


def _wrapping(config: Mapping[str, Any], trust: bool) -> Wrapping:
    stack = config.get("frame_stack")
    if stack is not None and (not isinstance(stack, int) or isinstance(stack, bool) or not 0 <= stack <= 1000):
        raise ZooError(f"config.yml: frame_stack is {stack!r}; it must be a whole number")
    return Wrapping(
        named_wrappers(config.get("env_wrapper"), gym.Wrapper, "config.yml: env_wrapper", trust),
        named_wrappers(config.get("vec_env_wrapper"), VecEnvWrapper, "config.yml: vec_env_wrapper", trust),
        max(stack or 1, 1),
    )


def _normalised(normalize: Any) -> bool:
    """Whether ``normalize`` means observations: true, or keyword arguments of VecNormalize."""
    said = _literal(normalize, "config.yml: normalize")
    if isinstance(said, dict):
        return bool(said.get("norm_obs", True))
    if not isinstance(said, bool | None):
        raise ZooError(f"config.yml: normalize is {normalize!r}; it must be true, false or keyword arguments")
    return bool(said)


def _literal(value: Any, what: str) -> Any:
    """A value that may be written as Python in a text, such as ``"{'norm_obs': True}"`` or ``"dict(norm_obs=True)"``."""
    if isinstance(value, Unread):
        raise ZooError(f"{what} has {value.tag}, which is not read, because it can run code")
    if not isinstance(value, str):
        return value
    try:
        body = ast.parse(value.strip(), mode="eval").body
        if isinstance(body, ast.Call) and isinstance(body.func, ast.Name) and body.func.id == "dict" and not body.args:
            return {str(one.arg): ast.literal_eval(one.value) for one in body.keywords}
        return ast.literal_eval(body)
    # What the parser raises for text that is not Python, too deep, or has null bytes.
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError) as error:
        raise ZooError(f"{what} is {value[:80]!r}, which is not a plain Python value") from error
