"""The files of a replay buffer: what is written after others were deleted can always be read."""

import numpy as np
import pytest
from gymnasium import spaces

from saccade.agents import FrameReplayBuffer
from saccade.agents.replay import replay_state
from saccade.experiments.resuming.replay_files import ReplayFiles


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch):
    monkeypatch.setattr(replay_state, "SMALLEST_BLOCK", 8)


def made() -> FrameReplayBuffer:
    return FrameReplayBuffer(40, spaces.Box(0, 255, (2, 4, 4), np.uint8), spaces.Discrete(3), device="cpu")


def filled(steps: int) -> FrameReplayBuffer:
    buffer, rng = made(), np.random.default_rng(0)
    obs = rng.integers(0, 255, (1, 2, 4, 4), dtype=np.uint8)
    for _ in range(steps):
        after = np.concatenate([obs[:, 1:], rng.integers(0, 255, (1, 1, 4, 4), dtype=np.uint8)], axis=1)
        buffer.add(obs, after, rng.integers(3, size=1), rng.random(1), np.zeros(1, bool), [{}])
        obs = after
    return buffer


def same(one: FrameReplayBuffer, other: FrameReplayBuffer) -> bool:
    batches = []
    for buffer in (one, other):
        np.random.seed(0)
        batches.append(buffer.sample(16))
    return all(first is None or np.array_equal(first.numpy(), second.numpy()) for first, second in zip(*batches, strict=True))


@pytest.mark.parametrize("goes_on", [False, True])
def test_blocks_whose_files_were_deleted_are_written_again(tmp_path, goes_on):
    buffer, files = filled(30), ReplayFiles(tmp_path / "replay")
    first = files.write(buffer)
    if goes_on:  # a run that was stopped and resumed
        files, buffer = ReplayFiles(tmp_path / "replay"), made()
        files.read(buffer, first)
    files.keep_only([])  # checkpoints without a replay buffer came after it
    assert not list(tmp_path.glob("replay/*"))
    again, copy = files.write(buffer), made()
    ReplayFiles(tmp_path / "replay").read(copy, again)
    assert same(buffer, copy)


def test_blocks_that_are_kept_are_not_written_again(tmp_path):
    buffer, files = filled(30), ReplayFiles(tmp_path / "replay")
    first = files.write(buffer)
    before = {path.name for path in files.folder.iterdir()}
    files.keep_only([first])
    assert {path.name for path in files.folder.iterdir()} == before
    second = files.write(buffer)
    final = [number for number in first["files"] if number in second["files"] and first["files"][number] == second["files"][number]]
    assert final == ["0", "1", "2"]  # 24 of 30 steps
