import pytest
import torch as th

from saccade.agents.q_lambda_return import q_lambda_return


def column(*numbers: float) -> th.Tensor:
    return th.tensor(numbers, dtype=th.float32)[:, None]


def test_returns_by_hand():
    """G2 = 3 + .5*8 = 7; G1 = 2 + .5*(.25*7 + .75*4) = 4.375; G0 = 1 + .5*(.25*4.375 + .75*2) = 2.296875."""
    returns = q_lambda_return(column(1, 2, 3), column(0, 0, 0), column(2, 4, 8), gamma=0.5, q_lambda=0.25)
    assert returns.flatten().tolist() == [2.296875, 4.375, 7.0]


def test_returns_stop_at_the_end_of_an_episode():
    returns = q_lambda_return(column(1, 2, 3), column(0, 1, 0), column(2, 1e9, 8), gamma=0.5, q_lambda=0.25)
    assert returns[1].item() == 2
    assert returns[0].item() == 1 + 0.5 * (0.25 * 2 + 0.75 * 2)


@pytest.mark.parametrize("q_lambda", [0.0, 0.65, 1.0])
def test_the_return_is_the_weighted_mean_of_n_step_returns(q_lambda):
    """(1 - lambda) sum_n lambda^(n-1) G^(n); the last return gets the remaining weight (Sutton & Barto, equation 12.3)."""
    generator = th.Generator().manual_seed(0)
    steps, gamma = 7, 0.9
    rewards, q = th.rand(steps, generator=generator).double(), th.rand(steps, generator=generator).double()
    expected = []
    for t in range(steps):
        horizon = steps - t
        n_step = [sum(gamma**k * rewards[t + k] for k in range(n)) + gamma**n * q[t + n - 1] for n in range(1, horizon + 1)]
        weights = [(1 - q_lambda) * q_lambda ** (n - 1) for n in range(1, horizon)] + [q_lambda ** (horizon - 1)]
        expected.append(sum(w * g for w, g in zip(weights, n_step, strict=True)))
    returns = q_lambda_return(rewards[:, None], th.zeros(steps, 1).double(), q[:, None], gamma, q_lambda)
    assert th.allclose(returns[:, 0], th.stack(expected))


def test_returns_of_one_env_do_not_depend_on_the_others():
    rewards, dones, q = th.rand(3, 5, 2), (th.rand(3, 5, 2) < 0.3).float(), th.rand(3, 5, 2)
    for r, d, v in zip(rewards, dones, q, strict=True):
        both = q_lambda_return(r, d, v, 0.99, 0.65)
        for i in range(2):
            assert th.equal(both[:, i : i + 1], q_lambda_return(r[:, i : i + 1], d[:, i : i + 1], v[:, i : i + 1], 0.99, 0.65))
