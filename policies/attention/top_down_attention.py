"""Soft attention that the memory moves: an LSTM that asks, at each step, for what it needs (Mott et al. 2019, "S3TA")."""

import math
from typing import NamedTuple

import torch as th
from torch import nn

from .soft_attention import KeysAndValues, check_sizes, spatial_basis
from .unrolled_attention import Unrolled, UnrolledAttention

LstmStates = tuple[th.Tensor, th.Tensor]


class Places(NamedTuple):
    """
    What an LSTM may read of a map: the key and the value of each place, each with the code of where the place is.

    :ivar keys: (B, h * w, keys + waves * waves)
    :ivar values: (B, h * w, values + waves * waves)
    """

    keys: th.Tensor
    values: th.Tensor


class TopDownLstm(nn.Module):
    """
    An LSTM over feature maps. Before each step its hidden state makes K queries. Each weighs the places of the map by how well
    their keys and codes answer it (:class:`saccade.policies.attention.soft_attention.SoftQueries`). The LSTM gets the answers and
    the queries.

    It is called as ``torch.nn.LSTM`` is, with flattened maps as inputs. So it stands in for the LSTM of an sb3-contrib policy, and
    whatever unrolls that LSTM unrolls this one. Deviations from S3TA: the map comes from plain convolutions, not from a ConvLSTM,
    and the last action and reward are not inputs. Over several steps it can be differentiated once, not by ``torch.func``
    (:class:`.unrolled_attention.UnrolledAttention`).

    :param channels: C of the map
    :param grid: (h, w) of the map
    :param hidden_size: units of the LSTM
    :param num_layers: of the LSTM; the hidden state of the last one makes the queries
    :param queries: K
    :param keys: length of a key
    :param values: length of a value
    :param waves: of the spatial basis along each axis; 0 for none
    :ivar input_size: C * h * w
    :raises ValueError: if a number is out of range
    """

    basis: th.Tensor

    def __init__(
        self,
        channels: int,
        grid: tuple[int, int],
        hidden_size: int = 256,
        num_layers: int = 1,
        queries: int = 4,
        keys: int = 8,
        values: int = 120,
        waves: int = 8,
    ) -> None:
        super().__init__()
        check_sizes(queries, keys, values, waves)
        self.input_size, self.hidden_size, self.num_layers = channels * grid[0] * grid[1], hidden_size, num_layers
        self.grid, self.queries = grid, queries
        self.register_buffer("basis", spatial_basis(*grid, waves), persistent=False)
        query = keys + waves * waves
        self.look = KeysAndValues(channels, keys, values)
        self.ask = nn.Linear(hidden_size, queries * query)
        self.lstm = nn.LSTM(queries * (values + waves * waves + query), hidden_size, num_layers)

    def forward(self, features: th.Tensor, states: LstmStates) -> tuple[th.Tensor, LstmStates]:
        """
        :param features: (T, B, C * h * w) maps, flattened channel by channel
        :param states: hidden and cell states before the first step, (layers, B, hidden_size) each
        :return: outputs (T, B, hidden_size), and the states after the last step
        """
        steps = self.unroll(features, features.new_ones(features.shape[:2]), states)
        return steps.outputs, (steps.hidden, steps.cell)

    def attention(self, features: th.Tensor, kept: th.Tensor, states: LstmStates) -> th.Tensor:
        """
        Where each step looks.

        :param features: as for :meth:`unroll`, as are the others
        :param kept: likewise
        :param states: likewise
        :return: (T, B, K, h, w), with sum 1 over the places
        """
        seen = self.unroll(features, kept, states).seen
        return seen.view(*seen.shape[:3], *self.grid)

    def places(self, features: th.Tensor) -> Places:
        """
        The keys and values of maps, as :meth:`step` reads them.

        :param features: (B, C * h * w) maps, flattened channel by channel
        :return: of each map
        """
        codes = self.basis.T.expand(len(features), -1, -1)
        keys, values = self.look(features).split([self.look.keys, self.look.values], dim=2)
        return Places(th.cat([keys, codes], dim=2), th.cat([values, codes], dim=2))

    def step(self, places: Places, states: LstmStates) -> tuple[th.Tensor, th.Tensor, LstmStates]:
        """
        One step.

        :param places: of each of B maps
        :param states: hidden and cell states before the step
        :return: output (1, B, hidden_size), the weights (B, K, h * w), and the states after the step
        """
        asked = self.ask(states[0][-1]).view(len(places.keys), self.queries, places.keys.shape[2])
        weights = (asked @ places.keys.transpose(1, 2) / math.sqrt(asked.shape[2])).softmax(dim=2)
        output, states = self._remember(th.cat([weights @ places.values, asked], dim=2).flatten(1), states)
        return output[None], weights, states

    def _remember(self, inputs: th.Tensor, states: LstmStates) -> tuple[th.Tensor, LstmStates]:
        """One step of the LSTM, layer by layer. For one step ``torch.nn.LSTM`` takes two to seven times as long on a CPU."""
        after = []
        for weights, hidden, cell in zip(self.lstm.all_weights, *states, strict=True):
            inputs, cell = th.lstm_cell(inputs, (hidden, cell), *weights)
            after.append((inputs, cell))
        hiddens, cells = zip(*after, strict=True)
        return inputs, (th.stack(hiddens), th.stack(cells))

    def unroll(self, features: th.Tensor, kept: th.Tensor, states: LstmStates) -> Unrolled:
        """
        Steps in which episodes may start.

        :param features: as for :meth:`forward`
        :param kept: (T, B) 0 where an episode starts, so that the states before it are forgotten; else 1
        :param states: as for :meth:`forward`
        :return: outputs, weights (T, B, K, h * w), and the states after the last step
        """
        with th.autocast(features.device.type, enabled=False):
            keys, values = (
                each.view(*features.shape[:2], *each.shape[1:])
                for each in self.places(features.flatten(0, 1).to(self.ask.weight.dtype))
            )
            parameters = (self.ask.weight, self.ask.bias, *(each for layer in self.lstm.all_weights for each in layer))
            kept, states = kept.to(keys.dtype)[:, None, :, None], (states[0].to(keys.dtype), states[1].to(keys.dtype))
            if len(features) == 1:  # an agent at play: nothing to carry, and no weights to lay side by side
                output, seen, after = self.step(Places(keys[0], values[0]), (kept[0] * states[0], kept[0] * states[1]))
                return Unrolled(output, seen[None], *after)
            return Unrolled(
                *UnrolledAttention.apply(kept, keys, values, *states, *parameters)  # type: ignore[no-untyped-call]
            )
