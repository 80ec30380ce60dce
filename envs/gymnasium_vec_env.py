"""SB3's ``VecEnv`` over any gymnasium vector env. Every env of this suite reaches SB3 through it."""

from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from gymnasium.vector import AsyncVectorEnv, AutoresetMode, SyncVectorEnv, VectorEnv, VectorWrapper
from gymnasium.vector.utils import concatenate, create_empty_array
from gymnasium.wrappers.vector import RecordEpisodeStatistics
from stable_baselines3.common.env_util import is_wrapped
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.preprocessing import check_for_nested_spaces
from stable_baselines3.common.vec_env import VecEnv
from stable_baselines3.common.vec_env.base_vec_env import VecEnvIndices, VecEnvObs, VecEnvStepReturn

from .actions_from_zero import counted_from_zero
from .async_subenvs import are_wrapped, call_some, have_attr
from .saved_states import State, restore_state, saved_state

Infos = list[dict[str, Any]]


class GymnasiumVecEnv(VecEnv):
    """
    Any ``gymnasium.vector.VectorEnv`` in SAME_STEP autoreset mode as an SB3 ``VecEnv``.

    The batched arrays go to SB3 as they are. The batched info becomes one dict per env. At the end of an episode this dict
    describes the ended episode, with ``terminal_observation`` and ``TimeLimit.truncated`` as SB3 expects; the info of the
    automatic reset is in ``reset_infos``. Actions are counted from 0, also where the env counts its own from another number.

    :param env: the vector env: ``Sync``, ``Async`` or natively batched, with any vector wrappers
    :param remake: makes another env of the same kind, ``remake(n_envs=, seed=, render_mode=)``, so that
        :class:`saccade.saliency.SaliencyCallback`, for example, can play without changing this env
    :raises TypeError: if ``env`` is not a gymnasium vector env
    :raises ValueError: if its autoreset mode is not SAME_STEP, or if two of its envs are the same object
    :raises NotImplementedError: of SB3's ``check_for_nested_spaces``, if a dict or tuple of observations holds another one
    """

    def __init__(self, env: VectorEnv, remake: Callable[..., VecEnv] | None = None) -> None:
        if not isinstance(env, VectorEnv):
            raise TypeError(
                f"GymnasiumVecEnv takes a gymnasium.vector.VectorEnv, not a {type(env).__name__}; "
                "for a single env use stable_baselines3.common.vec_env.DummyVecEnv"
            )
        mode = env.metadata.get("autoreset_mode")
        if mode != AutoresetMode.SAME_STEP:
            raise ValueError(
                f"SB3 needs autoreset_mode=AutoresetMode.SAME_STEP, but {env} has {mode}; "
                "make it with gymnasium.make_vec(..., vectorization_mode='sync', "
                "vector_kwargs={'autoreset_mode': AutoresetMode.SAME_STEP})"
            )
        subenvs = [subenv.unwrapped for subenv in getattr(env.unwrapped, "envs", ())]
        if len({id(subenv) for subenv in subenvs}) < len(subenvs):
            # The words of SB3's DummyVecEnv.
            raise ValueError(
                "You tried to create multiple environments, but the function to create them returned the same instance instead of "
                "creating different objects. Replace `lambda: env` by a function that creates a new instance at every call"
            )
        check_for_nested_spaces(env.single_observation_space)
        self.env = env
        self.remake = remake
        self._was_reset = False
        self._actions: np.ndarray | None = None
        # Ask the class, not the instance: a wrapper that changes `step` must not be bypassed.
        self._overlaps = hasattr(type(env), "step_async") and hasattr(type(env), "step_wait")
        actions, self._first_action = counted_from_zero(env.single_action_space)
        super().__init__(env.num_envs, env.single_observation_space, actions)
        # SB3 knows the render modes of a VecEnv. VecVideoRecorder takes the frames per second from here.
        self.metadata = {**env.metadata, **self.metadata}

    def reset(self) -> VecEnvObs:
        options = self._options[0] or None
        apart = any(each != self._options[0] for each in self._options)
        if not (apart and self._was_reset):
            observations, infos = self.env.reset(seed=self._joint_seed(), options=options)  # type: ignore[arg-type]
            self.reset_infos = _split(infos, self.num_envs)
        if apart:
            observations = self._reset_one_by_one()
        self._was_reset = True
        self._reset_seeds()
        self._reset_options()
        return observations

    def step_async(self, actions: np.ndarray) -> None:
        actions = self._batched_actions(actions)
        if self.env.action_space.shape is not None and actions.shape != self.env.action_space.shape:
            raise ValueError(f"actions have shape {actions.shape}; {self.num_envs} envs need {self.env.action_space.shape}")
        if np.any(self._first_action):
            actions = actions + self._first_action
        if self._overlaps:
            self.env.step_async(actions)  # type: ignore[attr-defined]
        else:
            self._actions = actions

    def step_wait(self) -> VecEnvStepReturn:
        step = self.env.step_wait() if self._overlaps else self.env.step(self._actions)  # type: ignore[attr-defined]
        observations, rewards, terminated, truncated, batched = step
        dones = terminated | truncated
        ended = np.flatnonzero(dones).tolist()
        if not ended:
            infos = _split({**batched, "TimeLimit.truncated": truncated}, self.num_envs)  # False for all
            return observations, np.asarray(rewards, dtype=np.float32), dones, infos

        apart = ("final_obs", "_final_obs", "final_info", "_final_info")
        infos = _split({key: values for key, values in batched.items() if key not in apart}, self.num_envs)
        finals = _split(batched.get("final_info", {}), self.num_envs)
        for i in ended:
            # After an automatic reset the info describes the next episode. Only RecordEpisodeStatistics describes the ended one.
            self.reset_infos[i] = infos[i]
            has_final = "final_info" in batched and batched.get("_final_info", dones)[i]
            infos[i] = finals[i] if has_final else dict(infos[i])
            if "episode" in self.reset_infos[i]:
                infos[i]["episode"] = self.reset_infos[i].pop("episode")
            # A copy, as in SB3: VecFrameStack writes into it, and it may be the env's own dict.
            infos[i]["terminal_observation"] = deepcopy(_take(batched["final_obs"], i))
        for i, info in enumerate(infos):
            info["TimeLimit.truncated"] = bool(truncated[i] and not terminated[i])
        return observations, np.asarray(rewards, dtype=np.float32), dones, infos

    def close(self) -> None:
        self.env.close()

    def save_state(self) -> State | None:
        """The state of all envs as arrays by name; None if one of the layers cannot be saved."""
        return saved_state(self.env)

    def restore_state(self, state: State) -> None:
        """
        Go on from a state, in place of a reset.

        :param state: from :meth:`save_state` of an env made in the same way
        :raises StateError: if it does not fit
        """
        restore_state(self.env, state)
        self.reset_infos = [{} for _ in range(self.num_envs)]
        self._reset_seeds()  # seeds that wait for a reset
        self._reset_options()

    def has_attr(self, attr_name: str) -> bool:
        if isinstance(self.env.unwrapped, AsyncVectorEnv) and have_attr(self.env.unwrapped, range(self.num_envs), attr_name):
            return True  # its value may not fit through a pipe
        return super().has_attr(attr_name)

    def get_attr(self, attr_name: str, indices: VecEnvIndices = None) -> list[Any]:
        chosen = list(self._get_indices(indices))
        subenvs = self._subenvs()
        if subenvs is not None and all(subenvs[i].has_wrapper_attr(attr_name) for i in chosen):
            return [subenvs[i].get_wrapper_attr(attr_name) for i in chosen]
        if isinstance(self.env.unwrapped, AsyncVectorEnv) and have_attr(self.env.unwrapped, chosen, attr_name):
            return call_some(self.env.unwrapped, chosen, "get_wrapper_attr", attr_name)
        return [self._batched_attr(attr_name) for _ in chosen]

    def set_attr(self, attr_name: str, value: Any, indices: VecEnvIndices = None) -> None:
        """
        Where :meth:`get_attr` finds the attribute. One that nobody has is set in the single envs, as in SB3.

        :raises AttributeError: if nobody has it and there are no single envs
        :raises ValueError: if one batch has it, and ``indices`` are not all envs
        """
        chosen = list(self._get_indices(indices))
        owner, subenvs = self._batched_owner(chosen, attr_name), self._subenvs()
        if owner is not None:
            self._require_all(chosen, f"set {attr_name!r}")
            setattr(owner, attr_name, value)
        elif subenvs is not None:
            for i in chosen:
                subenvs[i].set_wrapper_attr(attr_name, value)
        elif isinstance(self.env.unwrapped, AsyncVectorEnv):
            call_some(self.env.unwrapped, chosen, "set_wrapper_attr", attr_name, value)
        else:
            raise AttributeError(f"{self.env} has no attribute {attr_name!r}")

    def env_method(self, method_name: str, *method_args: Any, indices: VecEnvIndices = None, **method_kwargs: Any) -> list[Any]:
        """The method of whom :meth:`get_attr` asks. A batch is called once for all envs."""
        chosen = list(self._get_indices(indices))
        subenvs = self._subenvs()
        if subenvs is not None and all(subenvs[i].has_wrapper_attr(method_name) for i in chosen):
            return [subenvs[i].get_wrapper_attr(method_name)(*method_args, **method_kwargs) for i in chosen]
        if isinstance(self.env.unwrapped, AsyncVectorEnv) and have_attr(self.env.unwrapped, chosen, method_name):
            return call_some(self.env.unwrapped, chosen, method_name, *method_args, **method_kwargs)
        method = self._batched_attr(method_name)
        self._require_all(chosen, f"call {method_name!r}")
        result = method(*method_args, **method_kwargs)
        return list(result) if isinstance(result, tuple | list) and len(result) == self.num_envs else [result] * self.num_envs

    def env_is_wrapped(self, wrapper_class: type[gym.Wrapper], indices: VecEnvIndices = None) -> list[bool]:
        """
        Whether each env is wrapped in a class. For ``Monitor`` this is also true if the vector env itself reports
        ``info["episode"]``, because that is all SB3 needs from a ``Monitor``.
        """
        chosen = list(self._get_indices(indices))
        if wrapper_class is Monitor and self._reports_episodes():
            return [True for _ in chosen]
        if isinstance(self.env.unwrapped, AsyncVectorEnv):
            return are_wrapped(self.env.unwrapped, chosen, wrapper_class)
        subenvs = self._subenvs()
        if subenvs is None:
            return [False for _ in chosen]
        return [is_wrapped(subenvs[i], wrapper_class) for i in chosen]

    def get_images(self) -> Sequence[np.ndarray | None]:
        frames = self.env.render()
        return [None] * self.num_envs if frames is None else list(frames)  # type: ignore[arg-type]

    def _joint_seed(self) -> int | list[int | None] | None:
        first = self._seeds[0]
        if first is None:
            return None if all(seed is None for seed in self._seeds) else list(self._seeds)
        # gymnasium turns one integer into consecutive seeds, which are SB3's usual ones.
        consecutive = all(seed == first + i for i, seed in enumerate(self._seeds))
        return first if consecutive else list(self._seeds)

    def _reset_one_by_one(self) -> VecEnvObs:
        """Reset each env with its own options. One reset of a gymnasium vector env has the same options for all."""
        if not isinstance(self.env.unwrapped, SyncVectorEnv | AsyncVectorEnv):
            raise ValueError(f"{self.env.unwrapped} is one batch, with the same options for all envs; give set_options one dict")
        for i in range(self.num_envs):
            alone = {"reset_mask": np.arange(self.num_envs) == i}
            observations, infos = self.env.reset(seed=list(self._seeds), options={**self._options[i], **alone})  # type: ignore[arg-type]
            self.reset_infos[i] = _split(infos, self.num_envs)[i]
        return observations

    def _batched_actions(self, actions: Any) -> Any:
        space = self.action_space
        if isinstance(space, spaces.Dict | spaces.Tuple):  # one dict or tuple for each env
            return concatenate(space, list(actions), create_empty_array(space, self.num_envs))  # type: ignore[arg-type]
        return np.asarray(actions)

    def _subenvs(self) -> Sequence[gym.Env] | None:
        """The single envs, where they are in this process."""
        return getattr(self.env.unwrapped, "envs", None)

    def _batched_owner(self, chosen: list[int], name: str) -> VectorEnv | None:
        """The layer of the vector env that has an attribute, if not all of the chosen single envs have it: they go first."""
        inner, subenvs = self.env.unwrapped, self._subenvs()
        if subenvs is not None:
            have = all(subenvs[i].has_wrapper_attr(name) for i in chosen)
        else:
            have = isinstance(inner, AsyncVectorEnv) and have_attr(inner, chosen, name)
        try:
            return None if have else _owner(self.env, name)
        except AttributeError:
            return None

    def _batched_attr(self, name: str) -> Any:
        if name == "render_mode":
            return self.env.render_mode
        return getattr(_owner(self.env, name), name)

    def _require_all(self, chosen: list[int], what: str) -> None:
        if chosen != list(range(self.num_envs)):
            raise ValueError(f"cannot {what} on envs {chosen} alone, because {self.env.unwrapped} is one batch; use indices=None")

    def _reports_episodes(self) -> bool:
        layer: VectorEnv = self.env
        while True:
            if isinstance(layer, RecordEpisodeStatistics) or getattr(type(layer), "reports_episodes", False):
                return True
            if not isinstance(layer, VectorWrapper):
                return False
            layer = layer.env


