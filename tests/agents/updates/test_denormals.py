"""Moments that are too small to matter become 0, and nothing else changes."""

import pytest
import torch as th

from saccade.agents.updates.denormals import TINY, UPDATES, flush_denormals, flushes_denormals, without_denormals

LEAST_NORMAL = th.finfo(th.float32).tiny


def dead_and_alive(kind: type[th.optim.Optimizer], drop: bool, **kwargs) -> tuple[th.Tensor, dict]:
    """Two weights after 1,500 updates, and their optimizer state. The first had a gradient only once, the second always."""
    weight = th.nn.Parameter(th.ones(2))
    optimizer = kind([weight], lr=0.01, **kwargs)
    for update in range(1, 1501):
        weight.grad = th.tensor([float(update == 1), 1.0])
        optimizer.step()
        if drop:
            flush_denormals(optimizer, update)
    return weight.data, optimizer.state[weight]


@pytest.mark.parametrize(
    ("kind", "kwargs", "name"),
    [
        (th.optim.Adam, {}, "exp_avg"),
        (th.optim.Adam, {"fused": True}, "exp_avg"),
        (th.optim.RAdam, {}, "exp_avg"),
        (th.optim.SGD, {"momentum": 0.9}, "momentum_buffer"),
    ],
)
def test_momentum_of_a_dead_weight_becomes_0_and_weights_do_not_change(kind, kwargs, name):
    weights, state = dead_and_alive(kind, drop=False, **kwargs)
    assert 0 < state[name][0] < LEAST_NORMAL  # the problem: a denormal number
    weights_dropped, state_dropped = dead_and_alive(kind, drop=True, **kwargs)
    assert state_dropped[name][0] == 0
    assert th.equal(state_dropped[name][1], state[name][1])
    assert th.equal(weights_dropped, weights)


def test_flush_by_hand_at_every_hundredth_update_only():
    weight = th.nn.Parameter(th.zeros(4))
    optimizer = th.optim.Adam([weight])
    weight.grad = th.ones(4)
    optimizer.step()
    before = th.tensor([2 * TINY, -2 * TINY, TINY / 2, -1e-42])
    for update, after in ((UPDATES - 1, before), (UPDATES, th.tensor([2 * TINY, -2 * TINY, 0.0, 0.0]))):
        optimizer.state[weight]["exp_avg"] = before.clone()
        flush_denormals(optimizer, update)
        assert th.equal(optimizer.state[weight]["exp_avg"], after)


@pytest.mark.parametrize(("kind", "name"), [(th.optim.Adam, "exp_avg_sq"), (th.optim.RMSprop, "square_avg")])
def test_means_of_squares_are_flushed_too(kind, name):
    weight = th.nn.Parameter(th.ones(2))
    optimizer = kind([weight])
    weight.grad = th.ones(2)
    optimizer.step()
    optimizer.state[weight][name] = th.tensor([1e-40, 1e-20])
    flush_denormals(optimizer, UPDATES)
    assert th.equal(optimizer.state[weight][name], th.tensor([0.0, 1e-20]))


def test_no_denormal_number_arises_between_two_flushes():
    assert TINY * 0.9**UPDATES > LEAST_NORMAL


def test_optimizers_without_momentum_or_without_a_step_are_left_alone():
    weight = th.nn.Parameter(th.ones(2))
    not_stepped = th.optim.Adam([weight])
    flush_denormals(not_stepped, UPDATES)
    assert not not_stepped.state
    optimizer = th.optim.SGD([weight], lr=0.5)
    weight.grad = th.ones(2)
    optimizer.step()
    flush_denormals(optimizer, UPDATES)
    assert th.equal(weight.data, th.full((2,), 0.5))


def test_without_denormals_small_results_are_zero_only_meanwhile():
    tiny = th.tensor(th.finfo(th.float32).tiny)
    with without_denormals(th.device("cpu")):
        assert float(tiny * 0.5) == 0.0
        assert flushes_denormals()
        with without_denormals(th.device("cpu")):  # the inner one leaves the outer one alone
            pass
        assert flushes_denormals()
    assert float(tiny * 0.5) == tiny.item() / 2
    with pytest.raises(RuntimeError, match="broken"), without_denormals(th.device("cpu")):
        raise RuntimeError("broken")
    assert not flushes_denormals()
    with without_denormals(th.device("meta")):
        assert not flushes_denormals()
