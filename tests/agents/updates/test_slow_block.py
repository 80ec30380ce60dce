"""A line only about what takes long."""

import threading

import pytest

from saccade.agents.updates.slow_block import said_if_slow


def test_a_slow_block_is_said_once():
    said = threading.Semaphore(0)
    with said_if_slow(0.0, said.release):
        assert said.acquire(timeout=60)
    assert not said.acquire(blocking=False)


@pytest.mark.parametrize("error", [None, KeyError])
def test_a_quick_block_is_not_said_and_its_errors_pass(error):
    said, before = [], set(threading.enumerate())
    try:
        with said_if_slow(3600.0, lambda: said.append(1)):
            (timer,) = set(threading.enumerate()) - before
            if error:
                raise error
    except KeyError:
        assert error is KeyError
    timer.join(60)
    assert not timer.is_alive()  # it does not wait for its time
    assert not said
