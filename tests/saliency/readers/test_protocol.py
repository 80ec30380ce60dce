import numpy as np
import pytest
from gymnasium import spaces

from saccade.saliency.readers.protocol import actions_differ


def test_continuous_actions_differ_from_five_percent_of_their_range_on():
    """Of ranges of 100 and 10 this is 5 and 0.5. Just as much is not a difference yet, and one number that differs is enough."""
    space = spaces.Box(np.array([0, -5], np.float32), np.array([100, 5], np.float32))
    others = np.array([[45, 1.0], [44.9, 1.0], [55.1, 1.0], [50, 1.5], [50, 1.51], [50, 0.49]])
    ours = np.broadcast_to([50, 1.0], others.shape)
    assert actions_differ(space, ours, others).tolist() == [False, True, True, False, True, True]
    assert not actions_differ(space, ours, ours).any()


@pytest.mark.parametrize("dtype", [np.int64, np.uint8])
def test_other_discrete_actions_differ(dtype):
    """Those of a uint8 do not wrap around."""
    ours, others = np.array([0, 3, 1], dtype), np.array([255, 3, 2], dtype)
    assert actions_differ(spaces.Discrete(256), ours, others).tolist() == [True, False, True]
    several = np.stack([ours, ours], axis=1), np.stack([ours, others], axis=1)
    assert actions_differ(spaces.MultiDiscrete([256, 256]), *several).tolist() == [True, False, True]
