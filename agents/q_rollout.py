"""A rollout of parallel envs, as tensors that stay on the device."""

from collections.abc import Callable

import numpy as np
import torch as th
from gymnasium import spaces
from stable_baselines3.common.type_aliases import TensorDict

from .q_lambda_return import q_lambda_return
from .taught_gaze import NONE

Observations = np.ndarray | dict[str, np.ndarray]


class QRollout:
    """
    T steps of N envs. Nothing is copied back from the device.

    :param n_steps: T
    :param n_envs: N
    :param observation_space: arrays, or a dict of them
    :param device: of the tensors
    :param action_shape: (D,) for actions of D branches, () for one discrete action
    :param condense: makes of dict observations what the network needs of them; None: they are kept as they are, with their dtypes
    """

    def __init__(
        self,
        n_steps: int,
        n_envs: int,
        observation_space: spaces.Space,
        device: th.device,
        action_shape: tuple[int, ...] = (),
        condense: Callable[[TensorDict], TensorDict] | None = None,
    ) -> None:
        self.n_steps, self.n_envs, self.device = n_steps, n_envs, device
        parts = observation_space.spaces if isinstance(observation_space, spaces.Dict) else {"": observation_space}
        self.is_dict = isinstance(observation_space, spaces.Dict)
        self.condense = condense if self.is_dict else None
        blank = {key: th.from_numpy(np.zeros((n_envs, *(part.shape or ())), part.dtype)) for key, part in parts.items()}
        self.observations = {
            key: th.zeros((n_steps + 1, *part.shape), dtype=part.dtype, device=device)
            for key, part in self._condensed(blank).items()
        }
        self.max_q = th.zeros((n_steps + 1, n_envs), device=device)
        self.actions = np.zeros((n_steps, n_envs, *action_shape), dtype=np.int64)
        self.rewards = np.zeros((n_steps, n_envs), dtype=np.float32)
        self.dones = np.zeros((n_steps, n_envs), dtype=np.float32)
        self.lessons = np.full((n_steps, n_envs), NONE, dtype=np.int64)

    def see(self, t: int, observations: Observations) -> th.Tensor | TensorDict:
        """
        Store the observations before step t and return them as tensors. At t = T they are those after the last step.

        :param t: 0 to T
        :param observations: (N, ...), or a dict of such arrays
        """
        given = observations if isinstance(observations, dict) else {"": observations}
        parts = self._condensed({key: th.from_numpy(np.ascontiguousarray(part)) for key, part in given.items()})
        for key, kept in self.observations.items():
            kept[t].copy_(parts[key])
        return self._unkeyed({key: kept[t] for key, kept in self.observations.items()})

    def returns(self, gamma: float, q_lambda: float) -> th.Tensor:
        """Targets of all steps, (T * N,)."""
        rewards, dones = (th.from_numpy(array).to(self.device) for array in (self.rewards, self.dones))
        return q_lambda_return(rewards, dones, self.max_q[1:], gamma, q_lambda).flatten()

    def taken(self) -> th.Tensor:
        """Actions of all steps, (T * N, D), with D = 1 for ``Discrete`` ones."""
        return th.from_numpy(self.actions).to(self.device).view(self.n_steps * self.n_envs, -1)

    def taught(self) -> th.Tensor:
        """What a teacher of the gaze would have chosen in all steps, (T * N,), numbered as in :meth:`returns`."""
        return th.from_numpy(self.lessons).to(self.device).flatten()

    def at(self, indices: th.Tensor) -> th.Tensor | TensorDict:
        """Observations of the chosen steps, numbered as in :meth:`returns`."""
        # Indexing with [] took twenty times as long for uint8 images.
        return self._unkeyed({key: kept[:-1].flatten(0, 1).index_select(0, indices) for key, kept in self.observations.items()})

    def _condensed(self, parts: TensorDict) -> TensorDict:
        if self.condense is None:
            return parts
        with th.no_grad():
            return self.condense({key: part.to(self.device) for key, part in parts.items()})

    def _unkeyed(self, parts: TensorDict) -> th.Tensor | TensorDict:
        return parts if self.is_dict else parts[""]
