"""
Many steps of :class:`saccade.policies.attention.top_down_attention.TopDownLstm` at once, with their derivative by hand.

Autograd makes the derivative of the weights at each step and adds them up: for few sequences most of the time of a backward pass
is this, since it writes as many numbers as there are weights, again and again. Here the way back through time only carries what a
step hands to the one before it. The derivatives of the weights follow at the end, in one product over all steps.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import torch as th
from torch.nn.functional import linear

States = tuple[th.Tensor, th.Tensor]


class Unrolled(NamedTuple):
    """
    T steps.

    :ivar outputs: (T, B, hidden_size)
    :ivar seen: the weights of the places, (T, B, K, h * w)
    :ivar hidden: after the last step, (layers, B, hidden_size)
    :ivar cell: likewise
    """

    outputs: th.Tensor
    seen: th.Tensor
    hidden: th.Tensor
    cell: th.Tensor


class UnrolledAttention(th.autograd.Function):
    """
    ``apply(step, kept, keys, values, hidden, cell, *parameters)``; it can be differentiated once, and ``torch.func`` has
    no rule for it, as it has none for ``torch.nn.LSTM``.

    ``step(keys, values, states)`` makes one step and gives its weights of the places and the states after it; ``kept``,
    (T, 1, B, 1), is 0 where the states are forgotten before a step and else 1; ``keys`` and ``values`` are (T, B, h * w, length);
    the parameters are weight and bias of the layer that asks, then those of each layer of the LSTM in the order of torch.
    """

    @staticmethod
    def forward(
        ctx: Any,
        step: Callable[[th.Tensor, th.Tensor, States], tuple[th.Tensor, States]],
        kept: th.Tensor,
        keys: th.Tensor,
        values: th.Tensor,
        hidden: th.Tensor,
        cell: th.Tensor,
        *parameters: th.Tensor,
    ) -> tuple[th.Tensor, th.Tensor, th.Tensor, th.Tensor]:
        """The steps, one after another, with what the way back needs of each."""
        seen, hiddens, cells = [], [hidden], [cell]
        for keep, key, value in zip(kept, keys, values, strict=True):
            weights, (after, cell_after) = step(key, value, (keep * hiddens[-1], keep * cells[-1]))
            seen.append(weights)
            hiddens.append(after)
            cells.append(cell_after)
        all_seen, all_hiddens, all_cells = th.stack(seen), th.stack(hiddens), th.stack(cells)
        ctx.save_for_backward(kept, keys, values, all_seen, all_hiddens, all_cells, *parameters)
        return all_hiddens[1:, -1].clone(), all_seen.clone(), hiddens[-1].clone(), cells[-1].clone()

    @staticmethod
    def backward(
        ctx: Any, to_outputs: th.Tensor, to_seen: th.Tensor, to_hidden: th.Tensor, to_cell: th.Tensor
    ) -> tuple[th.Tensor | None, ...]:
        """Back through time. A name that begins with ``to_`` is the derivative of the loss with respect to the thing named."""
        if th.is_grad_enabled():  # once_differentiable would give zeros in silence where only the parameters have a graph
            raise RuntimeError("the steps of a TopDownLstm can be differentiated once: create_graph must be False")
        kept, keys, values, seen, hiddens, cells, ask, ask_bias, *lstm = ctx.saved_tensors
        before, cells_before = kept * hiddens[:-1], kept * cells[:-1]
        asked = linear(before[:, -1], ask, ask_bias).view(*seen.shape[:3], -1)
        inputs = [th.cat([seen @ values, asked], dim=3).flatten(2), *hiddens[1:, :-1].unbind(1)]
        layers = [
            _layer(inputs[each], before[:, each], cells_before[:, each], cells[1:, each], *lstm[4 * each : 4 * each + 4])
            for each in range(hiddens.shape[1])
        ]
        scale = math.sqrt(asked.shape[3])
        to_scores, to_answers, to_asked = th.empty_like(seen), th.empty_like(seen @ values), th.empty_like(asked)
        hidden, cell = to_hidden.clone(), to_cell.clone()
        for t in range(len(seen) - 1, -1, -1):
            below = to_outputs[t]
            for each in range(len(layers) - 1, -1, -1):
                below, hidden[each], cell[each] = layers[each].back(t, hidden[each] + below, cell[each])
            of_each = below.view(*asked.shape[1:3], -1)
            to_answers[t], to_asked[t] = of_each[:, :, : values.shape[3]], of_each[:, :, values.shape[3] :]
            to_weights = to_seen[t] + to_answers[t] @ values[t].transpose(1, 2)
            to_scores[t] = seen[t] * (to_weights - (seen[t] * to_weights).sum(2, keepdim=True)) / scale
            to_asked[t] += to_scores[t] @ keys[t]
            hidden[-1] += to_asked[t].flatten(1) @ ask
            hidden, cell = kept[t] * hidden, kept[t] * cell
        flat = to_asked.flatten(2).flatten(0, 1)
        of_lstm = [each for layer in layers for each in layer.to_parameters()]
        to_keys, to_values = to_scores.transpose(2, 3) @ asked, seen.transpose(2, 3) @ to_answers
        return None, None, to_keys, to_values, hidden, cell, flat.T @ before[:, -1].flatten(0, 1), flat.sum(0), *of_lstm


class _Layer(NamedTuple):
    """
    A layer of the LSTM over all steps: what the way back needs. The four gates are in the order of torch: in, forget, new, out.

    :ivar inputs: its inputs beside its hidden state, (T, B, size + hidden_size)
    :ivar weights: of both, (4 * hidden_size, size + hidden_size)
    :ivar of_gates: the derivative of the cell (of the hidden state, for the gate out) with respect to each gate before its
        nonlinearity, (T, B, 4, hidden_size)
    :ivar of_cell: the derivative of the hidden state with respect to the cell, (T, B, hidden_size)
    :ivar forget: the derivative of the cell with respect to the cell before, likewise
    :ivar to_gates: filled by :meth:`back`, as of_gates
    """

    inputs: th.Tensor
    weights: th.Tensor
    of_gates: th.Tensor
    of_cell: th.Tensor
    forget: th.Tensor
    to_gates: th.Tensor

    def back(self, t: int, to_hidden: th.Tensor, to_cell: th.Tensor) -> tuple[th.Tensor, th.Tensor, th.Tensor]:
        """From the states after step t to the input of that step and the states before it."""
        to_cell = to_cell + to_hidden * self.of_cell[t]
        self.to_gates[t] = th.stack([to_cell, to_cell, to_cell, to_hidden], dim=1) * self.of_gates[t]
        to_both = self.to_gates[t].flatten(1) @ self.weights
        size = to_both.shape[1] - to_hidden.shape[1]
        return to_both[:, :size], to_both[:, size:], to_cell * self.forget[t]

    def to_parameters(self) -> list[th.Tensor]:
        """When each step was gone through: to the weights of inputs and of hidden states, and to the bias of each."""
        gates = self.to_gates.flatten(2).flatten(0, 1)
        both, bias = gates.T @ self.inputs.flatten(0, 1), gates.sum(0)
        hidden = self.of_cell.shape[2]
        return [both[:, :-hidden], both[:, -hidden:], bias, bias]


def _layer(
    inputs: th.Tensor,
    hidden: th.Tensor,
    cell: th.Tensor,
    cell_after: th.Tensor,
    of_input: th.Tensor,
    of_hidden: th.Tensor,
    bias: th.Tensor,
    hidden_bias: th.Tensor,
) -> _Layer:
    both, weights = th.cat([inputs, hidden], dim=2), th.cat([of_input, of_hidden], dim=1)
    gates = linear(both, weights, bias + hidden_bias).view(*cell.shape[:2], 4, -1)
    opened, new, squashed = gates.sigmoid(), gates[:, :, 2].tanh(), cell_after.tanh()
    enter, forget, _, out = opened.unbind(2)
    slope = opened * (1 - opened)
    of_gates = th.stack([new * slope[:, :, 0], cell * slope[:, :, 1], enter * (1 - new**2), squashed * slope[:, :, 3]], dim=2)
    return _Layer(both, weights, of_gates, out * (1 - squashed**2), forget, th.empty_like(of_gates))
