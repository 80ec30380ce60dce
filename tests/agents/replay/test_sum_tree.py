import pytest
import torch as th

from saccade.agents.replay.sum_tree import SumTree

CPU = th.device("cpu")


def filled(*numbers: float) -> SumTree:
    tree = SumTree(len(numbers), CPU)
    tree[th.arange(len(numbers))] = th.tensor(numbers)
    return tree


def test_find_by_hand():
    tree = filled(1, 0, 2, 4, 3)
    assert tree.total == 10
    sums = th.tensor([0.0, 0.99, 1.0, 2.99, 3.0, 6.99, 7.0, 9.99])
    assert tree.find(sums).tolist() == [0, 0, 2, 2, 3, 3, 4, 4]


@pytest.mark.parametrize("size", [1, 2, 7, 8, 1000])
def test_find_equals_a_search_in_the_running_sum(size):
    generator = th.Generator().manual_seed(size)
    numbers = th.randint(0, 5, (size,), generator=generator).double()
    numbers[-1] = 1
    tree = filled(*numbers.tolist())
    sums = th.rand(500, generator=generator).double() * numbers.sum()
    assert th.equal(tree.find(sums), th.searchsorted(numbers.cumsum(0), sums, right=True))


def test_the_total_is_right_if_a_place_is_set_twice():
    tree = filled(1, 2, 3, 4)
    tree[th.tensor([1, 1, 3])] = th.tensor([5.0, 5.0, 0.0])
    assert tree.total == 9
    assert tree[th.tensor([0, 1, 2, 3])].tolist() == [1, 5, 3, 0]


def test_find_never_returns_a_place_with_0():
    """Not even for a sum slightly above the total, as rounding can give it."""
    tree = filled(0, 0.1, 0, 0.2, 0, 0)
    found = tree.find(th.tensor([0.0, 0.1, 0.3, 0.3 + 1e-12], dtype=th.float64))
    assert set(found.tolist()) <= {1, 3}


def test_a_million_places_keep_their_precision():
    tree = SumTree(1_000_000, CPU)
    tree[th.arange(1_000_000)] = th.tensor(1e-3)
    tree[th.tensor([777_777])] = th.tensor(1e6)
    tree[th.tensor([777_777])] = th.tensor(1e-3)
    assert tree.total.item() == pytest.approx(1000, rel=1e-6)
