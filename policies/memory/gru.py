"""A GRU that is called as an LSTM is."""

from typing import Any

import torch as th
from torch import nn

States = tuple[th.Tensor, th.Tensor]


class Gru(nn.Module):
    """
    Gated recurrent units (Cho et al. 2014) in the call form of ``torch.nn.LSTM``, so that they stand in for the LSTM of an
    sb3-contrib policy, and whatever unrolls that LSTM unrolls them.

    A GRU has no cell state. The one that it is given comes back as it was.

    :param input_size: of a step
    :param hidden_size: units of each layer
    :param num_layers: of the GRU
    :param others: for ``torch.nn.GRU``
    """

    def __init__(self, input_size: int, hidden_size: int, num_layers: int = 1, **others: Any) -> None:
        super().__init__()
        self.input_size, self.hidden_size, self.num_layers = input_size, hidden_size, num_layers
        self.gru = nn.GRU(input_size, hidden_size, num_layers, **others)

    def forward(self, steps: th.Tensor, states: States) -> tuple[th.Tensor, States]:
        """
        :param steps: (T, B, input_size)
        :param states: hidden states before the first step, (layers, B, hidden_size), and cell states that have no effect
        :return: outputs (T, B, hidden_size), and the states after the last step
        """
        hidden, cell = states
        outputs, hidden = self.gru(steps, hidden.contiguous())
        return outputs, (hidden, cell)
