"""What a user gives for a gaze."""

import numpy as np
import pytest

from saccade.envs.gazes.given import frames_of, place_of


def test_frames():
    assert [frames_of(4, True), frames_of(12, 3), frames_of(1, 1), frames_of(6, np.int64(2))] == [4, 4, 1, 3]
    for channels, memory in ((3, True), (4, 3), (4, 0), (4, -1), (4, 1.5), (4, "2")):
        with pytest.raises(ValueError, match=r"memory|channels"):
            frames_of(channels, memory)


def test_places():
    assert place_of((0, 1), "") == (0.0, 1.0)
    assert place_of(np.array([-1.0, 0.25]), "") == (-1.0, 0.25)
    for given in ((0, 1.1), (0,), (0, 0, 0), "11", "ab", 3, None, (0, float("nan")), (0, "x")):
        with pytest.raises(ValueError, match="x and y, not"):
            place_of(given, "it must be x and y")
