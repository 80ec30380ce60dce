"""Fixtures of all folders."""

import pytest
import torch as th


@pytest.fixture
def one_torch_thread():
    """Threads that wait for each other take most of the time of such small batches on a busy machine."""
    n_threads = th.get_num_threads()
    th.set_num_threads(1)
    yield
    th.set_num_threads(n_threads)
