"""Which policy a hyperparameter file means, and whether it takes its keyword arguments."""

import inspect
from collections.abc import Mapping
from typing import Any

from torch.optim import LBFGS

from ..errors import ConfigError
from ..reading.dotted_names import class_named, with_classes
from .agent_spec import AgentSpec
from .values.keywords import is_known, parameter_types, problem_of, takes_own_names

OF_SB3 = ("observation_space", "action_space", "lr_schedule", "buffer_size", "device", "n_envs")  # SB3 gives these itself
NESTED = ("policy_kwargs", "replay_buffer_kwargs")  # hyperparameters that are keyword arguments
MAY_BE_ZERO = ("waves",)  # soft attention without a spatial basis


def policy_class(spec: AgentSpec, name: str) -> type:
    """
    The policy class that a name means: a dotted one, or one of the algorithm's own short names.

    :raises ConfigError: if there is none
    """
    aliases = spec.algorithm.policy_aliases
    if not isinstance(name, str):
        raise ConfigError(f"policy is {name!r}; it must be a name, such as {next(iter(aliases), 'my_module.MyPolicy')}")
    if name in aliases:
        return aliases[name]
    if "." not in name:
        raise ConfigError(f"unknown policy {name!r}; {spec.name} has: {', '.join(aliases)}, or a class by its dotted name")
    return class_named(name, "policy")


def check_nested_kwargs(spec: AgentSpec, hyperparameters: Mapping[str, Any], where: str) -> None:
    """
    Check the keyword arguments of the policy, of its features extractor and of the replay buffer: their names, their plain types,
    and that no layer has a size below 1.

    :param spec: the agent
    :param hyperparameters: of it
    :param where: they come from, for the message
    :raises ConfigError: if one of them is unknown or cannot be
    """
    policy = policy_class(spec, hyperparameters["policy"])
    of_policy = hyperparameters.get("policy_kwargs")
    nested: list[tuple[str, Any, Any]] = [("policy_kwargs", policy, of_policy)]
    if spec.replay_buffer is not None:
        nested.append(("replay_buffer_kwargs", spec.replay_buffer, hyperparameters.get("replay_buffer_kwargs")))
    if isinstance(of_policy, Mapping):
        keywords = with_classes(of_policy)
        extractor = keywords.get("features_extractor_class", _default_extractor(policy))
        if extractor is not None and not inspect.isclass(extractor):
            raise ConfigError(
                f"{where}: policy_kwargs: features_extractor_class is {extractor!r}, which is not a class; leave it out, and give "
                "a policy by its dotted name whose default it is"
            )
        _check_classes(keywords, where)
        nested.append(("features_extractor_kwargs", extractor, of_policy.get("features_extractor_kwargs")))
    for name, function, given in nested:
        if given is None or function is None:
            continue
        if not isinstance(given, Mapping):
            raise ConfigError(f"{where}: {name} must be keyword arguments, such as {{}}, not {given!r}")
        if takes_own_names(function):
            continue
        hints = {one: hint for one, hint in parameter_types(function).items() if one not in OF_SB3}
        for one, value in with_classes(given).items():
            if one not in hints:
                raise ConfigError(f"{where}: {name}: {function.__name__} has no {one!r}; it has: {', '.join(hints)}")
            problem = problem_of(value, hints[one])
            of_layers = name != "replay_buffer_kwargs" and (one == "net_arch" or not isinstance(value, Mapping))
            of_layers = of_layers and hints[one] is not float  # as log_std_init, of which -2 is a usual value
            if problem is None and of_layers and is_known(function):
                problem = _problem_of_sizes(value, least=0 if one in MAY_BE_ZERO else 1)
            if problem is not None:
                raise ConfigError(f"{where}: {name}: {one} {problem}")


def _problem_of_sizes(value: Any, least: int) -> str | None:
    """What is wrong with the size of a layer, or with one of the sizes in ``net_arch``; None if nothing is."""
    if isinstance(value, list | tuple | Mapping):
        parts = value.values() if isinstance(value, Mapping) else value
        return next((problem for part in parts if (problem := _problem_of_sizes(part, least)) is not None), None)
    if isinstance(value, int) and not isinstance(value, bool) and value < least:
        return f"is {value}; it must be a whole number, at least {least}"
    return None


def _check_classes(keywords: Mapping[str, Any], where: str) -> None:
    for name in ("activation_fn", "optimizer_class"):
        if name in keywords and not inspect.isclass(keywords[name]):
            raise ConfigError(
                f"{where}: policy_kwargs: {name} is {keywords[name]!r}; it must be the dotted name of a class, such as "
                "torch.nn.ReLU"
            )
    chosen = keywords.get("optimizer_class")
    if inspect.isclass(chosen) and issubclass(chosen, LBFGS):
        raise ConfigError(
            f"{where}: policy_kwargs: optimizer_class {chosen.__name__} asks for the loss several times a step, which no agent "
            "does; take another, such as torch.optim.Adam"
        )


def _default_extractor(policy: type) -> type | None:
    """The features extractor that a policy uses by default."""
    for owner in inspect.getmro(policy):
        if "__init__" in vars(owner):
            default = inspect.signature(vars(owner)["__init__"]).parameters.get("features_extractor_class")
            if default is not None:
                return default.default if inspect.isclass(default.default) else None
    return None
