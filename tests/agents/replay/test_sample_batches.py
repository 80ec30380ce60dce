import torch as th
from stable_baselines3.common.type_aliases import ReplayBufferSamples

from saccade.agents.replay.sample_batches import sample_batches


def column(*values: float) -> th.Tensor:
    return th.tensor(values)[:, None]


def test_batches_by_hand():
    samples = ReplayBufferSamples(
        {"a": column(1, 2, 3, 4), "b": column(5, 6, 7, 8)},
        column(0, 1, 0, 1),
        {"a": column(2, 3, 4, 5), "b": column(6, 7, 8, 9)},
        column(0, 0, 0, 1),
        column(1, 2, 3, 4),
        None,
    )
    first, second = sample_batches(samples, 2)
    assert isinstance(first, ReplayBufferSamples)
    assert th.equal(first.observations["a"], column(1, 2))
    assert th.equal(second.observations["b"], column(7, 8))
    assert th.equal(second.next_observations["a"], column(4, 5))
    assert th.equal(first.rewards, column(1, 2))
    assert th.equal(second.dones, column(0, 1))
    assert first.discounts is None


def test_a_single_batch_is_the_whole_sample():
    samples = ReplayBufferSamples(*(th.rand(3, 2) for _ in range(5)), discounts=th.rand(3, 1))
    (batch,) = sample_batches(samples, 3)
    assert all(th.equal(a, b) for a, b in zip(batch, samples, strict=True))
