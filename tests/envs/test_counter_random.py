"""The numbers depend only on key, counter and place, and pass tests of randomness."""

import numpy as np
import torch as th

from saccade.envs.counter_random import key_of, uniforms


def slow_uniform(key: int, counter: int, place: int) -> float:
    """The same computation with Python's unbounded integers."""
    mask, golden = (1 << 64) - 1, 0x9E3779B97F4A7C15

    def mixed(z: int) -> int:
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        return z ^ (z >> 31)

    start = mixed((mixed((key * golden + golden) & mask) + counter * golden) & mask)
    return (mixed((start + (place + 1) * golden) & mask) >> 11) / 2**53


def test_mixing_equals_the_reference_implementation_of_splitmix64():
    # The first output of SplitMix64 with seed 0 is mix(golden). The value is from its reference implementation.
    from saccade.envs.counter_random import GOLDEN, _mixed

    assert int(_mixed(th.tensor([GOLDEN]))) % 2**64 == 0xE220A8397B1DCDAF


def test_uniforms_equal_a_computation_with_unbounded_integers():
    keys, counters = th.tensor([0, 1, 2**31, 2**62, 12345]), th.tensor([0, 7, 1, 10**9, 3])
    given = uniforms(keys, counters, 4)
    for i in range(len(keys)):
        for place in range(4):
            assert given[i, place].item() == slow_uniform(int(keys[i]), int(counters[i]), place)


def test_numbers_do_not_depend_on_the_batch():
    keys, counters = th.arange(50), th.arange(50) * 3
    whole = uniforms(keys, counters, 6)
    for i in (0, 17, 49):
        assert th.equal(uniforms(keys[i : i + 1], counters[i : i + 1], 6)[0], whole[i])
    assert th.equal(uniforms(keys, counters, 3), whole[:, :3])
    assert uniforms(keys[:0], counters[:0], 3).shape == (0, 3)


def test_numbers_are_uniform_and_uncorrelated():
    keys = th.arange(200).repeat_interleave(200)
    drawn = uniforms(keys, th.arange(200).repeat(200), 3).numpy()
    assert 0 <= drawn.min() < 1e-3
    assert 0.999 < drawn.max() < 1
    counts, _ = np.histogram(drawn[:, 0], bins=20, range=(0, 1))
    expected = len(drawn) / 20
    assert ((counts - expected) ** 2 / expected).sum() < 43.8  # chi-squared with 19 degrees of freedom, 0.1 %
    neighbours = [(drawn[:, 0], drawn[:, 1]), (drawn[:-1, 0], drawn[1:, 0]), (drawn[:-200, 0], drawn[200:, 0])]
    for a, b in neighbours:  # places, counters, keys
        assert abs(np.corrcoef(a, b)[0, 1]) < 4 / np.sqrt(len(a))


def test_keys_of_large_seeds():
    assert [key_of(seed) for seed in (0, 5, 2**63 - 1)] == [0, 5, 2**63 - 1]
    assert [key_of(seed) for seed in (2**63, 2**64 - 1, 2**64, 2**70 + 3)] == [-(2**63), -1, 0, 3]
    numbers = uniforms(th.tensor([key_of(2**63), key_of(2**63 + 1)]), th.zeros(2, dtype=th.int64), 4)
    assert ((numbers >= 0) & (numbers < 1)).all()
    assert not th.equal(numbers[0], numbers[1])
