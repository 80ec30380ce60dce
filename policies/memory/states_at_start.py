"""What a recurrent policy remembers before an episode."""

import torch as th
from sb3_contrib.common.recurrent.policies import RecurrentActorCriticPolicy


def states_at_start(policy: RecurrentActorCriticPolicy, count: int) -> tuple[th.Tensor, th.Tensor]:
    """
    Zeros for the actor's LSTM, and for that of the critic, which has the same size.

    :param policy: of sb3-contrib
    :param count: N
    :return: hidden and cell states, (layers, N, units) each
    """
    lstm = policy.lstm_actor
    zeros = th.zeros(lstm.num_layers, count, lstm.hidden_size, device=policy.device)
    return zeros, zeros
