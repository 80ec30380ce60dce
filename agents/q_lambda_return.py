"""The targets of Q(lambda) without a target network."""

import torch as th


def q_lambda_return(rewards: th.Tensor, dones: th.Tensor, next_max_q: th.Tensor, gamma: float, q_lambda: float) -> th.Tensor:
    """
    G_t = r_t + gamma (1 - d_t) (lambda G_{t+1} + (1 - lambda) max_a Q(s_{t+1}, a)), and G_T = max_a Q(s_T, a).

    This is Peng's Q(lambda), as in Gallici et al. 2024, section 4. Lambda is not set to 0 after an action that was not greedy.

    :param rewards: (T, N), of consecutive steps of N envs
    :param dones: (T, N), 1 where the step ended its episode
    :param next_max_q: (T, N), max_a Q of the observation after each step; ignored where that step ended the episode
    :param gamma: discount factor
    :param q_lambda: 0 for one-step targets, 1 for the Monte Carlo return
    :return: (T, N)
    """
    goes_on = gamma * (1 - dones)
    returns = th.empty_like(rewards)
    later = next_max_q[-1]
    for t in range(len(rewards) - 1, -1, -1):
        later = rewards[t] + goes_on[t] * (q_lambda * later + (1 - q_lambda) * next_max_q[t])
        returns[t] = later
    return returns
