"""Replay of stacked frames that stores every frame once."""

from typing import Any

import numpy as np
import torch as th
from gymnasium import spaces
from stable_baselines3.common.buffers import BaseBuffer, ReplayBuffer
from stable_baselines3.common.type_aliases import ReplayBufferSamples
from stable_baselines3.common.vec_env import VecNormalize

from ..updates.malloc import keep_freed_memory
from .frame_stacks import follows, same_observation, started_with
from .n_step_return import n_step_return
from .slot_pool import SlotPool

RING = ("frames", "actions", "rewards", "dones", "timeouts", "ages", "breaks", "endings", "wholes")
POOLS = ("ended", "whole")
NO_STACK = 0.2  # share of observations that follow from nothing, above which they are no frame stacks


class FrameReplayBuffer(ReplayBuffer):
    """
    SB3's ``ReplayBuffer`` for frame stacks, in an eighth of the memory: 1,000,000 Atari transitions take 7.1 GB, not 56.

    Observations are stacks of S frames, so consecutive ones share all but one frame. Each env's newest frames go into a ring, and
    stacks are gathered from it when a batch is drawn. What is drawn is, byte for byte, what ``ReplayBuffer`` would return. The
    buffer reads from the observations themselves where an episode starts, so it is right across resets without a ``done``,
    lost lives, truncations, interrupted and resumed runs, and for stacks that begin with zeros or with the first frame repeated.

    Layout, with R = buffer_size / N + S rows: frame of env n at step t in row t mod R; ``ages`` counts the steps since the
    stack began, up to S - 1. What the ring cannot give back lies in pools beside it: the frame that ended an episode, which no
    later stack contains, and, whole, the few stacks that begin in the midst of a game (after an interrupted ``learn``, say).

    :param buffer_size: transitions, of all envs together
    :param observation_space: stacks (S * frame_channels, ...), newest frame last; uint8 for images
    :param action_space: of the env
    :param device: where the frames lie and batches are gathered
    :param n_envs: N
    :param optimize_memory_usage: for SB3's signature; must be False
    :param handle_timeout_termination: whether an episode cut by a time limit counts as going on (SB3's default)
    :param frame_channels: channels of one frame
    :param n_steps: rewards are summed over so many steps, as in SB3's ``NStepReplayBuffer``
    :param gamma: discount factor inside that sum
    :raises ValueError: at construction if the space is no stack; in ``add`` once it is plain that the observations are not
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
            raise ValueError("FrameReplayBuffer stores every frame once by itself; leave optimize_memory_usage=False")
        if not isinstance(observation_space, spaces.Box) or observation_space.shape[0] % frame_channels:
            raise ValueError(f"FrameReplayBuffer needs stacks of {frame_channels}-channel frames, not {observation_space}")
        if n_steps < 1:
            raise ValueError(f"n_steps is {n_steps}; it must be at least 1")
        BaseBuffer.__init__(self, buffer_size, observation_space, action_space, device, n_envs)
        self.optimize_memory_usage = False
        self.handle_timeout_termination = handle_timeout_termination
        self.buffer_size = max(buffer_size // n_envs, 1)
        self.frame_channels = frame_channels
        self.stack = observation_space.shape[0] // frame_channels
        self.n_steps = n_steps
        self.gamma = gamma
        self.padding: str | None = None  # what stands before an episode's first frame; seen at the first that tells
        self._allocate()
        self.reset()

    def _allocate(self) -> None:
        if self.device.type == "cpu":
            keep_freed_memory()  # a batch of 256 takes 9 MB
        size, n = self.buffer_size, self.n_envs
        self.rows = size + self.stack
        frame = (self.frame_channels, *self.observation_space.shape[1:])  # type: ignore[index]
        self.frames = self._zeros((self.rows + 1, n, *frame), self.observation_space.dtype)  # the last row stays zero
        self.ended = SlotPool(self._zeros((0, *frame), self.observation_space.dtype))
        pair = (2, *self.observation_space.shape)  # type: ignore[misc]
        self.whole = SlotPool(self._zeros((0, *pair), self.observation_space.dtype))
        self.actions = self._zeros((size, n, self.action_dim), self._maybe_cast_dtype(self.action_space.dtype))
        self.rewards = self._zeros((size, n), np.float32)
        self.dones = self._zeros((size, n), bool)
        self.timeouts = self._zeros((size, n), bool)
        self.ages = self._zeros((size, n), np.uint8)
        self.breaks = self._zeros((size, n), bool)  # the next step does not go on from this one
        # 1 + place in a pool, 0 for none: of the frame that ended here, and of a pair of observations that the ring does not hold
        self.endings, self.wholes = (self._zeros((size, n), np.int32) for _ in range(2))

    def _zeros(self, shape: tuple[int, ...], dtype: Any) -> th.Tensor:
        # numpy's zeros take no memory until they are written to, torch's do; torch knows the dtype only of an array.
        if self.device.type == "cpu":
            return th.from_numpy(np.zeros(shape, dtype=dtype))
        return th.zeros(shape, dtype=th.from_numpy(np.zeros(0, dtype=dtype)).dtype, device=self.device)

    def reset(self) -> None:
        super().reset()
        self.steps = 0  # env steps of each env since the start
        self._age = np.zeros(self.n_envs, dtype=np.uint8)
        self._next_obs = np.zeros((self.n_envs, *self.obs_shape), dtype=self.observation_space.dtype)
        self._severed = np.ones(self.n_envs, dtype=bool)  # the next step cannot go on from this one
        self._foreign = np.zeros(self.n_envs, dtype=np.int64)  # frames in the stack that the ring never saw
        self._misfits = 0
        self.ended.clear()
        self.whole.clear()

    @property
    def device(self) -> th.device:
        """Where the frames lie. Setting it moves them: SB3 does after it has loaded a buffer."""
        return self._device

    @device.setter
    def device(self, device: th.device) -> None:
        self._device = device
        if "wholes" in self.__dict__:
            self._move(device)

    def _move(self, device: th.device) -> None:
        for name in RING:
            setattr(self, name, getattr(self, name).to(device))
        for name in POOLS:
            pool = getattr(self, name)
            pool.items = pool.items.to(device)

    @property
    def nbytes(self) -> int:
        """Memory of everything stored, in bytes."""
        return sum(getattr(self, name).nbytes for name in RING) + sum(getattr(self, name).items.nbytes for name in POOLS)

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
        :param next_obs: likewise, with the observation that ended the episode where one ended
        :param action: (N,) or (N, action_dim)
        :param reward: (N,)
        :param done: (N,)
        :param infos: N dicts; ``TimeLimit.truncated`` is read
        """
        obs = np.asarray(obs).reshape(self.n_envs, *self.obs_shape)
        next_obs = np.asarray(next_obs).reshape(self.n_envs, *self.obs_shape)
        goes_on = same_observation(obs, self._next_obs) & ~self._severed
        row, position = self.steps % self.rows, self.pos
        self._foreign = np.maximum(self._foreign - 1, 0)
        for i in np.flatnonzero(~goes_on).tolist():
            self._start(i, obs[i], row)
        self._age = np.where(goes_on, np.minimum(self._age + 1, self.stack - 1), 0).astype(np.uint8)
        self._severed = ~follows(next_obs, obs, self.frame_channels)

        for pool in (self.ended, self.whole):
            pool.drop(position, self.n_envs)  # that transition is overwritten now
        self.wholes[position] = 0
        self.endings[position] = 0
        self.breaks[position] = False
        self.ages[position] = self._on_device(self._age)
        self.actions[position] = self._on_device(np.asarray(action).reshape(self.n_envs, self.action_dim))
        self.rewards[position] = self._on_device(np.asarray(reward, dtype=np.float32))
        self.dones[position] = self._on_device(np.asarray(done, dtype=bool))
        if self.handle_timeout_termination:
            cut = np.array([info.get("TimeLimit.truncated", False) for info in infos], dtype=bool)
            self.timeouts[position] = self._on_device(cut)
        for i in np.flatnonzero((self._foreign > 0) | self._severed).tolist():
            self._keep_whole(position, i, obs[i], next_obs[i])
        newest = next_obs[:, -self.frame_channels :]
        self.frames[(self.steps + 1) % self.rows] = self._on_device(np.ascontiguousarray(newest))
        np.copyto(self._next_obs, next_obs)

        self.steps += 1
        self.pos += 1
        if self.pos == self.buffer_size:
            self.full, self.pos = True, 0

    def _start(self, i: int, first: np.ndarray, row: int) -> None:
        """Env i does not go on from its last step: keep the frame it ended with, and begin a new stack in ``row``."""
        padding = started_with(first, self.frame_channels)
        if first.any() and self.stack > 1 and padding is not None:
            self.padding = self.padding or padding
        newest = first[-self.frame_channels :]
        # Frames from before, or filled in another way than the ring is read: these stacks are kept whole.
        self._foreign[i] = self.stack - 1 if padding is None or (first.any() and padding != self.padding) else 0
        if self.steps:
            before = (self.pos - 1) % self.buffer_size
            self.breaks[before, i] = True
            # After a lost life both are the same frame, and it need not be kept twice.
            if not np.array_equal(newest, self._next_obs[i, -self.frame_channels :]):
                self.endings[before, i] = self.ended.put((before, i), self.frames[row, i]) + 1
        self.frames[row, i] = self._on_device(np.ascontiguousarray(newest))

    def _keep_whole(self, position: int, i: int, obs: np.ndarray, next_obs: np.ndarray) -> None:
        """Keep observations that cannot be gathered from the ring."""
        self._misfits += 1
        if self._misfits > 100 and self._misfits > NO_STACK * self.steps * self.n_envs:
            raise ValueError(
                "FrameReplayBuffer: observations are not the ones before with one frame pushed in at the end; stack "
                "frames along the first axis, newest last, or use stable_baselines3's ReplayBuffer"
            )
        self.wholes[position, i] = self.whole.put((position, i), self._on_device(np.ascontiguousarray([obs, next_obs]))) + 1

    def _get_samples(self, batch_inds: np.ndarray, env: VecNormalize | None = None) -> ReplayBufferSamples:
        env_indices = np.random.randint(0, high=self.n_envs, size=(len(batch_inds),))
        return self.gather(batch_inds, env_indices, env)

    def gather(self, positions: np.ndarray, env_indices: np.ndarray, env: VecNormalize | None = None) -> ReplayBufferSamples:
        """
        The transitions at given places.

        :param positions: (B,), 0 to ``size() - 1``, numbered as in SB3's ``ReplayBuffer``
        :param env_indices: (B,)
        :param env: normalizes observations and rewards, as in SB3
        :return: as from ``ReplayBuffer``; ``discounts`` only with ``n_steps`` above 1
        """
        index = self._on_device(np.stack([positions, env_indices]).astype(np.int64))
        return self._gathered(index[0], index[1], env)

    def _gathered(self, first: th.Tensor, envs: th.Tensor, env: VecNormalize | None) -> ReplayBufferSamples:
        if self.n_steps == 1:
            last, discounts = first, None
            rewards = self._normalized(self.rewards[first, envs], env)
            observations, next_observations = self._stacks(first, envs)
        else:
            offsets = th.arange(self.n_steps, device=self.device)
            window, column = (first[:, None] + offsets) % self.buffer_size, envs[:, None]
            stops = self.dones[window, column] | self.timeouts[window, column] | self.breaks[window, column]
            stops |= window == (self.pos - 1) % self.buffer_size  # nothing is stored behind the newest step
            rewards, count = n_step_return(self._normalized(self.rewards[window, column], env), stops, self.gamma)
            last = (first + count - 1) % self.buffer_size
            discounts = (self.gamma ** count.float())[:, None]
            observations, next_observations = self._stacks(first, envs)[0], self._stacks(last, envs)[1]
        done = self.dones[last, envs] & ~self.timeouts[last, envs]
        return ReplayBufferSamples(
            observations=self._normalized_obs(observations, env),
            actions=self.actions[first, envs],
            next_observations=self._normalized_obs(next_observations, env),
            dones=done.float()[:, None],
            rewards=rewards[:, None],
            discounts=discounts,
        )

    def _stacks(self, positions: th.Tensor, envs: th.Tensor) -> tuple[th.Tensor, th.Tensor]:
        """
        The observations at the given places and those one step later, (B, S * channels, ...) each.

        They share all frames but one, so that each frame is fetched once; both are views of a longer stack.
        """
        since = (self.pos - 1 - positions) % self.buffer_size  # steps between a place and the newest one
        rows = self.steps - 1 - since
        ages = self.ages[positions, envs].long()[:, None]
        lags = th.arange(self.stack - 1, -2, -1, device=self.device)  # behind the place's own frame, oldest first
        source = (rows[:, None] - th.minimum(lags, ages)) % self.rows
        if self.padding != "repeat":
            source = th.where(lags <= ages, source, self.rows)  # the row of zeros
        flat = self.frames.view(-1, *self.frames.shape[2:])
        frames = flat.index_select(0, (source * self.n_envs + envs[:, None]).flatten())
        frames = frames.view(len(positions), self.stack + 1, *self.frames.shape[2:])  # (B, S + 1, channels, ...)
        if len(self.ended.items):
            frames[:, -1] = _replaced(frames[:, -1], self.endings[positions, envs], self.ended.items)
        here, later = frames[:, :-1].flatten(1, 2), frames[:, 1:].flatten(1, 2)
        if not len(self.whole.items):
            return here, later
        whole = self.wholes[positions, envs]
        return _replaced(here, whole, self.whole.items[:, 0]), _replaced(later, whole, self.whole.items[:, 1])

    def _on_device(self, array: np.ndarray) -> th.Tensor:
        if min(array.strides, default=0) < 0:  # a view that runs backwards, which torch does not take
            array = array.copy()
        return th.from_numpy(array).to(self.device, non_blocking=True)

    def _normalized(self, rewards: th.Tensor, env: VecNormalize | None) -> th.Tensor:
        return rewards if env is None else self.to_torch(self._normalize_reward(rewards.cpu().numpy(), env))

    def _normalized_obs(self, observations: th.Tensor, env: VecNormalize | None) -> th.Tensor:
        if env is None:
            return observations
        return self.to_torch(self._normalize_obs(observations.cpu().numpy(), env))  # type: ignore[arg-type]

    def __getstate__(self) -> dict[str, Any]:
        """Only what has been written, as numpy arrays, whose pickles hold no more than they show."""
        state = self.__dict__.copy()
        written = {name: min(self.steps + 1, self.rows) if name == "frames" else self.size() for name in RING}
        for name, count in written.items():
            state[name] = getattr(self, name)[:count].cpu().numpy()
        for name in POOLS:
            pool = getattr(self, name)
            state[name] = (pool.items.cpu().numpy(), pool.places, pool.free)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        arrays = {name: state.pop(name) for name in (*RING, *POOLS)}
        self.__dict__.update(state)
        self._device = th.device("cpu")  # SB3 sets the model's own after it has loaded a buffer
        self._allocate()
        for name in RING:
            getattr(self, name)[: len(arrays[name])] = th.from_numpy(arrays[name])
        for name in POOLS:
            items, places, free = arrays[name]
            pool = SlotPool(th.from_numpy(items))
            pool.places, pool.free = places, free
            setattr(self, name, pool)


def _replaced(gathered: th.Tensor, places: th.Tensor, items: th.Tensor) -> th.Tensor:
    """What was gathered, but the item where ``places`` (B,) names one (1 + its place)."""
    named = places > 0
    # Elsewhere than on a CPU looking would wait for the device.
    if not len(items) or (named.device.type == "cpu" and not named.any()):
        return gathered
    # In the same memory order, so that compiled code need not be made anew.
    replaced = th.empty_strided(gathered.shape, gathered.stride(), dtype=gathered.dtype, device=gathered.device)
    return th.where(named.view(-1, *[1] * (gathered.dim() - 1)), items[(places.long() - 1).clamp(min=0)], gathered, out=replaced)
