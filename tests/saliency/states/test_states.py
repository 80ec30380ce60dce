import numpy as np
import torch as th

from saccade.saliency import States


def test_some_states_of_a_dict_keep_everything_that_is_known_of_them():
    states = States(
        {"image": np.arange(6).reshape(3, 2), "vector": np.arange(3)[:, None]},
        frames=np.arange(3),
        memory=th.arange(3)[:, None],
        starts=np.array([True, False, True]),
        games=np.array([4, 4, 5]),
    )
    some = states.some(slice(1, 3))
    assert len(states) == 3
    assert len(some) == 2
    assert some.observations["image"].tolist() == [[2, 3], [4, 5]]
    assert some.observations["vector"].tolist() == [[1], [2]]
    assert some.frames.tolist() == [1, 2]
    assert some.memory.tolist() == [[1], [2]]
    assert some.starts.tolist() == [False, True]
    assert some.games.tolist() == [4, 5]
    assert some.phases is None
