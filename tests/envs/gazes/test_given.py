"""What a user gives for a gaze."""

import numpy as np
import pytest

from saccade.envs.gazes.given import check_teacher, frames_of, place_of


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


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("center", 3, None), "taught is 'center'; it must be a function of images"),
        ((np.zeros_like, None, None), "taught needs tiles, from which the gaze must be chosen"),
        ((np.zeros_like, 3, "center"), "forced is 'center', but a gaze that is taught must be free"),
    ],
)
def test_gazes_that_cannot_be_taught(given, message):
    with pytest.raises(ValueError, match=message):
        check_teacher(*given)
    check_teacher(np.zeros_like, 3, None)
