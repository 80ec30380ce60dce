"""The LSTMs of a recurrent policy between its features and its heads, over one step or many."""

import torch as th
from sb3_contrib.common.recurrent.policies import RecurrentActorCriticPolicy
from torch import nn

Features = tuple[th.Tensor, th.Tensor]  # the actor's and the critic's, (B, F) each


class RecurrentCore:
    """
    What sb3-contrib's recurrent policies compute, except that the value is differentiable where it reads the actor's LSTM, which
    training cuts.

    A memory is a tensor (B, M, H): the hidden states of the actor's layers, their cell states, then the critic's where
    it has an LSTM.

    :param policy: recurrent
    """

    def __init__(self, policy: RecurrentActorCriticPolicy) -> None:
        self.policy = policy
        self.lstms: list[nn.LSTM] = [lstm for lstm in (policy.lstm_actor, policy.lstm_critic) if lstm is not None]

    def no_memory(self, count: int) -> th.Tensor:
        """
        The memory at the start of an episode, zeros.

        :param count: B
        """
        lstm = self.lstms[0]
        slots = sum(2 * one.num_layers for one in self.lstms)
        return next(lstm.parameters()).new_zeros(count, slots, lstm.hidden_size)

    def unroll(self, features: Features, memory: th.Tensor) -> tuple[th.Tensor, th.Tensor, th.Tensor]:
        """
        B sequences of one length T at once.

        :param features: (B * T, F) each, a sequence's steps next to each other
        :param memory: (B, M, H), before the first step
        :return: what the actor's and the critic's networks above get, (B * T, H) each, and the memory afterwards
        """
        count = len(memory)
        outputs, after = [], []
        slots = th.split(memory.transpose(0, 1).contiguous(), [2 * lstm.num_layers for lstm in self.lstms])
        for lstm, own, states in zip(self.lstms, features, slots, strict=False):
            steps = own.reshape(count, -1, lstm.input_size).transpose(0, 1)
            output, (hidden, cell) = lstm(steps, states.chunk(2))
            outputs.append(output.transpose(0, 1).flatten(0, 1))
            after += [hidden, cell]
        if self.policy.lstm_critic is None:
            outputs.append(outputs[0] if self.policy.shared_lstm else self.policy.critic(features[1]))  # type: ignore[misc]
        return outputs[0], outputs[1], th.cat(after).transpose(0, 1)
