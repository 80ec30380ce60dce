"""
What a frame buffer holds as plain arrays, in blocks of steps.

Steps of long ago do not change any more. So whoever saves a buffer often writes each full block once, and only the last block and
the rest anew.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import torch as th

from .device_arrays import to_device
from .frame_replay_buffer import COLUMNS, FrameReplayBuffer
from .frame_ring import COLUMNS as RING_COLUMNS
from .frame_ring import PADDING, POOLS, TRACKED
from .prioritized_replay_buffer import PrioritizedFrameReplayBuffer

Arrays = dict[str, np.ndarray]
BLOCKS = 64  # in a full buffer, about
SMALLEST_BLOCK = 256  # steps
ARRAYS_TRACKED = tuple(name for name in TRACKED if name != PADDING)  # the tracker's padding is a word


def block_length(buffer: FrameReplayBuffer) -> int:
    """Steps of each env in a block."""
    return max(-(-buffer.buffer_size // BLOCKS), SMALLEST_BLOCK)


def blocks_held(buffer: FrameReplayBuffer) -> range:
    """Numbers of the blocks that have something which the buffer still holds. Block k has the steps from k times its length on."""
    length, steps = block_length(buffer), buffer.ring.steps
    return range(_oldest(buffer) // length, steps // length + 1)


def is_final(buffer: FrameReplayBuffer, block: int) -> bool:
    """Whether a block will not change any more. A step still changes while the next one is stored."""
    return buffer.ring.steps > (block + 1) * block_length(buffer)


def block_of(buffer: FrameReplayBuffer, block: int) -> Arrays:
    """The arrays of a block, up to the newest step. What the buffer has written over by now may be anything."""
    length = block_length(buffer)
    frames, steps = _places(buffer, block, min(length, buffer.ring.steps + 1 - block * length))
    ring = buffer.ring
    return {
        "frames": ring.frames[frames].cpu().numpy(),
        **{f"ring_{name}": getattr(ring, name)[steps].cpu().numpy() for name in RING_COLUMNS},
        **{name: getattr(buffer, name)[steps].cpu().numpy() for name in COLUMNS},
    }


def rest_of(buffer: FrameReplayBuffer) -> tuple[dict[str, Any], Arrays]:
    """Everything that is not in blocks: plain numbers, and arrays."""
    ring = buffer.ring
    numbers: dict[str, Any] = {
        "steps": ring.steps,
        "irregular": ring.irregular,
        "pos": buffer.pos,
        "full": buffer.full,
        PADDING: ring.tracker.padding,
        "shape": [buffer.buffer_size, buffer.n_envs, *buffer.obs_shape],
    }
    arrays: Arrays = {name: np.array(getattr(ring.tracker, name)) for name in ARRAYS_TRACKED}
    for name in POOLS:
        pool = getattr(ring, name)
        used = np.array([[*key, place] for key, place in pool.places.items()], dtype=np.int64).reshape(-1, 3)
        arrays |= {f"{name}_items": pool.items.cpu().numpy(), f"{name}_places": used}
        arrays[f"{name}_free"] = np.array(pool.free, dtype=np.int64)
    if isinstance(buffer, PrioritizedFrameReplayBuffer):
        numbers["samples"] = buffer.samples
        leaves = buffer.tree.knots[buffer.tree.leaves :][: buffer.buffer_size * buffer.n_envs]
        arrays |= {"priorities": leaves.cpu().numpy(), "largest": buffer.largest.cpu().numpy()}
    return numbers, arrays


def restore(
    buffer: FrameReplayBuffer, numbers: Mapping[str, Any], arrays: Mapping[str, np.ndarray], blocks: Iterable[tuple[int, Arrays]]
) -> None:
    """
    Make an empty buffer hold what another one held.

    :param buffer: of the same size, envs and observations
    :param numbers: from :func:`rest_of`
    :param arrays: likewise
    :param blocks: numbers and arrays of :func:`blocks_held`; a block is asked for once the one before it is stored
    :raises ValueError: if the shapes differ
    """
    shape = [buffer.buffer_size, buffer.n_envs, *buffer.obs_shape]
    if numbers["shape"] != shape:
        raise ValueError(f"the saved buffer has the shape {numbers['shape']} (steps, envs, observation), this one {shape}")
    ring = buffer.ring
    ring.steps, ring.irregular = numbers["steps"], numbers["irregular"]
    buffer.pos, buffer.full = numbers["pos"], numbers["full"]
    for number, block in blocks:
        _restore_block(buffer, number, block)
    ring.tracker.padding = numbers[PADDING]
    for name in ARRAYS_TRACKED:
        setattr(ring.tracker, name, arrays[name].copy())
    for name in POOLS:
        pool = getattr(ring, name)
        pool.items = to_device(arrays[f"{name}_items"].copy(), buffer.device)
        pool.places = {(int(position), int(i)): int(place) for position, i, place in arrays[f"{name}_places"]}
        pool.free = arrays[f"{name}_free"].tolist()
    if isinstance(buffer, PrioritizedFrameReplayBuffer):
        buffer.samples = numbers["samples"]
        buffer.tree.fill(to_device(arrays["priorities"].copy(), buffer.device))
        buffer.largest = to_device(arrays["largest"].copy(), buffer.device)


def _oldest(buffer: FrameReplayBuffer) -> int:
    """The oldest step of which the buffer holds the frame."""
    return max(buffer.ring.steps - buffer.ring.rows + 1, 0)


def _places(buffer: FrameReplayBuffer, block: int, count: int) -> tuple[th.Tensor, th.Tensor]:
    """Where the first ``count`` steps of a block lie: rows of their frames, positions of the steps."""
    counted = th.arange(count, device=buffer.device) + block * block_length(buffer)
    return counted % buffer.ring.rows, counted % buffer.buffer_size


def _restore_block(buffer: FrameReplayBuffer, number: int, block: Arrays) -> None:
    frames, positions = _places(buffer, number, len(block["frames"]))
    counted = th.arange(len(frames), device=buffer.device) + number * block_length(buffer)
    newest = buffer.ring.steps
    here = (counted >= _oldest(buffer)) & (counted <= newest)
    buffer.ring.frames[frames[here]] = to_device(block["frames"], buffer.device)[here]
    here = (counted >= newest - buffer.buffer_size) & (counted < newest)
    for owner, before, names in ((buffer.ring, "ring_", RING_COLUMNS), (buffer, "", COLUMNS)):
        for name in names:
            getattr(owner, name)[positions[here]] = to_device(block[before + name], buffer.device)[here]
