"""States of training know which game they are from, if training says where games start."""

import numpy as np

from saccade.saliency.states.sources import TrainingStream


def stream(starts: list[bool] | None) -> TrainingStream:
    """Seven steps of two envs, of which the first one counts."""
    source = TrainingStream(7, 3)
    for step in range(7):
        started = None if starts is None else np.array([starts[step], True])
        source.watch(np.full((2, 1), step, np.float32), starts=started)
    return source


def test_states_of_the_stream_are_numbered_by_game():
    source = stream([False, False, True, False, False, True, False])
    probes = source.probes(patient=False)
    assert probes.observations[:, 0].tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert probes.games.tolist() == [0, 0, 1, 1, 1, 2, 2]
    assert source.trajectory(None, 2).games.tolist() == [2, 2]


def test_where_nobody_says_it_the_games_are_not_known():
    assert stream(None).probes(patient=False).games is None
