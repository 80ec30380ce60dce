"""Names of an env's actions and of the features of its vectors."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gymnasium.vector import AsyncVectorEnv
from stable_baselines3.common.vec_env import SubprocVecEnv, VecEnv

# As gymnasium documents them.
KNOWN_FEATURES: dict[str, tuple[str, ...]] = {
    "CartPole": ("cart position", "cart velocity", "pole angle", "pole angular velocity"),
    "MountainCar": ("position", "velocity"),
    "MountainCarContinuous": ("position", "velocity"),
    "Acrobot": ("cos angle 1", "sin angle 1", "cos angle 2", "sin angle 2", "angular velocity 1", "angular velocity 2"),
    "Pendulum": ("cos angle", "sin angle", "angular velocity"),
    "LunarLander": ("x", "y", "x velocity", "y velocity", "angle", "angular velocity", "left leg contact", "right leg contact"),
}
KNOWN_ACTIONS: dict[str, tuple[str, ...]] = {
    "CartPole": ("left", "right"),
    "MountainCar": ("left", "none", "right"),
    "Acrobot": ("torque -1", "torque 0", "torque +1"),
    "LunarLander": ("nothing", "left engine", "main engine", "right engine"),
}


@dataclass(frozen=True)
class Names:
    """
    :param actions: of discrete actions, in order; empty: they are not known
    :param features: of a vector's features, in order; empty: they are not known
    """

    actions: tuple[str, ...] = ()
    features: tuple[str, ...] = ()

    @classmethod
    def of(cls, env: VecEnv, features: Sequence[str] | None = None) -> "Names":
        """
        Names that an env gives (``get_action_meanings``, ``feature_names`` or ``observation_names``, as an attribute or in its
        metadata), else those of gymnasium's classic envs.

        :param env: any
        :param features: names of the user's, which come first
        """
        known = "" if in_processes(env) else str(getattr(attribute_of(env, "spec"), "name", ""))
        meanings = _asked(lambda: env.has_attr("get_action_meanings") and env.env_method("get_action_meanings"))
        actions = _texts(meanings) or KNOWN_ACTIONS.get(known, ())
        return cls(actions, tuple(features or ()) or _features(env) or KNOWN_FEATURES.get(known, ()))

    def for_length(self, length: int) -> "Names":
        """
        The names where they fit a vector. A stack of vectors, oldest first, has each name once a step.

        :param length: of the vector
        """
        count = len(self.features)
        if count in (0, length):
            return self
        stack, left = divmod(length, count)
        if left or stack < 2:
            return Names(self.actions)
        told = (f"{name}{f' (t-{back})' if back else ''}" for back in range(stack - 1, -1, -1) for name in self.features)
        return Names(self.actions, tuple(told))


def _features(env: VecEnv) -> tuple[str, ...]:
    metadata = None if in_processes(env) else attribute_of(env, "metadata")
    for name in ("feature_names", "observation_names"):
        found = _texts(attribute_of(env, name)) or _texts(metadata.get(name) if isinstance(metadata, Mapping) else None)
        if found:
            return found
    return ()


def in_processes(env: VecEnv) -> bool:
    """Whether the envs are in other processes, which end when they are asked for what cannot be pickled."""
    inner = env.unwrapped
    return isinstance(inner, SubprocVecEnv) or isinstance(getattr(getattr(inner, "env", None), "unwrapped", None), AsyncVectorEnv)


def attribute_of(env: VecEnv, name: str) -> Any:
    """An attribute of the first env; None if it has none."""
    return _asked(lambda: env.get_attr(name)[0] if env.has_attr(name) else None)


def told_length(env: VecEnv) -> int | None:
    """Steps of an episode, if the env's game says how many all of them have, as those of the suite do."""
    length = getattr(attribute_of(env, "game"), "length", None)
    return length if isinstance(length, int) and length >= 1 else None


def _texts(found: Any) -> tuple[str, ...]:
    """A list of names, or the first of several such lists."""
    if isinstance(found, list | tuple) and found and isinstance(found[0], list | tuple):
        found = found[0]
    whole = isinstance(found, list | tuple) and all(isinstance(name, str) for name in found)
    return tuple(found) if whole else ()


def _asked(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except Exception:  # envs and wrappers raise what they like for a name that they do not have; names are an extra
        return None
