"""A buffer that is filled from blocks gives the batches of the one they came from, and blocks of long ago never change."""

import numpy as np
import pytest
import torch as th
from gymnasium import spaces

from saccade.agents import FrameReplayBuffer, PrioritizedFrameReplayBuffer
from saccade.agents.replay import replay_state
from saccade.agents.replay.replay_state import block_of, blocks_held, is_final, rest_of, restore
from saccade.agents.replay.sum_tree import SumTree

SPACE = spaces.Box(0, 255, (3, 4, 4), np.uint8)


class Play:
    """Stacks of frames with ends of episodes, and now and then an observation that continues nothing."""

    def __init__(self) -> None:
        self.rng = np.random.default_rng(0)
        self.obs = self.fresh()

    def fresh(self) -> np.ndarray:
        stack = np.zeros((2, 3, 4, 4), np.uint8)
        stack[:, -1] = self.rng.integers(1, 255, (2, 4, 4))
        return stack

    def step(self, buffer) -> None:
        after = np.concatenate([self.obs[:, 1:], self.rng.integers(1, 255, (2, 1, 4, 4), dtype=np.uint8)], axis=1)
        done = self.rng.random(2) < 0.1
        cut = [{"TimeLimit.truncated": bool(self.rng.random() < 0.3)} for _ in range(2)]
        buffer.add(self.obs, after, self.rng.integers(3, size=2), self.rng.random(2), done, cut)
        self.obs = np.where(done[:, None, None, None], self.fresh(), after)
        if self.rng.random() < 0.02:
            self.obs = self.rng.integers(1, 255, (2, 3, 4, 4), dtype=np.uint8)


def made(kind, size: int = 2 * 90):
    return kind(size, SPACE, spaces.Discrete(3), device="cpu", n_envs=2)


def assert_same_batches(one, other) -> None:
    for seed in range(5):
        batches = []
        for buffer in (one, other):
            np.random.seed(seed)
            th.manual_seed(seed)
            batches.append(buffer.sample(32))
        for first, second in zip(*batches, strict=True):
            assert (first is None and second is None) or th.equal(first, second)


@pytest.mark.parametrize("kind", [FrameReplayBuffer, PrioritizedFrameReplayBuffer])
@pytest.mark.parametrize("steps", [1, 31, 32, 33, 89, 90, 91, 200, 257])
def test_a_copy_goes_on_as_the_original(kind, steps, monkeypatch):
    monkeypatch.setattr(replay_state, "SMALLEST_BLOCK", 32)
    play, original, copy = Play(), made(kind), made(kind)
    written = {}
    for number in range(steps):
        play.step(original)
        if number % 17 == 0:  # what is final is written once, long before the end
            for block in blocks_held(original):
                if block not in written and is_final(original, block):
                    written[block] = block_of(original, block)
        if kind is PrioritizedFrameReplayBuffer and number > 2:
            batch = original.sample(4)
            original.set_priorities(batch.places, th.rand(4))
    numbers, arrays = rest_of(original)
    restore(copy, numbers, arrays, [(block, written.get(block) or block_of(original, block)) for block in blocks_held(original)])
    assert copy.size() == original.size()
    assert_same_batches(original, copy)
    again = Play()
    again.obs = play.obs.copy()
    play.rng = np.random.default_rng(1)
    again.rng = np.random.default_rng(1)
    for _ in range(120):  # around the ring once more
        play.step(original)
        again.step(copy)
    assert_same_batches(original, copy)


def test_a_buffer_of_another_shape_is_refused():
    original, larger = made(FrameReplayBuffer), made(FrameReplayBuffer, 2 * 91)
    Play().step(original)
    numbers, arrays = rest_of(original)
    with pytest.raises(ValueError, match="has the shape"):
        restore(larger, numbers, arrays, [])


def test_a_filled_tree_has_the_sums_of_one_that_grew():
    values, grown, filled = th.rand(13, dtype=th.float64), SumTree(13, th.device("cpu")), SumTree(13, th.device("cpu"))
    for place in th.randperm(13):
        grown[place[None]] = values[place]
    filled.fill(values)
    assert th.equal(grown.knots, filled.knots)
    assert filled.total == pytest.approx(values.sum().item())