def _owner(env: VectorEnv, name: str) -> VectorEnv:
    """The outermost layer of a wrapped vector env that has an attribute."""
    layer = env
    while True:
        if hasattr(layer, name):
            return layer
        if not isinstance(layer, VectorWrapper):
            raise AttributeError(f"{env} has no attribute {name!r}")
        layer = layer.env


def _split(batched: dict[str, Any], n_envs: int) -> Infos:
    """
    Gymnasium's batched info as one dict per env: ``{"x": (N, ...), "_x": (N,) mask}`` gives env i an ``"x"`` if its mask is True.
    """
    masks = [key for key in batched if key.startswith("_") and key[1:] in batched]
    if masks and all(np.all(batched[key]) for key in masks):  # they leave nothing out
        batched, masks = {key: values for key, values in batched.items() if key not in masks}, []
    if not masks and all(isinstance(values, np.ndarray) and values.shape == (n_envs,) for values in batched.values()):
        # the usual case: numbers for all envs
        rows = zip(*(values.tolist() for values in batched.values()), strict=True)
        return [dict(zip(batched, row, strict=True)) for row in rows] if batched else [{} for _ in range(n_envs)]
    infos: Infos = [{} for _ in range(n_envs)]
    for key, values in batched.items():
        if key.startswith("_") and key[1:] in batched:
            continue
        mask = batched.get(f"_{key}")
        if isinstance(values, dict):
            values = _split(values, n_envs)
        elif isinstance(values, np.ndarray) and values.ndim == 1 and len(values) == n_envs:
            values = values.tolist()
        elif not (isinstance(values, np.ndarray | list | tuple) and len(values) == n_envs):
            values = [values] * n_envs  # one value for all envs
        for i in range(n_envs) if mask is None else np.flatnonzero(mask):
            infos[i][key] = values[i]
    return infos


def _take(observations: Any, i: int) -> Any:
    """Observation of env i from a batch: an array, an array of objects, or a dict or tuple of them."""
    if isinstance(observations, dict):
        return {key: _take(values, i) for key, values in observations.items()}
    if isinstance(observations, tuple):
        return tuple(_take(values, i) for values in observations)
    return observations[i]
