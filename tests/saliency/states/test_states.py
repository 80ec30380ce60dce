import numpy as np
import torch as th

from saccade.saliency import States
from saccade.saliency.states.states import OneState, together


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


def test_what_is_not_known_of_each_state_is_left_out():
    """A memory beside a state without one would be taken for the memory of another state."""
    first = OneState(np.zeros(2), phase=0.5, memory=th.ones(1, 3), start=True, masks=th.tensor([True, False]), game=1)
    second = OneState(np.ones(2), phase=0.75, start=False, masks=th.tensor([True, True]), game=2)
    states = together([first, second])
    assert states.observations.tolist() == [[0, 0], [1, 1]]
    assert states.phases.tolist() == [0.5, 0.75]
    assert (states.starts.tolist(), states.games.tolist()) == ([True, False], [1, 2])
    assert states.masks.tolist() == [[True, False], [True, True]]
    assert (states.memory, states.frames, states.objects) == (None, None, None)
    assert together([first, first]).memory.shape == (2, 1, 3)
