"""Counter-based random numbers: each env's numbers do not depend on the other envs of the batch."""

import torch as th

GOLDEN = -0x61C8864680B583EB  # 2^64 divided by the golden ratio, as a signed number
_FIRST, _SECOND = -0x40A7B892E31B1A47, -0x6B2FB644ECCEEE15  # 0xBF58476D1CE4E5B9 and 0x94D049BB133111EB, signed


def key_of(seed: int) -> int:
    """A seed of any size as a key of 64 bits; those below 2^63 stay as they are. Seeds that differ by 2^64 are the same key."""
    return (seed + 2**63) % 2**64 - 2**63


def uniforms(keys: th.Tensor, counters: th.Tensor, draws: int) -> th.Tensor:
    """
    Numbers in [0, 1) that depend only on key, counter and place. They are the same on every device.

    This is SplitMix64 (Steele, Lea and Flood 2014), started from a hash of key and counter. A counter-based generator (Salmon
    et al. 2011) needs no state and no loop over the batch.

    :param keys: (N,) int64, such as an env's seed
    :param counters: (N,) int64, such as the number of its episode
    :param draws: numbers per key
    :return: (N, draws) float64, multiples of 2^-53
    """
    start = _mixed(_mixed(keys * GOLDEN + GOLDEN) + counters * GOLDEN)
    places = th.arange(1, draws + 1, dtype=th.int64, device=keys.device) * GOLDEN
    bits = _mixed(start[:, None] + places)
    return _shifted(bits, 11).double() * 2.0**-53


def _mixed(bits: th.Tensor) -> th.Tensor:
    """SplitMix64's bijection of 64 bits. Products wrap around."""
    bits = (bits ^ _shifted(bits, 30)) * _FIRST
    bits = (bits ^ _shifted(bits, 27)) * _SECOND
    return bits ^ _shifted(bits, 31)


def _shifted(bits: th.Tensor, by: int) -> th.Tensor:
    """Shifted to the right. Zeros come in, where torch would copy the sign."""
    return (bits >> by) & ((1 << (64 - by)) - 1)
