"""A new model, from an agent and its hyperparameters."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.torch_layers import FlattenExtractor
from stable_baselines3.common.vec_env import VecEnv

from ...agents.forced_gaze import ATTRIBUTE, hear_of_forced_gaze
from ...agents.taught_gaze import hear_of_taught_gaze
from ...saliency.readers.head_reader import eye_of
from ..errors import ConfigError
from ..reading.dotted_names import with_classes
from .agent_spec import AgentSpec
from .hyperparameters import OF_THE_RUN
from .policies import policy_class
from .values.bounds import Fall
from .values.culprit import made_with
from .values.keywords import parameters

SMALLEST = 36  # pixels on a side of an image for the convolutions of NatureCNN
FREE_NOW = "the model was trained with a forced gaze, but this env leaves the gaze free: from now on the agent learns where to look"


def build_model(
    spec: AgentSpec, hyperparameters: Mapping[str, Any], env: VecEnv, seed: int, device: str, eager: bool = False
) -> BaseAlgorithm:
    """
    A new model.

    :param spec: the agent
    :param hyperparameters: checked, and fitted to the run
    :param env: to train on
    :param seed: of networks, exploration and env
    :param device: of torch
    :param eager: updates in float32, not compiled
    :raises ConfigError: if the agent cannot be made from these hyperparameters
    :raises UnknownPolicyError: if an agent that looks has a policy without a retina
    """
    arguments = {key: value for key, value in hyperparameters.items() if key not in OF_THE_RUN}
    if eager:
        known = parameters(spec.algorithm)
        arguments = {**{name: False for name in ("compile", "autocast") if name in known}, **arguments}
    policy: Any = policy_class(spec, hyperparameters["policy"])

    def made(given: dict[str, Any]) -> BaseAlgorithm:
        try:
            return spec.algorithm(policy, env, seed=seed, device=device, **_for_sb3(spec, given))
        # Algorithms, policies and networks check the user's hyperparameters in their constructors, and raise a ValueError.
        except ValueError as error:
            raise ConfigError(f"agent {spec.name!r} cannot be made from these hyperparameters: {error}") from error

    model = made_with(made, arguments, f"agent {spec.name!r}")
    if spec.looks:
        eye_of(model.policy)  # or it is refused, before anything is written
    tell_of_gaze(model, env)
    return model


def _for_sb3(spec: AgentSpec, given: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments as the algorithm takes them: copies, since SB3 may change nested ones, and these belong to the configuration."""
    arguments = deepcopy(dict(given))
    for name in spec.may_fall:
        fall = Fall.of(arguments.get(name))
        if fall is not None:
            arguments[name] = fall.schedule()
    if spec.replay_buffer is not None:
        arguments["replay_buffer_class"] = spec.replay_buffer
    if isinstance(arguments.get("policy_kwargs"), Mapping):
        arguments["policy_kwargs"] = with_classes(arguments["policy_kwargs"])
    return arguments


def flattened(model: BaseAlgorithm) -> str | None:
    """
    What to say of a network without convolutions that gets images, which SB3 makes vectors of; None if it has no reason to have
    some. Images smaller than SB3's ``NatureCNN`` takes are such a reason.

    :param model: with its policy
    """
    extractor, shape = getattr(model.policy, "features_extractor_class", None), model.observation_space.shape or ()
    flat = isinstance(extractor, type) and issubclass(extractor, FlattenExtractor)
    if not flat or len(shape) != 3 or sorted(shape)[1] < SMALLEST:
        return None
    name = type(model.policy).__name__
    return f"{name} has no convolutions: images {shape} go into it as vectors; for images take a policy such as CnnPolicy"


def tell_of_gaze(model: BaseAlgorithm, env: VecEnv) -> str | None:
    """
    Tell a policy that chooses where to look whether the env forces the gaze, so that PPO does not learn from gazes that were
    never made, and whether it teaches the gaze. A saved model keeps it. The env's word goes before what the policy remembers of an
    earlier env.

    :param model: whose policy is told
    :param env: that it learns in
    :return: what to say if a policy that was trained with a forced gaze chooses its own from now on; None otherwise
    """
    before = getattr(model.policy, ATTRIBUTE, False)
    hear_of_forced_gaze(model, env)
    hear_of_taught_gaze(model, env)
    return FREE_NOW if before and not model.policy.forced_gaze else None
