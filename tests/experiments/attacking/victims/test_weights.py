"""Weights are told apart by their names, shapes, types and values."""

import hashlib

import torch as th
from torch import nn

from saccade.experiments.attacking.victims.weights import weights_digest


def small(**values: th.Tensor) -> nn.Module:
    made = nn.Module()
    for name, value in values.items():
        made.register_buffer(name, value)
    return made


def test_by_hand():
    content = b"a <f4 (2,) " + b"\0\0\x80?\0\0\0@" + b"b <i8 () " + bytes([3, 0, 0, 0, 0, 0, 0, 0])
    both = {"b": th.tensor(3), "a": th.tensor([1.0, 2.0])}
    assert weights_digest(small(**both)) == hashlib.sha256(content).hexdigest()


def test_every_difference_counts():
    values = th.tensor([[1.0, 2.0]])
    others = [values + 1e-6, values.T.contiguous(), values.double(), values[:, :1], values.flip(1)]
    found = {weights_digest(small(a=one)) for one in (values, *others)}
    assert len({*found, weights_digest(small(b=values)), weights_digest(small())}) == 8


def test_how_they_lie_in_memory_does_not_count():
    values = th.arange(6.0).view(2, 3)
    assert weights_digest(small(a=values.T)) == weights_digest(small(a=values.T.contiguous()))
    one, other = nn.Linear(3, 2), nn.Linear(3, 2)
    other.load_state_dict(one.state_dict())
    other.requires_grad_(False)
    assert weights_digest(one) == weights_digest(other)
