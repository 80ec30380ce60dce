import numpy as np

from saccade.agents.replay.frame_stacks import follows, padding_of, same_observation


def test_same_observation_sees_one_changed_byte():
    a = np.zeros((3, 2, 3, 3), dtype=np.uint8)  # 18 bytes a row: not a multiple of eight
    b = a.copy()
    b[1, 1, 2, 2] = 1
    assert same_observation(a, b).tolist() == [True, False, True]
    wide = np.zeros((2, 4, 8, 8), dtype=np.uint8)
    other = wide.copy()
    other[0, 3, 7, 7] = 255
    assert same_observation(wide, other).tolist() == [False, True]


def test_follows_compares_the_shifted_frames_only():
    before = np.arange(24, dtype=np.uint8).reshape(1, 4, 6)
    after = np.concatenate([before[:, 1:], np.full((1, 1, 6), 99, np.uint8)], axis=1)
    assert follows(after, before, channels=1).tolist() == [True]
    assert follows(before, before, channels=1).tolist() == [False]
    assert follows(np.concatenate([before[:, 2:], after[:, :2]], axis=1), before, channels=2).tolist() == [True]
    assert follows(before[:, :1], before[:, 1:2], channels=1).tolist() == [True]  # a stack of one frame always does


def test_padding_of_a_first_stack():
    frame = np.full((1, 2, 2), 7, dtype=np.uint8)
    assert padding_of(np.concatenate([0 * frame, 0 * frame, frame]), 1) == "zeros"
    assert padding_of(np.concatenate([frame, frame, frame]), 1) == "repeat"
    assert padding_of(np.concatenate([frame, 2 * frame, frame]), 1) is None
    assert padding_of(frame, 1) == "zeros"
