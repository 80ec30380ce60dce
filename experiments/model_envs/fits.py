"""Whether a policy can play an env, and where the two differ."""

from gymnasium import spaces
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.vec_env import VecEnv

from ..errors import EnvError


def check_fits(policy: BasePolicy, env: VecEnv, name: str) -> None:
    """
    Check that a policy can play an env.

    :raises EnvError: if its observations or actions are others; the env is closed then
    """
    for kind, wanted, given in (
        ("sees", policy.observation_space, env.observation_space),
        ("chooses from", policy.action_space, env.action_space),
    ):
        if not alike(wanted, given):
            env.close()
            differing = difference(wanted, given)
            raise EnvError(f"the model {kind} {wanted}, but {name} has {given}{differing}; give the env that it was trained in")


def alike(wanted: spaces.Space, given: spaces.Space) -> bool:
    """Whether two spaces are equal but for their bounds, which wrappers state more or less exactly."""
    if isinstance(wanted, spaces.Dict) and isinstance(given, spaces.Dict):
        return wanted.keys() == given.keys() and all(alike(wanted[key], given[key]) for key in wanted)
    if isinstance(wanted, spaces.Box) and isinstance(given, spaces.Box):
        return wanted.shape == given.shape and wanted.dtype == given.dtype
    return wanted == given


def difference(wanted: spaces.Space, given: spaces.Space) -> str:
    """
    What two spaces differ in, in brackets, to be put behind them; nothing where that is plain to see.

    :param wanted: of the model
    :param given: of the env
    """
    if isinstance(wanted, spaces.Dict) and isinstance(given, spaces.Dict):
        for what, keys in (("the env lacks", wanted.keys() - given.keys()), ("the model lacks", given.keys() - wanted.keys())):
            if keys:
                return f" ({what} {', '.join(sorted(keys))})"
        unlike = [key for key in wanted if not alike(wanted[key], given[key])]
        return f" (they differ in {', '.join(unlike)})"
    if not (isinstance(wanted, spaces.Box) and isinstance(given, spaces.Box)):
        return ""
    if wanted.shape == given.shape:
        return f" ({wanted.dtype} and {given.dtype})"
    if sorted(wanted.shape) == sorted(given.shape):
        return " (the axes have another order)"
    if len(wanted.shape) == len(given.shape) and wanted.shape[1:] == given.shape[1:] and len(wanted.shape) > 1:
        return f" ({wanted.shape[0]} channels and {given.shape[0]})"
    return f" (shapes {wanted.shape} and {given.shape})"
