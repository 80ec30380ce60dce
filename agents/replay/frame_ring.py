"""The latest observations of many envs, with every frame stored once."""

import copy
from typing import Any

import numpy as np
import torch as th

from .device_arrays import to_device, zeros
from .slot_pool import SlotPool
from .stack_tracker import StackTracker

COLUMNS = ("ages", "breaks", "endings", "wholes")  # tensors (size, N)
POOLS = ("ended", "whole")
# Names of the tracker's attributes in a pickle; they are those of version 0.1.
PADDING = "padding"  # a word; the others are arrays
TRACKED = {PADDING: "padding", "last_obs": "_next_obs", "age": "_age", "severed": "_severed", "foreign": "_foreign"}
RING_STATE = ("steps", "_misfits", "frames", *COLUMNS, *POOLS, *TRACKED.values())
MOST_IRREGULAR = 0.2  # a larger share of irregular observations means that they are not frame stacks


class FrameRing:
    """
    Pairs of stacked observations, before and after each of the last ``size`` steps of N envs.

    Consecutive stacks of S frames share all but one frame. Each new frame goes into a ring of R = size + S rows: env n's frame at
    step t lies in row t mod R. The stacks are built when they are asked for. ``ages`` says how many frames behind a step's own
    belong to its stack; the places before them hold padding.

    Two pools keep what the ring cannot give back. ``ended`` holds the frame that ended an episode, which no later stack contains.
    ``whole`` holds whole pairs of observations that do not follow from single frames, such as those after an interrupted
    ``learn``.

    :param size: steps to keep
    :param n_envs: N
    :param obs_shape: stacks (S * channels, ...), newest frame last
    :param dtype: of the observations, numpy's
    :param channels: channels of one frame
    :param device: of the frames
    """

    def __init__(self, size: int, n_envs: int, obs_shape: tuple[int, ...], dtype: Any, channels: int, device: th.device) -> None:
        self.size, self.n_envs, self.channels = size, n_envs, channels
        self.stack = obs_shape[0] // channels
        self.rows = size + self.stack
        frame = (channels, *obs_shape[1:])
        self.frames = zeros((self.rows + 1, n_envs, *frame), dtype, device)  # the last row stays zero, as padding
        self.ended = SlotPool(zeros((0, *frame), dtype, device))
        self.whole = SlotPool(zeros((0, 2, *obs_shape), dtype, device))
        self.ages = zeros((size, n_envs), np.uint8, device)
        self.breaks = zeros((size, n_envs), bool, device)  # the next step does not continue this one
        # 1 + place in the pool `ended` or `whole`; 0: none
        self.endings, self.wholes = (zeros((size, n_envs), np.int32, device) for _ in range(2))
        self.tracker = StackTracker(n_envs, obs_shape, dtype, channels)
        self.reset()

    def reset(self) -> None:
        """Forget all steps."""
        self.steps = 0  # of each env
        self.irregular = 0  # observations that were kept whole
        self.tracker.reset()
        self.ended.clear()
        self.whole.clear()

    @property
    def device(self) -> th.device:
        """Of the frames."""
        return self.frames.device

    @property
    def nbytes(self) -> int:
        """Memory of everything stored, in bytes."""
        columns = sum(getattr(self, name).nbytes for name in COLUMNS)
        return self.frames.nbytes + columns + sum(getattr(self, name).items.nbytes for name in POOLS)

    def append(self, obs: np.ndarray, next_obs: np.ndarray) -> None:
        """
        Store one step of every env, over the oldest step once the ring is full.

        :param obs: (N, S * channels, ...)
        :param next_obs: likewise, after the step
        :raises ValueError: if too many observations are not the ones before with one frame pushed in
        """
        step = self.tracker.follow(obs, next_obs)
        self._check_irregular(len(step.irregular))
        row, position = self.steps % self.rows, self.steps % self.size
        if step.starts:
            self._break_off(step.starts, step.ended, row)
            self.frames[row, step.starts] = self._newest(obs[step.starts])
        self._forget(position)
        self.ages[position] = to_device(step.ages, self.device)
        for i in step.irregular:
            self._keep_whole(position, i, obs[i], next_obs[i])
        self.steps += 1
        self.frames[self.steps % self.rows] = self._newest(next_obs)

    def pairs(self, positions: th.Tensor, envs: th.Tensor) -> tuple[th.Tensor, th.Tensor]:
        """
        The observations before and after given steps.

        :param positions: (B,) int64, step modulo ``size``
        :param envs: (B,) int64
        :return: (B, S * channels, ...) each
        """
        # The two stacks share all frames but one. Each frame is fetched once, and both stacks are views of a longer one.
        since = (self.steps - 1 - positions) % self.size  # steps between a position and the newest one
        rows = self.steps - 1 - since
        ages = self.ages[positions, envs].long()[:, None]
        lags = th.arange(self.stack - 1, -2, -1, device=self.device)  # steps behind the position's own frame, oldest first
        source = (rows[:, None] - th.minimum(lags, ages)) % self.rows
        if self.tracker.padding != "repeat":
            source = th.where(lags <= ages, source, self.rows)  # the row of zeros
        flat = self.frames.view(-1, *self.frames.shape[2:])
        frames = flat.index_select(0, (source * self.n_envs + envs[:, None]).flatten())
        frames = frames.view(len(positions), self.stack + 1, *self.frames.shape[2:])  # (B, S + 1, channels, ...)
        if len(self.ended.items):
            frames[:, -1] = _replaced(frames[:, -1], self.endings[positions, envs], self.ended.items)
        before, after = frames[:, :-1].flatten(1, 2), frames[:, 1:].flatten(1, 2)
        if not len(self.whole.items):
            return before, after
        whole = self.wholes[positions, envs]
        return _replaced(before, whole, self.whole.items[:, 0]), _replaced(after, whole, self.whole.items[:, 1])

    def move(self, device: th.device) -> None:
        """Move all frames to another device."""
        for name in ("frames", *COLUMNS):
            setattr(self, name, getattr(self, name).to(device))
        for pool in (self.ended, self.whole):
            pool.items = pool.items.to(device)

    def state(self) -> dict[str, Any]:
        """
        Everything written so far, under the names of ``RING_STATE``.

        It consists of numpy arrays: a pickled slice of a tensor would contain the whole tensor.
        """
        written = min(self.steps, self.size)
        pools = {name: getattr(self, name) for name in POOLS}
        return {
            "steps": self.steps,
            "_misfits": self.irregular,
            "frames": self.frames[: min(self.steps + 1, self.rows)].cpu().numpy(),
            **{name: getattr(self, name)[:written].cpu().numpy() for name in COLUMNS},
            **{name: (pool.items.cpu().numpy(), pool.places, pool.free) for name, pool in pools.items()},
            **{name: getattr(self.tracker, own) for own, name in TRACKED.items()},
        }

    def restore(self, state: dict[str, Any]) -> None:
        """
        Continue from a saved state, which is copied.

        :param state: from :meth:`state` of a ring of the same shape
        """
        self.steps, self.irregular = state["steps"], state["_misfits"]
        for name in ("frames", *COLUMNS):
            getattr(self, name)[: len(state[name])] = to_device(state[name], self.device)
        for name in POOLS:
            items, places, free = state[name]
            pool = getattr(self, name)
            pool.items, pool.places, pool.free = to_device(items.copy(), self.device), dict(places), list(free)
        for own, name in TRACKED.items():
            setattr(self.tracker, own, copy.copy(state[name]))

    def _newest(self, observations: np.ndarray) -> th.Tensor:
        """The newest frame of each stack, (n, channels, ...)."""
        return to_device(np.ascontiguousarray(observations[:, -self.channels :]), self.device)

    def _break_off(self, starts: list[int], ended: list[int], row: int) -> None:
        """Mark the last step of envs that do not continue it, and keep the frames that their new stacks overwrite in ``row``."""
        if not self.steps:
            return
        last = (self.steps - 1) % self.size
        self.breaks[last, starts] = True
        for i in ended:
            self.endings[last, i] = self.ended.put((last, i), self.frames[row, i]) + 1

    def _forget(self, position: int) -> None:
        """Give up the step that is about to be overwritten."""
        self.ended.drop(position, self.n_envs)
        self.whole.drop(position, self.n_envs)
        self.wholes[position] = 0
        self.endings[position] = 0
        self.breaks[position] = False

    def _keep_whole(self, position: int, i: int, obs: np.ndarray, next_obs: np.ndarray) -> None:
        pair = to_device(np.ascontiguousarray([obs, next_obs]), self.device)
        self.wholes[position, i] = self.whole.put((position, i), pair) + 1

    def _check_irregular(self, more: int) -> None:
        self.irregular += more
        if more and self.irregular > 100 and self.irregular > MOST_IRREGULAR * self.steps * self.n_envs:
            raise ValueError(
                "FrameReplayBuffer: observations are not the ones before with one frame pushed in at the end; stack "
                f"frames along the first axis, newest last, and say in replay_buffer_kwargs how many channels a frame has "
                f"(frame_channels is {self.channels} here); or use stable_baselines3's ReplayBuffer"
            )


def _replaced(gathered: th.Tensor, places: th.Tensor, items: th.Tensor) -> th.Tensor:
    """What was gathered, with items in place of it where ``places`` (B,) names one (1 + its place)."""
    named = places > 0
    # On other devices this look would wait for the device.
    if not len(items) or (named.device.type == "cpu" and not named.any()):
        return gathered
    # In the same memory order; another one would make compiled code compile again.
    replaced = th.empty_strided(gathered.shape, gathered.stride(), dtype=gathered.dtype, device=gathered.device)
    return th.where(named.view(-1, *[1] * (gathered.dim() - 1)), items[(places.long() - 1).clamp(min=0)], gathered, out=replaced)
