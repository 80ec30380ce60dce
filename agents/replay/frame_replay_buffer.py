"""A replay buffer for stacked frames that stores every frame once."""

from typing import Any

import numpy as np
import torch as th
from gymnasium import spaces
from stable_baselines3.common.buffers import BaseBuffer, ReplayBuffer
from stable_baselines3.common.type_aliases import ReplayBufferSamples
from stable_baselines3.common.vec_env import VecNormalize

from ...policies.plain_numbers import check_number, check_whole_numbers
from ..updates.malloc import raise_mmap_threshold
from .device_arrays import to_device, zeros
from .frame_ring import RING_STATE, FrameRing
from .n_step_return import n_step_return

COLUMNS = ("actions", "rewards", "dones", "timeouts")  # tensors (buffer_size, N, ...)


class FrameReplayBuffer(ReplayBuffer):
    """
    SB3's ``ReplayBuffer`` for frame stacks, in an eighth of the memory: 1,000,000 Atari transitions take 7.1 GB, not 56.

    A :class:`saccade.agents.replay.frame_ring.FrameRing` keeps the observations, every frame once. Batches are, byte for byte,
    those of ``ReplayBuffer``. The buffer reads from the observations themselves where an episode starts. So it is right across
    resets without a ``done``, lost lives, truncations, and interrupted and resumed runs.

    :param buffer_size: transitions, of all envs together
    :param observation_space: stacks (S * frame_channels, ...), newest frame last; uint8 for images. ``VecNormalize(norm_obs=True)``
        makes it float32; frames are then stored as float32, as in SB3, in four times the memory
    :param action_space: of the env
    :param device: where frames are stored and batches are made
    :param n_envs: N
    :param optimize_memory_usage: must be False; it is here because SB3's ``ReplayBuffer`` has it
    :param handle_timeout_termination: whether to bootstrap from the last observation of an episode that a time limit cut (SB3's
        default)
    :param frame_channels: channels of one frame
    :param n_steps: number of steps that rewards are summed over, as in SB3's ``NStepReplayBuffer``
    :param gamma: discount factor of that sum
    :raises ValueError: at construction if the space does not hold stacks; in ``add`` after many observations that are not stacks
    """

    actions: th.Tensor  # type: ignore[assignment]
    rewards: th.Tensor  # type: ignore[assignment]
    dones: th.Tensor  # type: ignore[assignment]
    timeouts: th.Tensor  # type: ignore[assignment]

    def __init__(
        self,
        buffer_size: int,
        observation_space: spaces.Space,
        action_space: spaces.Space,
        device: th.device | str = "auto",
        n_envs: int = 1,
        optimize_memory_usage: bool = False,
        handle_timeout_termination: bool = True,
        frame_channels: int = 1,
        n_steps: int = 1,
        gamma: float = 0.99,
    ) -> None:
        if optimize_memory_usage:
            raise ValueError("FrameReplayBuffer always stores every frame once; leave optimize_memory_usage=False")
        check_whole_numbers(buffer_size=buffer_size)
        for name, number in {"n_envs": n_envs, "frame_channels": frame_channels, "n_steps": n_steps}.items():
            check_number(name, number, least=1, whole=True)
        check_number("gamma", gamma)
        if not isinstance(observation_space, spaces.Box) or observation_space.shape[0] % frame_channels:
            raise ValueError(f"FrameReplayBuffer needs stacks of {frame_channels}-channel frames, not {observation_space}")
        BaseBuffer.__init__(self, buffer_size, observation_space, action_space, device, n_envs)
        self.optimize_memory_usage = False
        self.handle_timeout_termination = handle_timeout_termination
        self.buffer_size = max(buffer_size // n_envs, 1)
        self.frame_channels = frame_channels
        self.n_steps = n_steps
        self.gamma = gamma
        self._allocate()
        self.reset()

    def _allocate(self) -> None:
        if self.device.type == "cpu":
            raise_mmap_threshold()  # a batch of 256 takes 9 MB
        size, n = self.buffer_size, self.n_envs
        dtype = self.observation_space.dtype
        self.ring = FrameRing(size, n, self.obs_shape, dtype, self.frame_channels, self.device)
        self.actions = zeros((size, n, self.action_dim), self._maybe_cast_dtype(self.action_space.dtype), self.device)
        self.rewards = zeros((size, n), np.float32, self.device)
        self.dones = zeros((size, n), bool, self.device)
        self.timeouts = zeros((size, n), bool, self.device)

    def reset(self) -> None:
        super().reset()
        self.ring.reset()

    @property
    def device(self) -> th.device:
        """Where everything lies. SB3 assigns it after it has loaded a buffer; then everything moves there."""
        return self._device

    @device.setter
    def device(self, device: th.device) -> None:
        self._device = device
        if hasattr(self, "ring"):  # in SB3's constructor there is nothing to move yet
            self._move(device)

    def _move(self, device: th.device) -> None:
        self.ring.move(device)
        for name in COLUMNS:
            setattr(self, name, getattr(self, name).to(device))

    @property
    def nbytes(self) -> int:
        """Memory of everything stored, in bytes."""
        return self.ring.nbytes + sum(getattr(self, name).nbytes for name in COLUMNS)

    def add(
        self,
        obs: np.ndarray,
        next_obs: np.ndarray,
        action: np.ndarray,
        reward: np.ndarray,
        done: np.ndarray,
        infos: list[dict[str, Any]],
    ) -> None:
        """
        Store one step of every env.

        :param obs: (N, S * channels, ...)
        :param next_obs: (N, S * channels, ...); at the end of an episode its last observation
        :param action: (N,) or (N, action_dim)
        :param reward: (N,)
        :param done: (N,)
        :param infos: N dicts; only ``TimeLimit.truncated`` is read
        :raises ValueError: if there are not N envs
        """
        if len(infos) != self.n_envs:
            raise ValueError(
                f"this replay buffer is of {self.n_envs} envs, not of {len(infos)}; use as many envs as it was filled by"
            )
        # In the dtype of the space, as in SB3: behind VecNormalize the space is float32, and the observations still come as uint8.
        dtype, shape = self.observation_space.dtype, (self.n_envs, *self.obs_shape)
        self.ring.append(np.asarray(obs, dtype).reshape(shape), np.asarray(next_obs, dtype).reshape(shape))
        self.actions[self.pos] = self._on_device(np.asarray(action).reshape(self.n_envs, self.action_dim))
        self.rewards[self.pos] = self._on_device(np.asarray(reward, dtype=np.float32))
        self.dones[self.pos] = self._on_device(np.asarray(done, dtype=bool))
        if self.handle_timeout_termination:
            cut = np.array([info.get("TimeLimit.truncated", False) for info in infos], dtype=bool)
            self.timeouts[self.pos] = self._on_device(cut)
        self.pos += 1
        if self.pos == self.buffer_size:
            self.full, self.pos = True, 0

    def _get_samples(self, batch_inds: np.ndarray, env: VecNormalize | None = None) -> ReplayBufferSamples:
        env_indices = np.random.randint(0, high=self.n_envs, size=(len(batch_inds),))
        return self.gather(batch_inds, env_indices, env)

    def gather(self, positions: np.ndarray, env_indices: np.ndarray, env: VecNormalize | None = None) -> ReplayBufferSamples:
        """
        The transitions at given positions.

        :param positions: (B,), 0 to ``size() - 1``, numbered as in SB3's ``ReplayBuffer``
        :param env_indices: (B,)
        :param env: normalizes observations and rewards, as in SB3
        :return: as from ``ReplayBuffer``; ``discounts`` is None unless ``n_steps`` is above 1
        """
        index = self._on_device(np.stack([positions, env_indices]).astype(np.int64))
        return self._transitions(index[0], index[1], env)

    def _transitions(self, first: th.Tensor, envs: th.Tensor, env: VecNormalize | None) -> ReplayBufferSamples:
        """The transitions that start at positions ``first`` (B,) of ``envs`` (B,), each over up to ``n_steps`` steps."""
        if self.n_steps == 1:
            last, discounts = first, None
            rewards = self._normalized(self.rewards[first, envs], env)
            observations, next_observations = self.ring.pairs(first, envs)
        else:
            offsets = th.arange(self.n_steps, device=self.device)
            window, column = (first[:, None] + offsets) % self.buffer_size, envs[:, None]
            stops = self.dones[window, column] | self.timeouts[window, column] | self.ring.breaks[window, column]
            stops |= window == (self.pos - 1) % self.buffer_size  # nothing is stored after the newest step
            rewards, count = n_step_return(self._normalized(self.rewards[window, column], env), stops, self.gamma)
            last = (first + count - 1) % self.buffer_size
            discounts = (self.gamma ** count.float())[:, None]
            observations, next_observations = self.ring.pairs(first, envs)[0], self.ring.pairs(last, envs)[1]
        done = self.dones[last, envs] & ~self.timeouts[last, envs]
        return ReplayBufferSamples(
            observations=self._normalized_obs(observations, env),
            actions=self.actions[first, envs],
            next_observations=self._normalized_obs(next_observations, env),
            dones=done.float()[:, None],
            rewards=rewards[:, None],
            discounts=discounts,
        )

    def _on_device(self, array: np.ndarray) -> th.Tensor:
        return to_device(array, self.device)

    def _normalized(self, rewards: th.Tensor, env: VecNormalize | None) -> th.Tensor:
        return rewards if env is None else self.to_torch(self._normalize_reward(rewards.cpu().numpy(), env))

    def _normalized_obs(self, observations: th.Tensor, env: VecNormalize | None) -> th.Tensor:
        if env is None:
            return observations
        return self.to_torch(self._normalize_obs(observations.cpu().numpy(), env))  # type: ignore[arg-type]

    def __getstate__(self) -> dict[str, Any]:
        """Only what has been written, with the same entries as in version 0.1."""
        state = self.__dict__.copy()
        ring = state.pop("ring")
        columns = {name: getattr(self, name)[: self.size()].cpu().numpy() for name in COLUMNS}
        return {**state, **columns, **ring.state()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        stored = {*RING_STATE, *COLUMNS, "stack", "rows"}  # the last two are in files of version 0.1
        self.__dict__.update({name: value for name, value in state.items() if name not in stored})
        self._device = th.device("cpu")  # SB3 assigns the model's own after it has loaded a buffer
        self._allocate()
        self.ring.restore(state)
        for name in COLUMNS:
            getattr(self, name)[: len(state[name])] = self._on_device(state[name])
