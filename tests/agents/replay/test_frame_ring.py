"""A ring of stacks of two frames of one pixel, by hand."""

import numpy as np
import torch as th

from saccade.agents.replay.frame_ring import RING_STATE, FrameRing


def stack(older: int, newest: int) -> np.ndarray:
    return np.array([[[[older]], [[newest]]]], dtype=np.uint8)


def ring(size: int = 3) -> FrameRing:
    return FrameRing(size, 1, (2, 1, 1), np.uint8, channels=1, device=th.device("cpu"))


def pair(filled: FrameRing, position: int) -> tuple[list[int], list[int]]:
    before, after = filled.pairs(th.tensor([position]), th.tensor([0]))
    return before.flatten().tolist(), after.flatten().tolist()


def test_each_frame_is_stored_once_and_pairs_come_back():
    filled = ring()
    for step in range(5):  # the last two overwrite the first two
        filled.append(stack(step, step + 1), stack(step + 1, step + 2))
    assert [pair(filled, position) for position in range(3)] == [([3, 4], [4, 5]), ([4, 5], [5, 6]), ([2, 3], [3, 4])]
    assert filled.frames.shape == (6, 1, 1, 1, 1)  # 3 steps, 2 frames of a stack, and the row of zeros


def test_the_last_frame_of_an_episode_is_kept_beside_the_ring():
    filled = ring()
    filled.append(stack(0, 1), stack(1, 2))
    filled.append(stack(0, 7), stack(7, 8))
    assert pair(filled, 0) == ([0, 1], [1, 2])
    assert pair(filled, 1) == ([0, 7], [7, 8])
    assert filled.breaks[:, 0].tolist() == [True, False, False]


def test_a_restored_ring_gives_the_same_pairs_and_continues():
    filled, restored = ring(), ring()
    filled.append(stack(0, 1), stack(1, 2))
    state = filled.state()
    assert set(state) == set(RING_STATE)
    restored.restore(state)
    for each in (filled, restored):
        each.append(stack(1, 2), stack(2, 3))
    assert [pair(restored, position) for position in range(2)] == [pair(filled, position) for position in range(2)]
    assert not restored.breaks.any()
