import torch as th

from saccade.agents.double_q_target import double_q_target


def test_target_by_hand():
    target = double_q_target(
        rewards=th.tensor([[1.0], [2.0], [-1.0]]),
        dones=th.tensor([[0.0], [1.0], [0.0]]),
        discounts=0.5,
        next_q_online=th.tensor([[0.0, 3.0], [9.0, 1.0], [2.0, 1.0]]),
        next_q_target=th.tensor([[10.0, 4.0], [5.0, 5.0], [6.0, 8.0]]),
    )
    # The online network chooses actions 1, 0, 0. The target network rates them 4, -, 6: 1 + 2, 2, -1 + 3.
    assert th.equal(target, th.tensor([[3.0], [2.0], [2.0]]))


def test_target_equals_a_loop_with_a_discount_per_sample():
    generator = th.Generator().manual_seed(0)
    online, rated = (th.randn(20, 4, generator=generator) for _ in range(2))
    rewards, dones = th.randn(20, 1, generator=generator), (th.rand(20, 1, generator=generator) < 0.3).float()
    discounts = 0.99 ** th.randint(1, 4, (20, 1), generator=generator).float()
    target = double_q_target(rewards, dones, discounts, online, rated)
    for i in range(20):
        best = max(range(4), key=lambda a: online[i, a].item())
        expected = rewards[i, 0] if dones[i, 0] else rewards[i, 0] + discounts[i, 0] * rated[i, best]
        assert th.isclose(target[i, 0], expected)


def test_with_one_network_the_target_is_that_of_q_learning():
    q = th.randn(5, 3)
    assert th.allclose(double_q_target(th.zeros(5, 1), th.zeros(5, 1), 0.9, q, q), 0.9 * q.max(dim=1, keepdim=True).values)
