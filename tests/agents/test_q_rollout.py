import numpy as np
import torch as th
from gymnasium import spaces

from saccade.agents.q_rollout import QRollout

CPU = th.device("cpu")


def test_steps_are_numbered_by_time_then_env():
    rollout = QRollout(3, 2, spaces.Box(0, 255, (1, 2, 2), np.uint8), CPU)
    for t in range(4):
        seen = rollout.see(t, np.stack([np.full((1, 2, 2), 10 * t + n, dtype=np.uint8) for n in range(2)]))
        assert seen[:, 0, 0, 0].tolist() == [10 * t, 10 * t + 1]
        assert seen.dtype == th.uint8
    rollout.actions[:] = [[0, 1], [2, 3], [4, 5]]
    rollout.rewards[:] = [[0, 1], [2, 3], [4, 5]]
    rollout.dones[:] = 1
    indices = th.tensor([5, 0, 3])
    assert rollout.at(indices)[:, 0, 0, 0].tolist() == [21, 0, 11]
    assert rollout.taken()[indices].flatten().tolist() == [5, 0, 3]
    assert rollout.returns(0.9, 0.5)[indices].tolist() == [5, 0, 3]


def test_returns_use_the_values_of_the_next_observations():
    rollout = QRollout(2, 1, spaces.Box(-1, 1, (1,)), CPU)
    rollout.max_q[:] = th.tensor([[100.0], [2.0], [4.0]])
    assert rollout.returns(0.5, 0.0).tolist() == [1, 2]


def test_dict_observations_keep_their_keys_and_dtypes():
    space = spaces.Dict(image=spaces.Box(0, 255, (1, 4, 4), np.uint8), kind=spaces.Discrete(3))
    rollout = QRollout(1, 2, space, CPU)
    seen = rollout.see(0, {"image": np.ones((2, 1, 4, 4), dtype=np.uint8), "kind": np.array([2, 1])})
    assert (seen["image"].dtype, seen["kind"].dtype) == (th.uint8, th.int64)
    assert rollout.at(th.tensor([1]))["kind"].tolist() == [1]


def test_condensed_observations_are_kept():
    space = spaces.Dict({"image": spaces.Box(0, 255, (1, 4, 4), np.uint8), "gaze": spaces.Box(-1, 1, (2,))})
    rollout = QRollout(2, 3, space, CPU, condense=lambda obs: {"mean": obs["image"].float().mean((1, 2, 3))})
    for t in range(3):
        seen = rollout.see(t, {"image": np.full((3, 1, 4, 4), t, np.uint8), "gaze": np.zeros((3, 2), np.float32)})
        assert seen["mean"].tolist() == [t] * 3
    assert rollout.at(th.tensor([4, 1]))["mean"].tolist() == [1, 0]
    assert rollout.observations.keys() == {"mean"}
