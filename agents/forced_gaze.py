"""Whether the gaze is the agent's own choice."""

import inspect
from typing import Any

import numpy as np
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.vec_env import VecEnv

ATTRIBUTE = "forced_gaze"  # of saccade.envs.GazeWrapper and VectorGazeWrapper


def says_gaze(env: VecEnv) -> bool:
    """Whether an env says who chooses the gaze. Then its word goes before what a policy remembers of an earlier env."""
    return env.has_attr(ATTRIBUTE)


def forced_gazes(env: VecEnv, otherwise: bool = False) -> np.ndarray:
    """
    Ask envs whether their gaze ignores the actions, as a control in experiments.

    The question goes through all of SB3's wrappers and to envs in other processes.

    :param env: N envs
    :param otherwise: what holds for an env that does not say it
    :return: (N,) bool
    """
    if not says_gaze(env):
        return np.full(env.num_envs, otherwise)
    return np.array([bool(forced) for forced in env.get_attr(ATTRIBUTE)])


def hear_of_forced_gaze(model: BaseAlgorithm, env: VecEnv) -> None:
    """
    Set the attribute ``forced_gaze`` of a policy to what the env says, whatever it was before. A saved model keeps it. An env that
    does not say it leaves the policy as it is, and a policy without the attribute is left alone.

    :param model: whose policy it is
    :param env: that it learns in
    :raises ValueError: if only some of the envs force the gaze
    """
    policy: Any = model.policy
    if not hasattr(policy, ATTRIBUTE):
        return
    forced = forced_gazes(env, otherwise=bool(policy.forced_gaze))
    if forced.any() != forced.all():
        raise ValueError(
            f"{forced.sum()} of {len(forced)} envs force the gaze; one policy learns in envs that all force it, or all do not"
        )
    set_in_policy(model, ATTRIBUTE, bool(forced.all()))


def set_in_policy(model: BaseAlgorithm, attribute: str, value: bool) -> None:
    """Set an attribute of a policy, and have a saved model keep it, if the policy's constructor takes it."""
    setattr(model.policy, attribute, value)
    if _takes(type(model.policy), attribute) and model.policy_kwargs.get(attribute, False) != value:
        model.policy_kwargs = {**model.policy_kwargs, attribute: value}


def _takes(policy_class: type, attribute: str) -> bool:
    """Whether a constructor takes the attribute, by itself or with ``**kwargs`` that it hands on."""
    for owner in inspect.getmro(policy_class):
        if "__init__" in vars(owner):
            parameters = inspect.signature(vars(owner)["__init__"]).parameters
            if attribute in parameters:
                return True
            if not any(one.kind is one.VAR_KEYWORD for one in parameters.values()):
                return False
    return False
